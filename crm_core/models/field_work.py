"""What crews do and record on a journey: assignments, log, media, hours, review.

The plan of the journey is in `operations`, the calendar that keeps people from being booked twice
in `scheduling`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
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
    AuditReviewStatus,
    CrewRole,
    CrewStatus,
    EntryPriority,
    EntryType,
    FindingSeverity,
    FindingStatus,
    MediaType,
    TagType,
    TimeEntryKind,
)
from crm_core.models.base import (
    Base,
    Instant,
    LocalTime,
    Money,
    Personal,
    Scoped,
    Versioned,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)
from crm_core.models.rules import (
    hexadecimal,
    in_order,
    known_currency,
    listed,
    needs,
    no_overlap,
    percent,
    positive,
    shared_fk,
    together,
    unique_where,
)

MEGABYTE = 1024 * 1024
LARGEST = {
    MediaType.PHOTO: 10,
    MediaType.VIDEO: 100,
    MediaType.DOCUMENT: 50,
    MediaType.SIGNATURE: 5,
    MediaType.AUDIO: 50,
}
"""Megabytes a file of each kind may have."""
SIZE_LIMIT = " ".join(f"when '{kind}' then {size * MEGABYTE}" for kind, size in LARGEST.items())


class AssignedCrew(Personal, Versioned, Base):
    """A person on a journey; while the assignment stands, the planned span is taken."""

    __tablename__ = "assigned_crew"
    __table_args__ = tracked(
        "assigned_crew",
        in_set("crew_role", CrewRole),
        in_set("status", CrewStatus),
        *not_negative("paid_minutes"),
        in_order("planned_start_at", "planned_end_at", strictly=True),
        in_order("started_at", "ended_at"),
        needs("status", [CrewStatus.CONFIRMED], "confirmed_at"),
        needs("status", [CrewStatus.DECLINED], "declined_at"),
        needs("status", [CrewStatus.ON_SITE, CrewStatus.COMPLETED], "started_at"),
        needs("status", [CrewStatus.COMPLETED], "ended_at"),
        UniqueConstraint("client_id", "journey_id", "user_id"),
        unique_where(
            "assigned_crew",
            "lead",
            ["journey_id"],
            f"is_lead and status in {listed(CrewStatus.standing())}",
        ),
        tenant_fk("journey_id", "truck_journeys"),
        *indexes("assigned_crew", ["user_id", "planned_start_at"]),
        person="user_id",
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    crew_role: Mapped[str] = one_of(CrewRole)
    is_lead: Mapped[bool] = kept(Boolean, server_default=text("false"))
    status: Mapped[str] = one_of(CrewStatus, server_default=text("'ASSIGNED'"))
    assigned_at: Mapped[datetime] = kept(Instant)
    confirmed_at: Mapped[datetime | None] = kept(Instant)
    declined_at: Mapped[datetime | None] = kept(Instant)
    planned_start_at: Mapped[datetime] = kept(Instant)
    planned_end_at: Mapped[datetime] = kept(Instant)
    started_at: Mapped[datetime | None] = kept(Instant)
    """Clock-in on the journey; paid hours come from `time_entries`."""
    ended_at: Mapped[datetime | None] = kept(Instant)
    paid_minutes: Mapped[int | None] = kept(Integer)
    notes: Mapped[str | None] = private(String(1000))


class TimeEntry(Personal, Base):
    """A stretch of a person's time, worked or paid; without an end the clock is running."""

    __tablename__ = "time_entries"
    __table_args__ = tracked(
        "time_entries",
        in_set("kind", TimeEntryKind),
        in_order("started_at", "ended_at", strictly=True),
        CheckConstraint("ended_at - started_at <= interval '24 hours'", name="at_most_a_day"),
        together("ended_at", "ended_local_at"),
        together("approved_by_id", "approved_at"),
        CheckConstraint("approved_at is null or ended_at is not null", name="approved_is_ended"),
        CheckConstraint("approved_by_id <> user_id", name="approved_by_another"),
        no_overlap("time_entries", "overlap", "user_id", "tstzrange(started_at, ended_at)"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("approved_by_id", "users"),
        *indexes("time_entries", ["journey_id"], ["user_id", "worked_on"]),
        person="user_id",
    )

    journey_id: Mapped[UUID | None] = kept(Uuid())
    kind: Mapped[str] = one_of(TimeEntryKind, server_default=text("'WORK'"))
    is_paid: Mapped[bool] = kept(Boolean, server_default=text("true"))
    worked_on: Mapped[date] = kept(Date)
    """Business day of the start at the branch."""
    started_at: Mapped[datetime] = kept(Instant)
    started_local_at: Mapped[datetime] = kept(LocalTime)
    ended_at: Mapped[datetime | None] = kept(Instant)
    ended_local_at: Mapped[datetime | None] = kept(LocalTime)
    approved_by_id: Mapped[UUID | None] = kept(Uuid())
    approved_at: Mapped[datetime | None] = kept(Instant)
    notes: Mapped[str | None] = private(String(500))


class WageRate(Personal, Base):
    """What an hour of a person costs from one day to the next change."""

    __tablename__ = "wage_rates"
    __table_args__ = tracked(
        "wage_rates",
        known_currency(),
        *positive("hourly_amount"),
        CheckConstraint("loading_pct between 0 and 200", name="loading_pct_range"),
        CheckConstraint("overtime_factor between 1 and 5", name="overtime_factor_range"),
        in_order("valid_from_on", "valid_to_on", strictly=True),
        no_overlap("wage_rates", "overlap", "user_id", "daterange(valid_from_on, valid_to_on)"),
        person="user_id",
    )

    valid_from_on: Mapped[date] = kept(Date)
    valid_to_on: Mapped[date | None] = kept(Date)
    """First day on which it no longer holds."""
    hourly_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    loading_pct: Mapped[Decimal] = kept(Numeric(5, 2), server_default=text("0"))
    """Payroll cost on top of the wage."""
    overtime_factor: Mapped[Decimal] = kept(Numeric(4, 2), server_default=text("1.5"))


class JourneyEntry(Personal, Base):
    """A line in the log of a journey; the person is its author."""

    __tablename__ = "journey_entries"
    __table_args__ = tracked(
        "journey_entries",
        in_set("entry_type", EntryType),
        in_set("priority", EntryPriority),
        in_set("tag", TagType),
        *not_negative("duration_seconds"),
        UniqueConstraint("client_id", "client_event_id"),
        tenant_fk("journey_id", "truck_journeys"),
        *indexes("journey_entries", ["journey_id", "occurred_at"]),
        person="user_id",
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    entry_type: Mapped[str] = one_of(EntryType, server_default=text("'NOTE'"))
    priority: Mapped[str] = one_of(EntryPriority, server_default=text("'NORMAL'"))
    tag: Mapped[str | None] = one_of(TagType)
    occurred_at: Mapped[datetime] = kept(Instant)
    occurred_local_at: Mapped[datetime] = kept(LocalTime)
    recorded_at: Mapped[datetime] = kept(Instant)
    """Arrival at the server."""
    client_event_id: Mapped[UUID | None] = kept(Uuid())
    """Made on the device: a replay is recognised by it."""
    duration_seconds: Mapped[int | None] = kept(Integer)
    data: Mapped[dict[str, Any] | None] = private(JSONB)
    position: Mapped[dict[str, Any] | None] = private(JSONB)


class Media(Personal, Base):
    """A photo, video, signature or document of a journey; the person uploaded it."""

    __tablename__ = "media"
    __table_args__ = tracked(
        "media",
        in_set("media_type", MediaType),
        *positive("byte_count", "width_pixels", "height_pixels"),
        *not_negative("duration_seconds"),
        CheckConstraint(f"byte_count <= case media_type {SIZE_LIMIT} end", name="byte_count_limit"),
        hexadecimal("sha256"),
        UniqueConstraint("client_id", "journey_id", "id"),
        UniqueConstraint("client_id", "journey_id", "sha256"),
        tenant_fk("journey_id", "truck_journeys"),
        shared_fk("journey_phases", ["journey_id", "phase_number"], ["journey_id", "phase_number"]),
        shared_fk("journey_steps", ["journey_id", "step_number"], ["journey_id", "step_number"]),
        *indexes("media", ["journey_id", "media_type"]),
        person="user_id",
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    phase_number: Mapped[int | None] = kept(Integer)
    step_number: Mapped[int | None] = kept(Integer)
    media_type: Mapped[str] = one_of(MediaType, server_default=text("'PHOTO'"))
    object_key: Mapped[str] = private(String(500))
    """Where the file lies in the object store."""
    thumbnail_key: Mapped[str | None] = private(String(500))
    file_name: Mapped[str | None] = private(String(255))
    mime_type: Mapped[str | None] = kept(String(100))
    byte_count: Mapped[int | None] = kept(BigInteger)
    width_pixels: Mapped[int | None] = kept(Integer)
    height_pixels: Mapped[int | None] = kept(Integer)
    duration_seconds: Mapped[int | None] = kept(Integer)
    sha256: Mapped[str | None] = private(String(64))
    captured_at: Mapped[datetime | None] = kept(Instant)
    """By the clock of the device."""
    tags: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    details: Mapped[dict[str, Any] | None] = private(JSONB)
    """Position and device."""


class JourneyReview(Scoped, Base):
    """The audit of a finished journey; the owner is the reviewer."""

    __tablename__ = "journey_reviews"
    __table_args__ = tracked(
        "journey_reviews",
        in_set("status", AuditReviewStatus),
        *percent("compliance_pct", "quality_pct"),
        in_order("started_at", "completed_at"),
        needs("status", [AuditReviewStatus.COMPLETED], "completed_at", "compliance_pct"),
        UniqueConstraint("client_id", "journey_id"),
        tenant_fk("journey_id", "truck_journeys"),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    status: Mapped[str] = one_of(AuditReviewStatus, server_default=text("'PENDING'"))
    compliance_pct: Mapped[Decimal | None] = kept(Numeric(5, 2))
    quality_pct: Mapped[Decimal | None] = kept(Numeric(5, 2))
    started_at: Mapped[datetime | None] = kept(Instant)
    completed_at: Mapped[datetime | None] = kept(Instant)


class ReviewFinding(Scoped, Base):
    """Something the review of a journey found; the owner is who must put it right."""

    __tablename__ = "review_findings"
    __table_args__ = tracked(
        "review_findings",
        in_set("severity", FindingSeverity),
        in_set("status", FindingStatus),
        needs("status", [FindingStatus.RESOLVED], "resolved_at"),
        tenant_fk("review_id", "journey_reviews"),
        *indexes("review_findings", ["review_id"]),
    )

    review_id: Mapped[UUID] = kept(Uuid())
    severity: Mapped[str] = one_of(FindingSeverity)
    status: Mapped[str] = one_of(FindingStatus, server_default=text("'OPEN'"))
    finding_type: Mapped[str] = kept(String(60))
    description: Mapped[str] = private(String(1000))
    resolved_at: Mapped[datetime | None] = kept(Instant)
