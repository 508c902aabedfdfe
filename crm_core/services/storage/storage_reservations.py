"""Reservations of storage units: held at a frozen price, given up or expired.

What follows when the renter moves in is `storage_bookings`; prices are `storage_rules`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    AccessType,
    BillingCycle,
    BookingSource,
    BookingStatus,
    InvoiceStatus,
    StorageUnitStatus,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Customer, DiscountPolicy, Invoice, StorageBooking, StorageUnit
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.finance import deposits
from crm_core.services.machines.storage import BOOKING, UNIT, BookingEvent, UnitEvent
from crm_core.services.moves import move
from crm_core.services.storage import storage_rules, storage_units
from crm_core.services.storage.storage_rules import Renter

HELD_FOR = timedelta(hours=48)
"""How long a unit is reserved without the deposit that was asked for."""


@dataclass(frozen=True)
class Rental:
    """What a customer books."""

    unit_id: UUID
    customer_id: UUID
    starts_on: date
    ends_on: date | None = None
    journey_id: UUID | None = None
    billing_cycle: BillingCycle = BillingCycle.MONTHLY
    deposit_amount: Decimal = Decimal("0.00")
    is_oversize: bool = False
    is_auto_renewed: bool = True
    source: BookingSource | None = None
    access_type: AccessType | None = None


def reserve(
    session: Session, subject: Subject, *, rental: Rental, at: datetime, imported: bool = False
) -> StorageBooking:
    """Hold a unit at today's price, less the best discount; a deposit is billed at once.

    Raises `InvalidInput` for a unit that is not free on these days.
    """
    require(subject, Resource.STORAGE_BOOKING, Action.CREATE)
    checks.instant("at", at)
    rows.get(session, subject, Customer, rental.customer_id, lock=False)
    rows.get(session, subject, StorageUnit, rental.unit_id, lock=False)
    with as_system(session):  # the unit follows, whoever may change units
        unit = rows.get(session, subject, StorageUnit, rental.unit_id)
    today = rows.day_at(session, subject, unit.location_id, at)
    storage_units.require_bookable(unit)
    if rental.starts_on < today and not imported:
        raise InvalidInput("starts_on", f"{rental.starts_on} is over")
    if rental.ends_on is not None and rental.ends_on <= rental.starts_on:
        raise InvalidInput("ends_on", "must be after starts_on")
    _require_free(session, subject, unit, rental)
    booking = _booking(session, subject, unit, rental, at)
    set_moment(session, at)
    with as_system(session):
        session.add(booking)
        session.flush()
        details = {"unit_id": unit.id, "rate": booking.rate_amount, "imported": imported}
        audit.record(
            session,
            subject,
            "CREATE",
            Resource.STORAGE_BOOKING,
            booking.id,
            at,
            booking.location_id,
            details=details,
        )
        if unit.status == StorageUnitStatus.AVAILABLE:
            move(session, subject, UNIT, unit, UnitEvent.RESERVE, at)
        session.flush()
        if booking.deposit_amount > 0:
            deposits.bill_booking_deposit(session, subject, booking, at)
    return booking


def cancel(
    session: Session, subject: Subject, *, booking_id: UUID, reason: str, at: datetime
) -> StorageBooking:
    """Give a reservation up; a deposit that was paid becomes the customer's credit."""
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    reason = checks.clean_text("reason", reason, 100)
    seen = rows.get(session, subject, StorageBooking, booking_id, lock=False)
    held = deposits.of_booking(session, subject, seen.id)
    booking = rows.get(session, subject, StorageBooking, booking_id)
    booking.cancelled_on = rows.day_at(session, subject, booking.location_id, at)
    booking.cancellation_reason = reason
    with session.no_autoflush:
        move(session, subject, BOOKING, booking, BookingEvent.CANCEL, at, reason=reason)
    session.flush()
    with as_system(session):
        unit = rows.get(session, subject, StorageUnit, booking.unit_id)
        if unit.status == StorageUnitStatus.RESERVED:
            storage_units.free(session, subject, unit, at)
        deposits.release(session, subject, held, at)
    return booking


