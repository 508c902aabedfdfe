"""Rentals of storage units from move-in to move-out, and what the unit does then.

Reserving is `storage_reservations`, bills `storage_rent`, lateness `storage_arrears`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    BookingStatus,
    InvoiceStatus,
    StorageReturnCondition,
    StorageUnitStatus,
)
from crm_core.errors import InvalidInput
from crm_core.models import Invoice, StorageBooking, StorageUnit
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.finance import customer_credit, deposits
from crm_core.services.finance.pricing import Line
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.storage import BOOKING, UNIT, BookingEvent, UnitEvent
from crm_core.services.moves import move
from crm_core.services.storage import storage_rent, storage_reservations, storage_units


def activate(
    session: Session,
    subject: Subject,
    *,
    booking_id: UUID,
    at: datetime,
    has_signed_terms: bool = False,
) -> StorageBooking:
    """The renter moves in: on the first day or later, having paid something or signed the terms.

    The first bill covers the days up to the end of the month.
    """
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    checks.instant("at", at)
    booking = rows.get(session, subject, StorageBooking, booking_id)
    today = rows.day_at(session, subject, booking.location_id, at)
    if today < booking.starts_on:
        _refuse(booking, BookingEvent.ACTIVATE, f"it begins on {booking.starts_on}")
    if booking.ends_on is not None and booking.ends_on <= today:
        _refuse(booking, BookingEvent.ACTIVATE, f"it ended on {booking.ends_on}")
    if not has_signed_terms and not storage_reservations.has_paid(session, booking):
        _refuse(booking, BookingEvent.ACTIVATE, "nothing was paid and no terms are signed")
    with as_system(session):
        unit = rows.get(session, subject, StorageUnit, booking.unit_id)
        if unit.status == StorageUnitStatus.OCCUPIED:
            _refuse(booking, BookingEvent.ACTIVATE, f"unit {unit.unit_number} is still occupied")
        booking.activated_on = today
        terms = "signed" if has_signed_terms else "paid"
        move(session, subject, BOOKING, booking, BookingEvent.ACTIVATE, at, terms=terms)
        move(session, subject, UNIT, unit, UnitEvent.OCCUPY, at)
        booking.next_invoice_on = booking.starts_on
        session.flush()
        storage_rent.bill_due(session, subject, booking, at)
    return booking


def give_notice(
    session: Session, subject: Subject, *, booking_id: UUID, ends_on: date, at: datetime
) -> StorageBooking:
    """The renter leaves on a day: the rental runs out then, rent is billed up to it."""
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    booking = rows.get(session, subject, StorageBooking, booking_id)
    today = rows.day_at(session, subject, booking.location_id, at)
    if BookingStatus(booking.status) not in BookingStatus.holding():
        raise InvalidInput("booking_id", f"the rental is {booking.status}")
    if ends_on <= max(booking.starts_on, today):
        raise InvalidInput("ends_on", f"{ends_on} is not after {max(booking.starts_on, today)}")
    if booking.ends_on is not None and ends_on > booking.ends_on:
        raise InvalidInput("ends_on", f"the rental ends on {booking.ends_on} already")
    before, booking.ends_on, booking.is_auto_renewed = booking.ends_on, ends_on, False
    details = {"ends_on": ends_on, "before": before}
    audit.record(
        session,
        subject,
        "NOTICE",
        Resource.STORAGE_BOOKING,
        booking.id,
        at,
        booking.location_id,
        details=details,
    )
    session.flush()
    return booking


def complete(
    session: Session,
    subject: Subject,
    *,
    booking_id: UUID,
    condition: StorageReturnCondition,
    at: datetime,
    charges: Sequence[Line] = (),
    write_off: bool = False,
) -> StorageBooking:
    """The renter moves out: rent is settled (or written off), the deposit given back as credit.

    Charges for damage are billed, and paid out of that credit as far as it goes. A unit that did
    not come back GOOD goes into maintenance.
    """
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    checks.instant("at", at)
    seen = rows.get(session, subject, StorageBooking, booking_id, lock=False)
    held = deposits.of_booking(session, subject, seen.id)
    bills = storage_rent.open_invoices(session, subject, seen.id)
    booking = rows.get(session, subject, StorageBooking, booking_id)
    today = rows.day_at(session, subject, booking.location_id, at)
    with as_system(session):
        unit = rows.get(session, subject, StorageUnit, booking.unit_id)
        _settle(session, subject, booking, held, bills, at, write_off=write_off)
        booking.moved_out_on = max(today, booking.starts_on)
        booking.ends_on = max(today, booking.starts_on + timedelta(days=1))
        booking.return_condition = condition.value
        booking.next_invoice_on = None
        with session.no_autoflush:
            move(session, subject, BOOKING, booking, BookingEvent.COMPLETE, at, condition=condition)
        session.flush()
        if condition is StorageReturnCondition.GOOD:
            storage_units.free(session, subject, unit, at)
        else:
            move(session, subject, UNIT, unit, UnitEvent.SERVICE, at)
            session.flush()
        if charges:
            bill = storage_rent.bill_charges(session, subject, booking, charges, at)
            deposits.pay(session, subject, bill, at)
    return booking


def _settle(
    session: Session,
    subject: Subject,
    booking: StorageBooking,
    held: Sequence[Invoice],
    bills: Sequence[Invoice],
    at: datetime,
    *,
    write_off: bool,
) -> None:
    """Pay what is open out of the deposit; the rest must be paid, or is written off."""
    deposits.release(session, subject, held, at)
    for bill in bills:
        deposits.pay(session, subject, bill, at)
    left = [bill for bill in bills if bill.status != InvoiceStatus.PAID]
    if left and not write_off:
        numbers = ", ".join(str(bill.invoice_number) for bill in left)
        _refuse(booking, BookingEvent.COMPLETE, f"open: {numbers}")
    for bill in left:
        customer_credit.write_off(session, subject, invoice_id=bill.id, reason="renter left", at=at)


def _refuse(booking: StorageBooking, event: BookingEvent, reason: str) -> None:
    raise TransitionRefused(BOOKING.name, BookingStatus(booking.status), event, reason)
