"""Truck journeys and their steps.

Which stage may follow which is in `crm_core.services.journeys`.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    Currency,
    DataSource,
    JourneyPriority,
    JourneyStage,
    StepStatus,
)
from crm_core.models.base import (
    Base,
    Instant,
    Money,
    Scoped,
    Sourced,
    Versioned,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    source_key,
    tenant_fk,
    tracked,
)


class TruckJourney(Scoped, Sourced, Versioned, Base):
    """One truck and crew doing one job, or one day of a longer job."""

    __tablename__ = "truck_journeys"
    __table_args__ = tracked(
        "truck_journeys",
        in_set("status", JourneyStage),
        in_set("priority", JourneyPriority),
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
        ),
        CheckConstraint("planned_end_at > planned_start_at", name="plan_in_order"),
        CheckConstraint("completed_at is null or completed_at >= started_at", name="work_in_order"),
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
        source_key("truck_journeys"),
        *indexes("truck_journeys", ["location_id", "service_on"], ["customer_id"], ["status"]),
    )

    customer_id: Mapped[UUID] = kept(Uuid())
    quote_id: Mapped[UUID | None] = kept(Uuid())
    sequence: Mapped[int] = kept(Integer, server_default=text("1"))
    """Which journey of its quote this is, from 1."""
    journey_number: Mapped[str] = kept(String(30))
    title: Mapped[str] = private(String(200))
    status: Mapped[str] = one_of(JourneyStage, server_default=text("'SCHEDULED'"))
    priority: Mapped[str] = one_of(JourneyPriority, server_default=text("'NORMAL'"))
    service_type: Mapped[str] = kept(String(60))
    move_size: Mapped[str | None] = kept(String(60))
    service_on: Mapped[date] = kept(Date)
    """Business day of the job at its branch; every figure by service date groups on it."""
    planned_start_at: Mapped[datetime] = kept(Instant)
    planned_end_at: Mapped[datetime] = kept(Instant)
    arrival_window_end_at: Mapped[datetime | None] = kept(Instant)
    started_at: Mapped[datetime | None] = kept(Instant)
    arrived_at: Mapped[datetime | None] = kept(Instant)
    completed_at: Mapped[datetime | None] = kept(Instant)
    completed_on: Mapped[date | None] = kept(Date)
    cancelled_at: Mapped[datetime | None] = kept(Instant)
    cancelled_on: Mapped[date | None] = kept(Date)
    cancellation_reason: Mapped[str | None] = kept(String(100))
    crew_size: Mapped[int] = kept(Integer, server_default=text("2"))
    truck_count: Mapped[int] = kept(Integer, server_default=text("1"))
    truck_number: Mapped[str | None] = kept(String(20))
    distance_km: Mapped[Decimal | None] = kept(Numeric(10, 1))
    origin_province: Mapped[str | None] = kept(String(2))
    destination_province: Mapped[str | None] = kept(String(2))
    quoted_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """This journey's share of the quote, before tax."""
    billed_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    estimated_cost_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    actual_cost_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))


class JourneyStep(Scoped, Base):
    """One of the four steps of a journey: ready, origin, destination, back."""

    __tablename__ = "journey_steps"
    __table_args__ = tracked(
        "journey_steps",
        in_set("status", StepStatus),
        CheckConstraint("step_number between 1 and 4", name="step_number_range"),
        CheckConstraint("ended_at is null or ended_at >= started_at", name="work_in_order"),
        CheckConstraint(
            "status <> 'REJECTED' or rejection_reason is not null", name="rejected_has_reason"
        ),
        UniqueConstraint("client_id", "journey_id", "step_number"),
        tenant_fk("journey_id", "truck_journeys"),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    step_number: Mapped[int] = kept(Integer)
    title: Mapped[str] = kept(String(60))
    status: Mapped[str] = one_of(StepStatus, server_default=text("'PENDING'"))
    started_at: Mapped[datetime | None] = kept(Instant)
    ended_at: Mapped[datetime | None] = kept(Instant)
    duration_minutes: Mapped[int | None] = kept(Integer)
    approved_by_id: Mapped[UUID | None] = kept(Uuid())
    approved_at: Mapped[datetime | None] = kept(Instant)
    rejection_reason: Mapped[str | None] = kept(String(100))
