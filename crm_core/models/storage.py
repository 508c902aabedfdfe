"""Storage: units, rentals, prices, access, alerts, and the rules of discounts and late fees.

Rent is billed by invoices; which state of a unit follows which belongs to the services.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
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
    AccessType,
    AlertSeverity,
    BillingCycle,
    BookingSource,
    BookingStatus,
    Currency,
    DiscountPolicyType,
    DiscountType,
    StorageAlertType,
    StorageReturnCondition,
    StorageSizeClass,
    StorageUnitStatus,
    StorageUnitType,
)
from crm_core.models.base import (
    Base,
    Instant,
    Money,
    Owned,
    Scoped,
    Sourced,
    Versioned,
    in_set,
    indexes,
    kept,
    not_negative,
    one_of,
    private,
    rate_range,
    source_key,
    tenant_fk,
    tracked,
)
from crm_core.models.rules import no_overlap

HOLDING = ", ".join(f"'{status}'" for status in sorted(BookingStatus.holding()))


class StorageUnit(Scoped, Sourced, Versioned, Base):
    """A rentable unit at a branch."""

    __tablename__ = "storage_units"
    __table_args__ = tracked(
        "storage_units",
        in_set("type", StorageUnitType),
        in_set("size_class", StorageSizeClass),
        in_set("status", StorageUnitStatus),
        in_set("currency", Currency),
        *not_negative("base_amount", "current_amount", "oversize_surcharge_amount"),
        CheckConstraint("location_id is not null", name="has_location"),
        CheckConstraint("least(width_ft, length_ft, height_ft) > 0", name="size_positive"),
        CheckConstraint("area_sq_ft > 0", name="area_positive"),
        UniqueConstraint("client_id", "location_id", "unit_number"),
        source_key("storage_units"),
        *indexes("storage_units", ["location_id", "status"]),
    )

    unit_number: Mapped[str] = kept(String(30))
    """The label on the door; once per branch."""
    type: Mapped[str] = one_of(StorageUnitType)
    size_class: Mapped[str | None] = one_of(StorageSizeClass)
    status: Mapped[str] = one_of(StorageUnitStatus, server_default=text("'AVAILABLE'"))
    width_ft: Mapped[Decimal | None] = kept(Numeric(5, 2))
    length_ft: Mapped[Decimal | None] = kept(Numeric(5, 2))
    height_ft: Mapped[Decimal | None] = kept(Numeric(5, 2))
    area_sq_ft: Mapped[Decimal | None] = kept(Numeric(8, 2))
    """Rentable area; occupancy by area sums it."""
    base_amount: Mapped[Decimal] = kept(Money)
    """List price of a month."""
    current_amount: Mapped[Decimal] = kept(Money)
    """Price of a month that is offered now; a booking freezes it."""
    oversize_surcharge_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Added to the rent of a month for oversized goods."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    features: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    """climate_controlled, security, drive_up, 24_7_access and the like."""
    zone: Mapped[str | None] = kept(String(20))
    """Part of the site, as on its map."""
    position: Mapped[dict[str, Any] | None] = private(JSONB)
    """Place on the map: x, y, rotation, row, column."""
    notes: Mapped[str | None] = private(String(1000))


class StorageBooking(Scoped, Sourced, Versioned, Base):
    """A rental of a unit by a customer, from one day to another or without end."""

    __tablename__ = "storage_bookings"
    __table_args__ = tracked(
        "storage_bookings",
        in_set("status", BookingStatus),
        in_set("billing_cycle", BillingCycle),
        in_set("source", BookingSource),
        in_set("access_type", AccessType),
        in_set("return_condition", StorageReturnCondition),
        in_set("currency", Currency),
        *not_negative("rate_amount", "deposit_amount", "discount_amount", "paid_amount"),
        CheckConstraint("location_id is not null", name="has_location"),
        CheckConstraint("ends_on > starts_on", name="dates_in_order"),
        CheckConstraint("moved_out_on >= starts_on", name="moved_out_after_start"),
        CheckConstraint(
            "status <> 'COMPLETED' or (ends_on is not null and moved_out_on is not null"
            " and return_condition is not null)",
            name="completed_has_return",
        ),
        CheckConstraint(
            "status <> 'CANCELLED'"
            " or (cancelled_on is not null and cancellation_reason is not null)",
            name="cancelled_has_reason",
        ),
        CheckConstraint("status <> 'ACTIVE' or activated_on is not null", name="active_has_date"),
        no_overlap(
            "storage_bookings",
            "unit_id_overlap",
            "unit_id",
            "daterange(starts_on, ends_on)",
            f"status in ({HOLDING})",
        ),
        tenant_fk("unit_id", "storage_units"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("journey_id", "truck_journeys"),
        tenant_fk("discount_policy_id", "discount_policies"),
        source_key("storage_bookings"),
        *indexes("storage_bookings", ["unit_id"], ["customer_id"], ["journey_id"]),
        Index(
            "ix_storage_bookings_rent_run",
            "client_id",
            "next_invoice_on",
            postgresql_where=text("status in ('ACTIVE', 'OVERDUE')"),
        ),
    )

    unit_id: Mapped[UUID] = kept(Uuid())
    customer_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    """The job that brought the goods; empty for a renter who came by themselves."""
    status: Mapped[str] = one_of(BookingStatus, server_default=text("'PENDING'"))
    source: Mapped[str | None] = one_of(BookingSource)
    """How the renter came."""
    starts_on: Mapped[date] = kept(Date)
    ends_on: Mapped[date | None] = kept(Date)
    """First day on which the unit is free again; empty while open-ended."""
    activated_on: Mapped[date | None] = kept(Date)
    moved_out_on: Mapped[date | None] = kept(Date)
    cancelled_on: Mapped[date | None] = kept(Date)
    cancellation_reason: Mapped[str | None] = kept(String(100))
    return_condition: Mapped[str | None] = one_of(StorageReturnCondition)
    """State of the unit at move-out."""
    billing_cycle: Mapped[str] = one_of(BillingCycle, server_default=text("'MONTHLY'"))
    rate_amount: Mapped[Decimal] = kept(Money)
    """Rent of one billing cycle, frozen at booking; later changes are `storage_price_changes`."""
    discount_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Off the rent of each cycle, by the policy named here."""
    discount_policy_id: Mapped[UUID | None] = kept(Uuid())
    deposit_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Held until the unit is given back."""
    paid_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    """Rent received so far."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    next_invoice_on: Mapped[date | None] = kept(Date)
    """Day of the next rent run that bills it."""
    is_auto_renewed: Mapped[bool] = kept(Boolean, server_default=text("true"))
    """Runs on after `ends_on` was reached, until notice is given."""
    access_type: Mapped[str | None] = one_of(AccessType)
    """How the renter gets in; a code itself is an encrypted value, never a column."""
    notes: Mapped[str | None] = private(String(1000))


