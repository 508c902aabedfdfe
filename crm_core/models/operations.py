"""Truck journeys and their steps; where jobs come from.

Which stage may follow which is in `services.operations.journeys`; the phases of a journey are in
`phases`, what crews record on it in `field_work`, what it costs in `job_costs`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
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
    ActivityStatus,
    ActivityType,
    BillingStatus,
    Currency,
    DataSource,
    JourneyPriority,
    JourneyStage,
    MoveSourceStatus,
    PhaseName,
    StepStatus,
)
from crm_core.models.base import (
    Base,
    Instant,
    LocalTime,
    Money,
    OfJourney,
    Owned,
    Scope,
    Scoped,
    Sourced,
    Versioned,
    in_set,
    indexes,
    kept,
    local_of,
    not_negative,
    one_of,
    private,
    source_key,
    tenant_fk,
    tracked,
)
from crm_core.models.rules import in_order, known_currency, needs

UNDER_WAY = (
    JourneyStage.EN_ROUTE,
    JourneyStage.ONSITE,
    JourneyStage.COMPLETED,
    JourneyStage.AUDITED,
)
STEP_ENDED = (StepStatus.COMPLETED, StepStatus.APPROVED, StepStatus.REJECTED)
STEP_BEGUN = (StepStatus.IN_PROGRESS, *STEP_ENDED)
PHASES = len(PhaseName)


class TruckJourney(Scoped, Sourced, Versioned, Base):
    """One truck and crew doing one job, or one day of a longer job."""

    __scope__: ClassVar[Scope] = Scope("location_id", "owner_id", journey="id")

    __tablename__ = "truck_journeys"
    __table_args__ = tracked(
        "truck_journeys",
        in_set("status", JourneyStage),
        in_set("priority", JourneyPriority),
        in_set("billing_status", BillingStatus),
        in_set("currency", Currency),
        in_set("data_source", DataSource),
        *not_negative(
            "quoted_amount",
            "billed_amount",
            "estimated_cost_amount",
            "actual_cost_amount",
            "distance_km",
            "crew_size",
            "truck_count",
            "estimated_minutes",
            "actual_minutes",
        ),
        CheckConstraint(f"current_phase between 1 and {PHASES}", name="current_phase_range"),
        CheckConstraint("planned_end_at > planned_start_at", name="plan_in_order"),
        CheckConstraint("completed_at is null or completed_at >= started_at", name="work_in_order"),
        in_order("started_at", "arrived_at"),
        CheckConstraint(
            "arrival_window_start_at is null or (arrival_window_end_at is not null"
            " and arrival_window_end_at >= arrival_window_start_at)",
            name="window_in_order",
        ),
        needs("status", UNDER_WAY, "started_at"),
        needs("status", [JourneyStage.ONSITE], "arrived_at"),
        CheckConstraint(
            "status not in ('COMPLETED', 'AUDITED') or completed_on is not null",
            name="completed_has_date",
        ),
        CheckConstraint(
            "status <> 'CANCELLED'"
            " or (cancelled_on is not null and cancellation_reason is not null)",
            name="cancelled_has_reason",
        ),
        UniqueConstraint("client_id", "journey_number"),
        UniqueConstraint("client_id", "quote_id", "sequence"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("quote_id", "quotes"),
        tenant_fk("move_source_id", "move_sources"),
        tenant_fk("equipment_id", "equipment"),
        source_key("truck_journeys"),
        *indexes(
            "truck_journeys",
            ["location_id", "service_on"],
            ["customer_id"],
            ["status"],
            ["equipment_id", "service_on"],
        ),
    )

    customer_id: Mapped[UUID] = kept(Uuid())
    quote_id: Mapped[UUID | None] = kept(Uuid())
    sequence: Mapped[int] = kept(Integer, server_default=text("1"))
    """Which journey of its quote this is, from 1."""
    journey_number: Mapped[str] = kept(String(30))
    title: Mapped[str] = private(String(200))
    description: Mapped[str | None] = private(String(2000))
    tags: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    status: Mapped[str] = one_of(JourneyStage, server_default=text("'SCHEDULED'"))
    priority: Mapped[str] = one_of(JourneyPriority, server_default=text("'NORMAL'"))
    billing_status: Mapped[str] = one_of(BillingStatus, server_default=text("'PENDING'"))
    current_phase: Mapped[int] = kept(Integer, server_default=text("1"))
    """First phase that is not completed, from 1; the stage follows from it."""
    move_source_id: Mapped[UUID | None] = kept(Uuid())
    service_type: Mapped[str] = kept(String(60))
    move_size: Mapped[str | None] = kept(String(60))
    service_on: Mapped[date] = kept(Date)
    """Business day of the job at its branch; every figure by service date groups on it."""
    planned_start_at: Mapped[datetime] = kept(Instant)
    planned_start_local_at: Mapped[datetime | None] = kept(LocalTime)
    planned_end_at: Mapped[datetime] = kept(Instant)
    arrival_window_start_at: Mapped[datetime | None] = kept(Instant)
    arrival_window_end_at: Mapped[datetime | None] = kept(Instant)
    estimated_minutes: Mapped[int | None] = kept(Integer)
    actual_minutes: Mapped[int | None] = kept(Integer)
    started_at: Mapped[datetime | None] = kept(Instant)
    started_local_at: Mapped[datetime | None] = kept(LocalTime)
    arrived_at: Mapped[datetime | None] = kept(Instant)
    """First arrival at an address; held against the arrival window."""
    arrived_local_at: Mapped[datetime | None] = kept(LocalTime)
    completed_at: Mapped[datetime | None] = kept(Instant)
    completed_local_at: Mapped[datetime | None] = kept(LocalTime)
    completed_on: Mapped[date | None] = kept(Date)
    cancelled_at: Mapped[datetime | None] = kept(Instant)
    cancelled_on: Mapped[date | None] = kept(Date)
    cancellation_reason: Mapped[str | None] = kept(String(100))
    crew_size: Mapped[int] = kept(Integer, server_default=text("2"))
    truck_count: Mapped[int] = kept(Integer, server_default=text("1"))
    truck_number: Mapped[str | None] = kept(String(20))
    """The truck's label as the source wrote it; `equipment_id` names the truck itself."""
    equipment_id: Mapped[UUID | None] = kept(Uuid())
    """The truck of the job; what keeps it from being booked twice is `equipment_assignments`."""
    origin_address: Mapped[dict[str, Any] | None] = private(JSONB)
    """Street, unit, floor, elevator, latitude, longitude."""
    destination_address: Mapped[dict[str, Any] | None] = private(JSONB)
    origin_postal_area: Mapped[str | None] = kept(String(3))
    """Forward sortation area."""
    destination_postal_area: Mapped[str | None] = kept(String(3))
    route: Mapped[dict[str, Any] | None] = private(JSONB)
    distance_km: Mapped[Decimal | None] = kept(Numeric(10, 1))
    origin_province: Mapped[str | None] = kept(String(2))
    destination_province: Mapped[str | None] = kept(String(2))
    quoted_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """This journey's share of the quote, before tax."""
    billed_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    estimated_cost_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    actual_cost_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))


