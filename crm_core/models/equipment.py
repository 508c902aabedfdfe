"""Trucks and other assets: what they are, what was done to them, who has them when.

Fuel is in `job_costs`; the calendar that keeps an asset from being booked twice in `scheduling`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    AssignmentStatus,
    EquipmentStatus,
    EquipmentType,
    MaintenanceStatus,
    MaintenanceType,
)
from crm_core.models.base import (
    Base,
    Instant,
    LocalTime,
    Money,
    Scoped,
    Versioned,
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
from crm_core.models.rules import (
    in_order,
    known_currency,
    needs,
    no_overlap,
    positive,
    unique_where,
)

GONE = (EquipmentStatus.RETIRED, EquipmentStatus.SOLD)


class Equipment(Scoped, Versioned, Base):
    """A truck or another asset, at its home branch."""

    __tablename__ = "equipment"
    __table_args__ = tracked(
        "equipment",
        in_set("equipment_type", EquipmentType),
        in_set("status", EquipmentStatus),
        known_currency(),
        *not_negative(
            "purchase_amount", "current_value_amount", "sold_amount", "odometer_km", "engine_hours"
        ),
        *positive("capacity_cubic_feet", "capacity_pounds", "service_days", "service_km"),
        CheckConstraint("depreciation_rate between 0 and 1", name="depreciation_rate_range"),
        CheckConstraint("model_year between 1950 and 2100", name="model_year_range"),
        needs("status", GONE, "retired_on"),
        needs("status", [EquipmentStatus.SOLD], "sold_on", "sold_amount"),
        CheckConstraint(
            "retired_on is null or status in ('RETIRED', 'SOLD')", name="retired_on_only_when_gone"
        ),
        CheckConstraint("retired_on >= purchased_on", name="retired_after_purchase"),
        in_order("retired_on", "sold_on"),
        CheckConstraint(
            "next_maintenance_on > last_maintenance_on", name="next_maintenance_after_last"
        ),
        UniqueConstraint("client_id", "name"),
        unique_where("equipment", "plate", ["licence_plate"], "licence_plate is not null"),
        unique_where("equipment", "serial", ["serial_number"], "serial_number is not null"),
        *indexes(
            "equipment",
            ["location_id", "equipment_type", "status"],
            ["status", "next_maintenance_on"],
        ),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    name: Mapped[str] = kept(String(60))
    equipment_type: Mapped[str] = one_of(EquipmentType)
    status: Mapped[str] = one_of(EquipmentStatus, server_default=text("'ACTIVE'"))
    manufacturer: Mapped[str | None] = kept(String(60))
    model: Mapped[str | None] = kept(String(60))
    model_year: Mapped[int | None] = kept(Integer)
    capacity_cubic_feet: Mapped[int | None] = kept(Integer)
    capacity_pounds: Mapped[int | None] = kept(Integer)
    serial_number: Mapped[str | None] = private(String(60))
    licence_plate: Mapped[str | None] = private(String(20))
    specifications: Mapped[dict[str, Any] | None] = private(JSONB)
    purchased_on: Mapped[date | None] = kept(Date)
    purchase_amount: Mapped[Decimal | None] = kept(Money)
    current_value_amount: Mapped[Decimal | None] = kept(Money)
    depreciation_rate: Mapped[Decimal | None] = kept(Numeric(5, 4))
    """Per year, as a fraction."""
    retired_on: Mapped[date | None] = kept(Date)
    sold_on: Mapped[date | None] = kept(Date)
    sold_amount: Mapped[Decimal | None] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    odometer_km: Mapped[int | None] = kept(Integer)
    engine_hours: Mapped[Decimal | None] = kept(Numeric(10, 1))
    last_maintenance_on: Mapped[date | None] = kept(Date)
    next_maintenance_on: Mapped[date | None] = kept(Date)
    service_days: Mapped[int | None] = kept(Integer)
    """Service is due after so many days, or `service_km`, whichever comes first."""
    service_km: Mapped[int | None] = kept(Integer)


class EquipmentMaintenance(Scoped, Versioned, Base):
    """A work order on an asset, and how long the asset was down; the owner does the work."""

    __tablename__ = "equipment_maintenance"
    __table_args__ = tracked(
        "equipment_maintenance",
        in_set("maintenance_type", MaintenanceType),
        in_set("status", MaintenanceStatus),
        known_currency(),
        *not_negative(
            "labour_amount", "parts_amount", "labour_minutes", "odometer_km", "engine_hours"
        ),
        needs("status", [MaintenanceStatus.SCHEDULED], "scheduled_on"),
        needs("status", [MaintenanceStatus.IN_PROGRESS], "started_at"),
        needs("status", [MaintenanceStatus.COMPLETED], "performed_at", "performed_on"),
        needs("status", [MaintenanceStatus.CANCELLED], "cancellation_reason"),
        CheckConstraint("performed_at >= started_at", name="performed_after_start"),
        CheckConstraint("next_due_on > performed_on", name="next_due_after_performed"),
        in_order("down_from_at", "up_at", strictly=True),
        no_overlap(
            "equipment_maintenance",
            "downtime",
            "equipment_id",
            "tstzrange(down_from_at, up_at)",
            "down_from_at is not null and status <> 'CANCELLED'",
        ),
        tenant_fk("equipment_id", "equipment"),
        tenant_fk("supplier_id", "suppliers"),
        *indexes("equipment_maintenance", ["equipment_id", "performed_on"]),
    )

    location_id: Mapped[UUID] = kept(Uuid())
    equipment_id: Mapped[UUID] = kept(Uuid())
    supplier_id: Mapped[UUID | None] = kept(Uuid())
    """The outside shop."""
    maintenance_type: Mapped[str] = one_of(MaintenanceType)
    status: Mapped[str] = one_of(MaintenanceStatus, server_default=text("'SCHEDULED'"))
    description: Mapped[str] = private(String(1000))
    scheduled_on: Mapped[date | None] = kept(Date)
    started_at: Mapped[datetime | None] = kept(Instant)
    performed_at: Mapped[datetime | None] = kept(Instant)
    performed_on: Mapped[date | None] = kept(Date)
    down_from_at: Mapped[datetime | None] = kept(Instant)
    """When the asset could no longer be used; empty when the work did not stop it."""
    up_at: Mapped[datetime | None] = kept(Instant)
    down_from_local_at: Mapped[datetime | None] = local_of("down_from_at", LocalTime)
    up_local_at: Mapped[datetime | None] = local_of("up_at", LocalTime)
    odometer_km: Mapped[int | None] = kept(Integer)
    engine_hours: Mapped[Decimal | None] = kept(Numeric(10, 1))
    labour_minutes: Mapped[int | None] = kept(Integer)
    labour_amount: Mapped[Decimal | None] = kept(Money)
    parts_amount: Mapped[Decimal | None] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    parts: Mapped[list[dict[str, Any]] | None] = private(JSONB)
    next_due_on: Mapped[date | None] = kept(Date)
    cancellation_reason: Mapped[str | None] = private(String(200))
    notes: Mapped[str | None] = private(String(1000))


class EquipmentAssignment(Scoped, Versioned, Base):
    """An asset given to a journey or a person for a span; without an end, until it comes back."""

    __tablename__ = "equipment_assignments"
    __table_args__ = tracked(
        "equipment_assignments",
        in_set("status", AssignmentStatus),
        in_order("start_at", "end_at", strictly=True),
        needs("status", [AssignmentStatus.COMPLETED], "end_at"),
        CheckConstraint("num_nonnulls(journey_id, user_id) >= 1", name="for_somebody"),
        tenant_fk("equipment_id", "equipment"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("user_id", "users"),
        *indexes("equipment_assignments", ["equipment_id", "start_at"], ["journey_id"]),
    )

    equipment_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    user_id: Mapped[UUID | None] = kept(Uuid())
    status: Mapped[str] = one_of(AssignmentStatus, server_default=text("'ACTIVE'"))
    start_at: Mapped[datetime] = kept(Instant)
    end_at: Mapped[datetime | None] = kept(Instant)
    start_local_at: Mapped[datetime | None] = local_of("start_at", LocalTime)
    end_local_at: Mapped[datetime | None] = local_of("end_at", LocalTime)
    purpose: Mapped[str | None] = private(String(200))
    notes: Mapped[str | None] = private(String(1000))
