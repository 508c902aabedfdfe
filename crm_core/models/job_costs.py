"""What a journey costs: damage and claims, fuel, and the lines of job costing.

Hours and wages are in `field_work`, material in `inventory`, prices in `finance`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
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
    ClaimStatus,
    ClaimType,
    CostKind,
    DamageSeverity,
    DamageType,
    FuelType,
)
from crm_core.models.base import (
    Base,
    Instant,
    LocalTime,
    Money,
    Quantity,
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
    in_order,
    known_currency,
    needs,
    only_when,
    positive,
    shared_fk,
    unique_where,
)


class Claim(Scoped, Versioned, Base):
    """What a customer asks for after a journey, and what was paid."""

    __tablename__ = "claims"
    __table_args__ = tracked(
        "claims",
        in_set("claim_type", ClaimType),
        in_set("status", ClaimStatus),
        known_currency(),
        *not_negative("claimed_amount", "settled_amount"),
        in_order("opened_on", "closed_on"),
        needs("status", ClaimStatus.closed(), "closed_on"),
        needs("status", [ClaimStatus.SETTLED], "settled_amount"),
        needs("status", [ClaimStatus.DENIED], "denial_reason"),
        *only_when("status", ClaimStatus.closed(), "closed_on"),
        *only_when("status", [ClaimStatus.SETTLED], "settled_amount"),
        CheckConstraint(
            "settled_amount <= claimed_amount or is_settled_above_claim",
            name="settled_amount_limit",
        ),
        UniqueConstraint("client_id", "claim_number"),
        UniqueConstraint("client_id", "journey_id", "id"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("customer_id", "customers"),
        *indexes("claims", ["journey_id"], ["customer_id"], ["status", "opened_on"]),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    customer_id: Mapped[UUID] = kept(Uuid())
    claim_number: Mapped[str] = kept(String(30))
    claim_type: Mapped[str] = one_of(ClaimType)
    status: Mapped[str] = one_of(ClaimStatus, server_default=text("'OPEN'"))
    opened_at: Mapped[datetime] = kept(Instant)
    opened_on: Mapped[date] = kept(Date)
    closed_on: Mapped[date | None] = kept(Date)
    claimed_amount: Mapped[Decimal] = kept(Money)
    settled_amount: Mapped[Decimal | None] = kept(Money)
    is_settled_above_claim: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Set by who allowed a settlement above the claim."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    denial_reason: Mapped[str | None] = private(String(500))
    description: Mapped[str] = private(String(2000))


class DamageReport(Scoped, Base):
    """Damage seen on a journey, whether or not it becomes a claim; the owner reported it."""

    __tablename__ = "damage_reports"
    __table_args__ = tracked(
        "damage_reports",
        in_set("damage_type", DamageType),
        in_set("severity", DamageSeverity),
        known_currency(),
        *not_negative("estimated_amount"),
        tenant_fk("journey_id", "truck_journeys"),
        shared_fk("claims", ["journey_id", "claim_id"], ["journey_id", "id"]),
        *indexes("damage_reports", ["journey_id"]),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    claim_id: Mapped[UUID | None] = kept(Uuid())
    damage_type: Mapped[str] = one_of(DamageType)
    severity: Mapped[str] = one_of(DamageSeverity)
    estimated_amount: Mapped[Decimal | None] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    reported_at: Mapped[datetime] = kept(Instant)
    reported_on: Mapped[date] = kept(Date)
    description: Mapped[str] = private(String(2000))
    details: Mapped[dict[str, Any] | None] = private(JSONB)


class FuelPurchase(Scoped, Base):
    """Fuel bought for a vehicle; the owner is who bought it."""

    __tablename__ = "fuel_purchases"
    __table_args__ = tracked(
        "fuel_purchases",
        in_set("fuel_type", FuelType),
        known_currency(),
        *positive("litre_count", "amount"),
        *not_negative("odometer_km"),
        CheckConstraint("card_last_four ~ '^[0-9]{4}$'", name="card_last_four_digits"),
        tenant_fk("equipment_id", "equipment"),
        tenant_fk("journey_id", "truck_journeys"),
        *indexes("fuel_purchases", ["equipment_id", "purchased_at"], ["journey_id"]),
    )

    equipment_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    fuel_type: Mapped[str] = one_of(FuelType, server_default=text("'DIESEL'"))
    litre_count: Mapped[Decimal] = kept(Numeric(10, 3))
    amount: Mapped[Decimal] = kept(Money)
    """With tax, as on the receipt."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    odometer_km: Mapped[int | None] = kept(Integer)
    purchased_at: Mapped[datetime] = kept(Instant)
    purchased_on: Mapped[date] = kept(Date)
    purchased_local_at: Mapped[datetime] = kept(LocalTime)
    card_last_four: Mapped[str | None] = private(String(4))
    place: Mapped[str | None] = private(String(200))
    notes: Mapped[str | None] = private(String(500))


SOURCES = {
    "time_entry_id": ("time_entries", CostKind.LABOUR),
    "fuel_purchase_id": ("fuel_purchases", CostKind.FUEL),
    "inventory_transaction_id": ("inventory_transactions", CostKind.MATERIAL),
    "claim_id": ("claims", CostKind.CLAIM),
}
"""What a line may stand for: the record, which is costed once, and the kind it must have."""


class JourneyCost(Scoped, Base):
    """A line of the cost of a journey; their sum is its actual cost."""

    __tablename__ = "journey_costs"
    __table_args__ = tracked(
        "journey_costs",
        in_set("kind", CostKind),
        known_currency(),
        *not_negative("quantity", "unit_amount", "amount"),
        CheckConstraint("amount = round(quantity * unit_amount, 2)", name="amount_product"),
        tenant_fk("journey_id", "truck_journeys"),
        *indexes("journey_costs", ["journey_id", "kind"]),
        *(tenant_fk(column, table) for column, (table, _) in SOURCES.items()),
        *(c for column, (_, kind) in SOURCES.items() for c in only_when("kind", [kind], column)),
        *(
            unique_where("journey_costs", column, [column], f"{column} is not null")
            for column in SOURCES
        ),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    kind: Mapped[str] = one_of(CostKind)
    incurred_on: Mapped[date] = kept(Date)
    quantity: Mapped[Decimal] = kept(Quantity, server_default=text("1"))
    unit_amount: Mapped[Decimal] = kept(Numeric(18, 4))
    amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    time_entry_id: Mapped[UUID | None] = kept(Uuid())
    fuel_purchase_id: Mapped[UUID | None] = kept(Uuid())
    inventory_transaction_id: Mapped[UUID | None] = kept(Uuid())
    claim_id: Mapped[UUID | None] = kept(Uuid())
    description: Mapped[str | None] = private(String(500))
