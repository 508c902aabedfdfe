"""Saved reports and dashboards, their runs and deliveries, targets, annotations, the clock.

The product's own reports are files in `reports/catalogue`; a saved one is the same spec, as a row.
Alerts are in `crm_core.models.alerts`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    DeadlinePolicy,
    DeliveryState,
    OccasionState,
    PeriodGrain,
    ReportFormat,
    ReportStatus,
    ReportType,
    TargetDirection,
)
from crm_core.models.base import (
    Base,
    Instant,
    Owned,
    Scope,
    Scoped,
    Stamped,
    in_set,
    indexes,
    kept,
    local_of,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)

FORMATS = ", ".join(f"'{value}'" for value in ReportFormat)


class ReportDefinition(Scoped, Base):
    """A report somebody saved: what, when, in which formats, to whom; runs in its owner's scope."""

    __tablename__ = "report_definitions"
    __table_args__ = tracked(
        "report_definitions",
        in_set("type", ReportType),
        CheckConstraint(
            f"cardinality(formats) > 0 and formats <@ array[{FORMATS}]", name="formats_known"
        ),
        CheckConstraint("owner_id is not null", name="has_owner"),
        CheckConstraint("not is_scheduled or schedule is not null", name="schedule_is_said"),
        CheckConstraint(
            "cardinality(recipient_emails) = 0 or emails_approved_by_id is not null",
            name="addresses_are_approved",
        ),
        in_set("deadline_policy", DeadlinePolicy),
        *not_negative("deadline_minutes"),
        tenant_fk("emails_approved_by_id", "users"),
        UniqueConstraint("client_id", "owner_id", "name"),
    )

    name: Mapped[str] = kept(String(120))
    catalogue_name: Mapped[str | None] = kept(String(60))
    """The product's own report that goes as it stands; empty for a spec of one's own."""
    type: Mapped[str] = one_of(ReportType, server_default=text("'CUSTOM'"))
    description: Mapped[str | None] = private(String(500))
    spec: Mapped[dict[str, Any]] = private(JSONB)
    """The view: widgets over metrics, as in the catalogue's files."""
    parameters: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Filters: dates, branches, roles, metrics."""
    formats: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{PDF}'"))
    """PDF, EXCEL, CSV, JSON."""
    is_scheduled: Mapped[bool] = kept(Boolean, server_default=text("false"))
    schedule: Mapped[dict[str, Any] | None] = private(JSONB)
    """Rhythm and time zone."""
    next_run_at: Mapped[datetime | None] = private(Instant)
    recipient_user_ids: Mapped[list[UUID]] = private(ARRAY(Uuid()), server_default=text("'{}'"))
    """Members of staff; each gets the report in their own scope."""
    recipient_emails: Mapped[list[str]] = private(ARRAY(Text), server_default=text("'{}'"))
    """Addresses outside that an administrator approved; they get what the owner may see."""
    emails_approved_by_id: Mapped[UUID | None] = kept(Uuid())
    """The administrator who approved the addresses."""
    recipient_roles: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    """Everybody of these roles, as they are when it is sent."""
    recipient_location_ids: Mapped[list[UUID]] = private(ARRAY(Uuid()), server_default=text("'{}'"))
    """Of the roles only who works at one of these branches; empty for all of them."""
    deadline_policy: Mapped[str] = one_of(DeadlinePolicy, server_default=text("'WAIT'"))
    deadline_minutes: Mapped[int] = kept(Integer, server_default=text("240"))
    """After the due time, for data that are not complete then."""
    is_shared: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Offered to others of the tenant; figures stay in each reader's own scope."""
    shared_roles: Mapped[list[str]] = private(ARRAY(Text), server_default=text("'{}'"))
    """Offered to these roles only; empty for all."""
    shared_location_ids: Mapped[list[UUID]] = private(ARRAY(Uuid()), server_default=text("'{}'"))
    """Offered to who works at one of these branches only; empty for all."""
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))