class StoragePriceChange(Scoped, Base):
    """A new rent of a running booking, told in advance; never changed once written."""

    __tablename__ = "storage_price_changes"
    __table_args__ = tracked(
        "storage_price_changes",
        in_set("currency", Currency),
        *not_negative("old_amount", "new_amount"),
        CheckConstraint("new_amount <> old_amount", name="changes_the_price"),
        CheckConstraint("effective_on >= notified_on + 30", name="thirty_days_notice"),
        tenant_fk("booking_id", "storage_bookings"),
        UniqueConstraint("client_id", "booking_id", "effective_on"),
    )

    booking_id: Mapped[UUID] = kept(Uuid())
    old_amount: Mapped[Decimal] = kept(Money)
    new_amount: Mapped[Decimal] = kept(Money)
    currency: Mapped[str] = kept(String(3))
    notified_on: Mapped[date] = kept(Date)
    effective_on: Mapped[date] = kept(Date)
    """First day at the new rent, at least thirty days after the notice."""
    reason: Mapped[str | None] = private(String(200))


class StorageAccess(Scoped, Base):
    """One entry of somebody to a unit, or a refused try."""

    __tablename__ = "storage_accesses"
    __table_args__ = tracked(
        "storage_accesses",
        in_set("access_type", AccessType),
        CheckConstraint("left_at >= entered_at", name="left_after_entered"),
        tenant_fk("unit_id", "storage_units"),
        tenant_fk("booking_id", "storage_bookings"),
        *indexes("storage_accesses", ["unit_id", "entered_at"], ["booking_id"]),
    )

    unit_id: Mapped[UUID] = kept(Uuid())
    booking_id: Mapped[UUID | None] = kept(Uuid())
    """The rental in whose name; empty for our own staff, who stand in `owner_id`."""
    access_type: Mapped[str] = one_of(AccessType)
    is_granted: Mapped[bool] = kept(Boolean, server_default=text("true"))
    entered_at: Mapped[datetime] = kept(Instant)
    entered_on: Mapped[date] = kept(Date)
    left_at: Mapped[datetime | None] = kept(Instant)


