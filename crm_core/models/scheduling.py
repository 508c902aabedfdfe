"""The calendar: slots, what they take, who is away, and the one list of what is taken.

How the list of occupancies is kept is in `crm_core.migrations.field_rules`.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    ApprovalStatus,
    AvailabilityType,
    ResourceKind,
    SchedulePriority,
    ScheduleStatus,
    ScheduleType,
)
from crm_core.models.base import (
    SCHEMA,
    Base,
    Instant,
    LocalTime,
    Owned,
    Personal,
    Scope,
    Scoped,
    Versioned,
    in_set,
    indexes,
    kept,
    local_of,
    one_of,
    private,
    tenant_fk,
    tracked,
)
from crm_core.models.rules import (
    in_order,
    listed,
    needs,
    no_overlap,
    only_when,
    unique_where,
)

RELEASED = listed(ScheduleStatus.released())


class Schedule(Scoped, Versioned, Base):
    """A slot of the calendar: for a journey, maintenance, training, a meeting."""

    __tablename__ = "schedules"
    __table_args__ = tracked(
        "schedules",
        in_set("schedule_type", ScheduleType),
        in_set("status", ScheduleStatus),
        in_set("priority", SchedulePriority),
        in_order("start_at", "end_at", strictly=True),
        needs("schedule_type", [ScheduleType.JOURNEY], "journey_id"),
        *only_when("schedule_type", [ScheduleType.JOURNEY], "journey_id"),
        needs("schedule_type", [ScheduleType.MAINTENANCE], "maintenance_id"),
        *only_when("schedule_type", [ScheduleType.MAINTENANCE], "maintenance_id"),
        needs("status", [ScheduleStatus.RESCHEDULED], "replaced_by_id"),
        *only_when("status", [ScheduleStatus.RESCHEDULED], "replaced_by_id"),
        CheckConstraint("replaced_by_id <> id", name="replaced_by_another"),
        CheckConstraint("conflict_note is null or has_conflict", name="conflict_note_flagged"),
        unique_where("schedules", "journey", ["journey_id"], f"status not in {RELEASED}"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("maintenance_id", "equipment_maintenance"),
        # The old slot gives way before the new one can stand, so the key looks at the commit.
        tenant_fk("replaced_by_id", "schedules", deferrable=True, initially="DEFERRED"),
        *indexes("schedules", ["location_id", "scheduled_on"], ["status", "start_at"]),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    maintenance_id: Mapped[UUID | None] = kept(Uuid())
    replaced_by_id: Mapped[UUID | None] = kept(Uuid())
    """The slot that took over from a rescheduled one."""
    schedule_type: Mapped[str] = one_of(ScheduleType)
    status: Mapped[str] = one_of(ScheduleStatus, server_default=text("'SCHEDULED'"))
    priority: Mapped[str] = one_of(SchedulePriority, server_default=text("'NORMAL'"))
    scheduled_on: Mapped[date] = kept(Date)
    """Business day of the start at the branch."""
    start_at: Mapped[datetime] = kept(Instant)
    start_local_at: Mapped[datetime] = kept(LocalTime)
    end_at: Mapped[datetime] = kept(Instant)
    end_local_at: Mapped[datetime] = kept(LocalTime)
    has_conflict: Mapped[bool] = kept(Boolean, server_default=text("false"))
    conflict_note: Mapped[str | None] = private(String(500))
    accepted_conflicts: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    """Kinds of soft conflict that the dispatcher takes as they are."""
    title: Mapped[str] = private(String(200))
    description: Mapped[str | None] = private(String(1000))
    recurrence: Mapped[dict[str, Any] | None] = private(JSONB)
    external_calendar_id: Mapped[str | None] = private(String(200))


class ScheduleResource(Scoped, Base):
    """A person or an asset that a slot takes; crews and trucks of journeys are assigned there."""

    __tablename__ = "schedule_resources"
    __table_args__ = tracked(
        "schedule_resources",
        in_set("kind", ResourceKind),
        in_order("start_at", "end_at", strictly=True),
        CheckConstraint(
            "(kind = 'USER') = (user_id is not null)"
            " and (kind = 'EQUIPMENT') = (equipment_id is not null)",
            name="kind_matches",
        ),
        tenant_fk("schedule_id", "schedules"),
        tenant_fk("user_id", "users"),
        tenant_fk("equipment_id", "equipment"),
        *indexes("schedule_resources", ["schedule_id"]),
    )

    schedule_id: Mapped[UUID] = kept(Uuid())
    kind: Mapped[str] = one_of(ResourceKind)
    user_id: Mapped[UUID | None] = kept(Uuid())
    equipment_id: Mapped[UUID | None] = kept(Uuid())
    start_at: Mapped[datetime] = kept(Instant)
    end_at: Mapped[datetime] = kept(Instant)
    is_released: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """No longer taken; follows from the slot being called off, or is set for one resource."""


class Availability(Personal, Base):
    """When a person can or cannot work; away counts when approved, sick at once."""

    __tablename__ = "availabilities"
    __table_args__ = tracked(
        "availabilities",
        in_set("availability_type", AvailabilityType),
        in_set("approval_status", ApprovalStatus),
        in_order("start_at", "end_at", strictly=True),
        CheckConstraint("is_recurring = (recurrence is not null)", name="recurrence_given"),
        needs("approval_status", [ApprovalStatus.APPROVED, ApprovalStatus.REJECTED], "answered_at"),
        CheckConstraint("answered_by_id is null or answered_at is not null", name="answered_by_at"),
        CheckConstraint("answered_by_id <> user_id", name="answered_by_another"),
        CheckConstraint(
            "not (is_available and availability_type in ('SICK', 'VACATION'))", name="away_is_away"
        ),
        tenant_fk("answered_by_id", "users"),
        *indexes("availabilities", ["user_id", "available_on"]),
        person="user_id",
    )

    available_on: Mapped[date] = kept(Date)
    """Business day of the start at the branch."""
    given_on: Mapped[date | None] = local_of("created_at", Date)
    """The day on which the person said so."""
    start_at: Mapped[datetime] = kept(Instant)
    end_at: Mapped[datetime] = kept(Instant)
    is_available: Mapped[bool] = kept(Boolean, server_default=text("true"))
    availability_type: Mapped[str] = one_of(AvailabilityType, server_default=text("'PERSONAL'"))
    is_recurring: Mapped[bool] = kept(Boolean, server_default=text("false"))
    recurrence: Mapped[dict[str, Any] | None] = private(JSONB)
    """Frequency, days, until; each occurrence stands in a row of its own."""
    approval_status: Mapped[str] = one_of(ApprovalStatus, server_default=text("'PENDING'"))
    answered_by_id: Mapped[UUID | None] = kept(Uuid())
    answered_at: Mapped[datetime | None] = kept(Instant)
    reason: Mapped[str | None] = private(String(200))
    notes: Mapped[str | None] = private(String(1000))


class Occupancy(Owned, Base):
    """A span for which a person or an asset is taken; written by triggers, with the source's id.

    One list for every table that takes somebody's time, so that one constraint sees them all.
    """

    __tablename__ = "occupancies"
    __scope__: ClassVar[Scope] = Scope(location="location_id", owner="resource_id")
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        tenant_fk("location_id", "locations"),
        in_set("kind", ResourceKind),
        in_order("start_at", "end_at", strictly=True),
        no_overlap("occupancies", "double_booked", "resource_id", "tstzrange(start_at, end_at)"),
        Index("ix_occupancies_changed_xid", "changed_xid"),
        *indexes("occupancies", ["location_id", "start_at"]),
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    kind: Mapped[str] = one_of(ResourceKind)
    resource_id: Mapped[UUID] = kept(Uuid())
    source_table: Mapped[str] = kept(String(40))
    start_at: Mapped[datetime] = kept(Instant)
    end_at: Mapped[datetime | None] = kept(Instant)