class ReportRun(Scoped, Base):
    """One run of a report: of a saved one, or of one in the catalogue, for `owner_id`."""

    __tablename__ = "report_runs"
    __table_args__ = tracked(
        "report_runs",
        in_set("status", ReportStatus),
        in_set("format", ReportFormat),
        *not_negative("row_count", "file_bytes", "attempt_count"),
        CheckConstraint("finished_at >= started_at", name="finished_after_started"),
        CheckConstraint(
            "status <> 'COMPLETED' or (finished_at is not null and file_key is not null"
            " and content_hash is not null and as_of is not null)",
            name="completed_has_file",
        ),
        CheckConstraint("status <> 'FAILED' or error is not null", name="failed_has_error"),
        tenant_fk("definition_id", "report_definitions"),
        *indexes("report_runs", ["definition_id"], ["report_name", "started_at"]),
    )

    definition_id: Mapped[UUID | None] = kept(Uuid())
    """The saved report; empty for one of the catalogue."""
    report_name: Mapped[str] = kept(String(100))
    """The saved report's name at the time, or the catalogue's."""
    format: Mapped[str] = one_of(ReportFormat)
    status: Mapped[str] = one_of(ReportStatus, server_default=text("'PENDING'"))
    attempt_count: Mapped[int] = kept(Integer, server_default=text("0"))
    started_at: Mapped[datetime | None] = kept(Instant)
    finished_at: Mapped[datetime | None] = kept(Instant)
    finished_on: Mapped[date | None] = local_of("finished_at", Date)
    as_of: Mapped[datetime | None] = kept(Instant)
    """The instant that the figures are true at."""
    publication_id: Mapped[int | None] = kept(BigInteger)
    """The state of the warehouse that it was drawn from."""
    row_count: Mapped[int | None] = kept(Integer)
    file_key: Mapped[str | None] = private(String(300))
    """Where the file is kept."""
    file_bytes: Mapped[int | None] = kept(BigInteger)
    content_hash: Mapped[str | None] = kept(String(64))
    """SHA-256 of the file."""
    error: Mapped[str | None] = private(String(1000))