class StorageAlert(Scoped, Base):
    """Something about a branch's storage that a person must look at."""

    __tablename__ = "storage_alerts"
    __table_args__ = tracked(
        "storage_alerts",
        in_set("type", StorageAlertType),
        in_set("severity", AlertSeverity),
        CheckConstraint("location_id is not null", name="has_location"),
        CheckConstraint("resolved_at >= raised_at", name="resolved_after_raised"),
        CheckConstraint("(resolved_at is null) = (resolved_on is null)", name="resolved_has_date"),
        tenant_fk("unit_id", "storage_units"),
        tenant_fk("booking_id", "storage_bookings"),
        *indexes("storage_alerts", ["unit_id"], ["booking_id"]),
    )

    type: Mapped[str] = one_of(StorageAlertType)
    severity: Mapped[str] = one_of(AlertSeverity)
    unit_id: Mapped[UUID | None] = kept(Uuid())
    booking_id: Mapped[UUID | None] = kept(Uuid())
    description: Mapped[str | None] = private(String(500))
    raised_at: Mapped[datetime] = kept(Instant)
    raised_on: Mapped[date] = kept(Date)
    resolved_at: Mapped[datetime | None] = kept(Instant)
    resolved_on: Mapped[date | None] = kept(Date)


class DiscountPolicy(Owned, Base):
    """A rule by which rent is reduced; a booking takes at most one. All branches may read it."""

    __tablename__ = "discount_policies"
    __table_args__ = tracked(
        "discount_policies",
        in_set("type", DiscountPolicyType),
        in_set("discount_type", DiscountType),
        in_set("currency", Currency),
        rate_range("rate"),
        *not_negative("discount_amount", "minimum_cycle_count", "minimum_unit_count"),
        CheckConstraint(
            "case discount_type when 'PERCENTAGE' then rate is not null and discount_amount is null"
            " else rate is null and discount_amount is not null end",
            name="one_kind_of_discount",
        ),
        CheckConstraint("valid_to_on > valid_from_on", name="span"),
        tenant_fk("location_id", "locations"),
        UniqueConstraint("client_id", "name"),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    """The branch that grants it; empty for all branches."""
    name: Mapped[str] = kept(String(120))
    type: Mapped[str] = one_of(DiscountPolicyType)
    discount_type: Mapped[str] = one_of(DiscountType)
    rate: Mapped[Decimal | None] = kept(Numeric(6, 5))
    """Share of the rent taken off: 0.1 is ten per cent."""
    discount_amount: Mapped[Decimal | None] = kept(Money)
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    minimum_cycle_count: Mapped[int | None] = kept(Integer)
    """Cycles a booking must have run, for loyalty."""
    minimum_unit_count: Mapped[int | None] = kept(Integer)
    """Units a customer must rent at once, for bulk."""
    valid_from_on: Mapped[date] = kept(Date)
    valid_to_on: Mapped[date | None] = kept(Date)
    """First day on which the policy no longer applies."""
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))


class LateFeePolicy(Owned, Base):
    """Payment terms of rent: when due, when late, what lateness costs. All branches may read it."""

    __tablename__ = "late_fee_policies"
    __table_args__ = tracked(
        "late_fee_policies",
        in_set("currency", Currency),
        rate_range("rate"),
        *not_negative("due_day_count", "grace_day_count", "minimum_amount", "maximum_amount"),
        CheckConstraint("maximum_amount >= minimum_amount", name="bounds_in_order"),
        tenant_fk("location_id", "locations"),
        Index(
            "uq_late_fee_policies_active",
            "client_id",
            "location_id",
            unique=True,
            postgresql_where=text("is_active"),
            postgresql_nulls_not_distinct=True,
        ),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    """The branch; empty for branches without a policy of their own. One active policy each."""
    due_day_count: Mapped[int] = kept(Integer, server_default=text("0"))
    """Days from issue to due date."""
    grace_day_count: Mapped[int] = kept(Integer, server_default=text("0"))
    """Days after the due date without a fee."""
    rate: Mapped[Decimal] = kept(Numeric(6, 5))
    """Fee as a share of what is overdue, between the two bounds."""
    minimum_amount: Mapped[Decimal] = kept(Money, server_default=text("0"))
    maximum_amount: Mapped[Decimal | None] = kept(Money)
    """Most that one lateness costs; empty for no bound."""
    currency: Mapped[str] = kept(String(3), server_default=text("'CAD'"))
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))