class JourneyStep(OfJourney, Versioned, Base):
    """One of the four steps of a journey: ready, origin, destination, back."""

    __tablename__ = "journey_steps"
    __table_args__ = tracked(
        "journey_steps",
        in_set("status", StepStatus),
        *not_negative("duration_minutes", "estimated_minutes"),
        CheckConstraint("step_number between 1 and 4", name="step_number_range"),
        CheckConstraint("ended_at is null or ended_at >= started_at", name="work_in_order"),
        CheckConstraint(
            "status <> 'REJECTED' or rejection_reason is not null", name="rejected_has_reason"
        ),
        needs("status", STEP_BEGUN, "started_at"),
        needs("status", STEP_ENDED, "ended_at"),
        needs("status", [StepStatus.APPROVED], "approved_at"),
        UniqueConstraint("client_id", "journey_id", "step_number"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("approved_by_id", "users"),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    step_number: Mapped[int] = kept(Integer)
    title: Mapped[str] = kept(String(60))
    description: Mapped[str | None] = private(String(1000))
    status: Mapped[str] = one_of(StepStatus, server_default=text("'PENDING'"))
    started_at: Mapped[datetime | None] = kept(Instant)
    ended_at: Mapped[datetime | None] = kept(Instant)
    estimated_minutes: Mapped[int | None] = kept(Integer)
    duration_minutes: Mapped[int | None] = kept(Integer)
    approved_by_id: Mapped[UUID | None] = kept(Uuid())
    """Who approved it; empty when the system or an import did."""
    approved_at: Mapped[datetime | None] = kept(Instant)
    approved_on: Mapped[date | None] = local_of("approved_at", Date)
    rejection_reason: Mapped[str | None] = kept(String(100))
    notes: Mapped[str | None] = private(String(1000))
    position: Mapped[dict[str, Any] | None] = private(JSONB)
    """Where the step began: latitude, longitude, accuracy in metres."""


class StepActivity(Scoped, Base):
    """Something done inside a step; the owner is who did it."""

    __tablename__ = "step_activities"
    __table_args__ = tracked(
        "step_activities",
        in_set("activity_type", ActivityType),
        in_set("status", ActivityStatus),
        *not_negative("duration_seconds"),
        tenant_fk("step_id", "journey_steps"),
        *indexes("step_activities", ["step_id", "activity_type"]),
    )

    step_id: Mapped[UUID] = kept(Uuid())
    activity_type: Mapped[str] = one_of(ActivityType, server_default=text("'CHECKLIST'"))
    status: Mapped[str] = one_of(ActivityStatus, server_default=text("'COMPLETED'"))
    occurred_at: Mapped[datetime] = kept(Instant)
    duration_seconds: Mapped[int | None] = kept(Integer)
    data: Mapped[dict[str, Any] | None] = private(JSONB)
    position: Mapped[dict[str, Any] | None] = private(JSONB)


class MoveSource(Owned, Sourced, Base):
    """The channel or partner a job came from, and what a lead of it costs."""

    __tablename__ = "move_sources"
    __table_args__ = tracked(
        "move_sources",
        in_set("status", MoveSourceStatus),
        in_set("data_source", DataSource),
        known_currency(),
        *not_negative("lead_cost_amount"),
        UniqueConstraint("client_id", "name"),
        source_key("move_sources"),
        scoped=False,
    )

    channel: Mapped[str] = kept(String(60))
    sub_channel: Mapped[str | None] = kept(String(60))
    name: Mapped[str] = kept(String(120))
    description: Mapped[str | None] = private(String(1000))
    is_lead_provider: Mapped[bool] = kept(Boolean, server_default=text("false"))
    lead_cost_amount: Mapped[Decimal | None] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    status: Mapped[str] = one_of(MoveSourceStatus, server_default=text("'ACTIVE'"))
    phone: Mapped[str | None] = private(String(40))
    email: Mapped[str | None] = private(String(200))
    website: Mapped[str | None] = private(String(200))
    address: Mapped[dict[str, Any] | None] = private(JSONB)