class Dashboard(Scoped, Base):
    """A page somebody put together: the same spec as a report, laid out for a screen."""

    __tablename__ = "dashboards"
    __table_args__ = tracked(
        "dashboards",
        CheckConstraint("owner_id is not null", name="has_owner"),
        CheckConstraint("refresh_seconds >= 10", name="refresh_not_too_often"),
        UniqueConstraint("client_id", "owner_id", "name"),
        Index(
            "uq_dashboards_default",
            "client_id",
            "owner_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    name: Mapped[str] = kept(String(120))
    description: Mapped[str | None] = private(String(500))
    layout: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Places of the widgets on the grid."""
    widgets: Mapped[list[Any]] = private(JSONB, server_default=text("'[]'"))
    """Per widget: id, kind, metric, filters, drawing."""
    is_default: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Opens first; at most one per person."""
    is_public: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Offered to everyone of the tenant; figures stay in each reader's own scope."""
    refresh_seconds: Mapped[int | None] = kept(Integer)
    """How often the page asks again; empty for never."""
    theme: Mapped[str] = kept(String(40), server_default=text("'dark'"))


class Annotation(Scoped, Base):
    """A remark on a span of days, shown beside the figures it explains."""

    __tablename__ = "annotations"
    __table_args__ = tracked(
        "annotations",
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
        *indexes("annotations", ["starts_on"]),
    )

    metric: Mapped[str | None] = kept(String(100))
    """Name of the metric; empty for all."""
    starts_on: Mapped[date] = kept(Date)
    ends_on: Mapped[date] = kept(Date)
    """Last day it is about."""
    title: Mapped[str] = private(String(120))
    body: Mapped[str | None] = private(String(2000))


class KpiTarget(Owned, Base):
    """What a metric should reach in a period: at a branch, or in the company as a whole."""

    __tablename__ = "kpi_targets"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "kpi_targets",
        in_set("grain", PeriodGrain),
        in_set("direction", TargetDirection),
        tenant_fk("location_id", "locations"),
        UniqueConstraint(
            "client_id",
            "location_id",
            "metric",
            "grain",
            "period_on",
            postgresql_nulls_not_distinct=True,
        ),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    """The branch; empty for the company as a whole."""
    metric: Mapped[str] = kept(String(100))
    """Name of the metric."""
    grain: Mapped[str] = one_of(PeriodGrain, server_default=text("'MONTH'"))
    period_on: Mapped[date] = kept(Date)
    """First day of the period."""
    direction: Mapped[str] = one_of(TargetDirection, server_default=text("'AT_LEAST'"))
    """Whether at least or at most the target is good."""
    target: Mapped[Decimal] = kept(Numeric(18, 4))
    """In the unit of the metric."""


class ReportOccasion(Owned, Base):
    """One due time of a report: the window it is about, and how far its deliveries have come."""

    __tablename__ = "report_occasions"
    __table_args__ = tracked(
        "report_occasions",
        in_set("state", OccasionState),
        tenant_fk("definition_id", "report_definitions"),
        tenant_fk("only_user_id", "users"),
        tenant_fk("requested_by_id", "users"),
        CheckConstraint("state = 'SKIPPED' or window_key is not null", name="window_is_said"),
        Index(
            "uq_report_occasions_due",
            "client_id",
            "report_name",
            "definition_id",
            "only_user_id",
            "due_at",
            "is_asked",
            "window_key",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "uq_report_occasions_revision",
            "client_id",
            "report_name",
            "definition_id",
            "window_key",
            "revision",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state <> 'SKIPPED'"),
        ),
        *indexes("report_occasions", ["definition_id"], ["only_user_id"], ["requested_by_id"]),
        scoped=False,
    )

    report_name: Mapped[str] = kept(String(100))
    """The saved report's name at the time, or the catalogue's."""
    definition_id: Mapped[UUID | None] = kept(Uuid())
    """The saved report; empty for one of the catalogue on its own schedule."""
    only_user_id: Mapped[UUID | None] = kept(Uuid())
    """A test to oneself: nobody else gets it."""
    requested_by_id: Mapped[UUID | None] = kept(Uuid())
    """Who asked for it now; empty for the schedule and the command line."""
    is_asked: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Asked for by hand: the schedule goes on as if it had not been."""
    due_at: Mapped[datetime] = kept(Instant)
    due_on: Mapped[date | None] = local_of("due_at", Date)
    window_key: Mapped[str | None] = kept(String(60))
    """The period reported on."""
    revision: Mapped[int] = kept(Integer, server_default=text("1"))
    """Counts the occasions of one window: each sends once."""
    state: Mapped[str] = one_of(OccasionState, server_default=text("'OPEN'"))
    detail: Mapped[str | None] = private(String(500))
    finished_at: Mapped[datetime | None] = kept(Instant)
    told_at: Mapped[datetime | None] = kept(Instant)
    """When its owner heard that it is late."""
    released_at: Mapped[datetime | None] = kept(Instant)
    """When a person let it go with the data that there were."""


class ReportDelivery(Owned, Base):
    """One report, one window, one recipient: a second run for the window sends nothing."""

    __tablename__ = "report_deliveries"
    __table_args__ = tracked(
        "report_deliveries",
        in_set("state", DeliveryState),
        tenant_fk("recipient_user_id", "users"),
        tenant_fk("occasion_id", "report_occasions"),
        CheckConstraint(
            "num_nonnulls(recipient_user_id, recipient_address) = 1", name="one_recipient"
        ),
        *not_negative("attempt_count"),
        Index(
            "uq_report_deliveries_once",
            "client_id",
            "report_name",
            "definition_id",
            "window_key",
            "recipient_user_id",
            "recipient_address",
            "formats",
            "revision",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        *indexes("report_deliveries", ["occasion_id"], ["recipient_user_id"]),
        Index(
            "ix_report_deliveries_claimed",
            "client_id",
            "claimed_by",
            postgresql_where=text("state in ('CLAIMED', 'SENDING')"),
        ),
        scoped=False,
    )

    occasion_id: Mapped[UUID | None] = kept(Uuid())
    definition_id: Mapped[UUID | None] = kept(Uuid())
    """The saved report; empty for one of the catalogue."""

    report_name: Mapped[str] = kept(String(100))
    window_key: Mapped[str] = kept(String(60))
    """The period reported on; the second run for it sends nothing."""
    recipient_user_id: Mapped[UUID | None] = kept(Uuid())
    """The member of staff; empty for an address outside."""
    recipient_address: Mapped[str | None] = private(String(320))
    formats: Mapped[str] = kept(String(40), server_default=text("'pdf+xlsx'"))
    """The formats that travel in the letter, joined by +."""
    revision: Mapped[int] = kept(Integer, server_default=text("1"))
    """Of the window: a second sending that somebody asked for is a second revision."""
    state: Mapped[str] = one_of(DeliveryState, server_default=text("'DUE'"))
    """Where the mail stands; UNKNOWN is parked for a person, never resent."""
    message_id: Mapped[str] = kept(String(200))
    content_hash: Mapped[str | None] = kept(String(64))
    """SHA-256 of the file sent."""
    publication_id: Mapped[int | None] = kept(BigInteger)
    """The state of the warehouse that it was drawn from."""
    file_key: Mapped[str | None] = private(String(300))
    """Where the letter is kept: a second try sends the same bytes."""
    scope_hash: Mapped[str | None] = private(String(64))
    """What the recipient could see when it was drawn; drawn anew when that has changed."""
    rendered_at: Mapped[datetime | None] = kept(Instant)
    claimed_by: Mapped[int | None] = private(Integer)
    """The number of the scheduler at work on it: nobody else's word on it counts."""
    attempt_count: Mapped[int] = kept(Integer, server_default=text("0"))
    next_attempt_at: Mapped[datetime | None] = kept(Instant)
    told_at: Mapped[datetime | None] = kept(Instant)
    """When a person heard that it did not arrive."""
    attempted_at: Mapped[datetime | None] = kept(Instant)
    sent_at: Mapped[datetime | None] = kept(Instant)
    sent_on: Mapped[date | None] = local_of("sent_at", Date)
    detail: Mapped[str | None] = private(String(500))


class BusinessClock(Stamped, Base):
    """The instant that live views take for now; one row, moved by the edge."""

    __tablename__ = "business_clock"
    __table_args__ = (CheckConstraint("is_only", name="one_row"),)

    is_only: Mapped[bool] = private(Boolean, primary_key=True, server_default=text("true"))
    """Always true: there is one row."""
    as_of: Mapped[datetime] = kept(Instant)
    """What live views take for now."""