def expire_reservations(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """The daily run: gives up what nobody paid the deposit of in time; returns how many.

    A reservation without a deposit is held until two days after it should have begun.
    """
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    query = (
        select(StorageBooking)
        .where(
            StorageBooking.client_id == subject.client_id,
            StorageBooking.status == BookingStatus.PENDING.value,
        )
        .order_by(StorageBooking.id)
    )
    expired = 0
    for booking in session.scalars(query).all():
        if _is_expired(session, subject, booking, as_of):
            cancel(session, subject, booking_id=booking.id, reason="expired", at=as_of)
            expired += 1
    return expired


def _require_free(session: Session, subject: Subject, unit: StorageUnit, rental: Rental) -> None:
    """Asked before the exclusion constraint does, to say when the unit is taken."""
    other = StorageBooking
    query = select(other.starts_on, other.ends_on).where(
        other.client_id == subject.client_id,
        other.unit_id == unit.id,
        other.status.in_([status.value for status in BookingStatus.holding()]),
        or_(other.ends_on.is_(None), other.ends_on > rental.starts_on),
    )
    if rental.ends_on is not None:
        query = query.where(other.starts_on < rental.ends_on)
    with as_system(session):
        taken = session.execute(query.order_by(other.starts_on).limit(1)).one_or_none()
    if taken is not None:
        until = taken.ends_on or "further notice"
        raise InvalidInput(
            "unit_id", f"unit {unit.unit_number} is taken from {taken.starts_on} until {until}"
        )


def _booking(
    session: Session, subject: Subject, unit: StorageUnit, rental: Rental, at: datetime
) -> StorageBooking:
    assert unit.location_id is not None
    surcharge = unit.oversize_surcharge_amount if rental.is_oversize else Decimal(0)
    rate = storage_rules.cycle_rate(unit.current_amount + surcharge, rental.billing_cycle)
    with as_system(session):
        cycles, units = _history(session, subject, rental.customer_id)
        policies = session.scalars(
            select(DiscountPolicy).where(DiscountPolicy.client_id == subject.client_id)
        ).all()
    renter = Renter(unit.location_id, rental.starts_on, rate, unit.currency, cycles, units + 1)
    policy_id, discount = storage_rules.best_discount(policies, renter)
    return StorageBooking(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=unit.location_id,
        owner_id=subject.user_id,
        unit_id=unit.id,
        customer_id=rental.customer_id,
        journey_id=rental.journey_id,
        status=BookingStatus.PENDING.value,
        source=rental.source.value if rental.source else None,
        starts_on=rental.starts_on,
        ends_on=rental.ends_on,
        billing_cycle=rental.billing_cycle.value,
        rate_amount=rate,
        discount_amount=discount,
        discount_policy_id=policy_id,
        deposit_amount=checks.money("deposit_amount", rental.deposit_amount),
        currency=unit.currency,
        is_auto_renewed=rental.is_auto_renewed,
        access_type=rental.access_type.value if rental.access_type else None,
    )


def _history(session: Session, subject: Subject, customer_id: UUID) -> tuple[int, int]:
    """Cycles of rent billed to a customer so far, and units held now."""
    billed = (
        select(func.count())
        .select_from(Invoice)
        .where(
            Invoice.client_id == subject.client_id,
            Invoice.customer_id == customer_id,
            Invoice.is_recurring,
            Invoice.status != InvoiceStatus.CANCELLED.value,
        )
    )
    held = (
        select(func.count())
        .select_from(StorageBooking)
        .where(
            StorageBooking.client_id == subject.client_id,
            StorageBooking.customer_id == customer_id,
            StorageBooking.status.in_([status.value for status in BookingStatus.holding()]),
        )
    )
    return session.execute(billed).scalar_one(), session.execute(held).scalar_one()


def has_paid(session: Session, booking: StorageBooking) -> bool:
    """Whether any money came in for a rental."""
    query = select(Invoice.id).where(
        Invoice.client_id == booking.client_id,
        Invoice.storage_booking_id == booking.id,
        Invoice.paid_amount > 0,
    )
    with as_system(session):
        return session.scalars(query.limit(1)).first() is not None


def _is_expired(
    session: Session, subject: Subject, booking: StorageBooking, as_of: datetime
) -> bool:
    if has_paid(session, booking):
        return False
    if booking.deposit_amount > 0:
        made_at = datetime.fromtimestamp((booking.id.int >> 80) / 1000, UTC)
        return as_of >= made_at + HELD_FOR
    today = rows.day_at(session, subject, booking.location_id, as_of)
    return today >= booking.starts_on + HELD_FOR
