"""Whether a rental is behind with its rent: OVERDUE, its alert, and who still gets in.

Brought up to date whenever one of its invoices changes, and daily.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from crm_core.database import as_system
from crm_core.enums import (
    AlertSeverity,
    BookingStatus,
    InvoiceStatus,
    Resource,
    StorageAlertType,
)
from crm_core.models import Invoice, InvoiceItem, StorageBooking
from crm_core.security.permissions import Action, Subject, require
from crm_core.services import rows
from crm_core.services.finance.late_fee_rules import Terms, terms_of
from crm_core.services.finance.ledger_rules import DEPOSIT
from crm_core.services.machines.storage import BOOKING, BookingEvent
from crm_core.services.moves import move
from crm_core.services.storage import storage_alerts

SUSPENDED_AFTER = timedelta(days=7)
"""How long a renter who is behind still gets in."""
_RENTED = (BookingStatus.ACTIVE, BookingStatus.OVERDUE)


def run(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """The daily run over all running rentals; returns how many changed."""
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    query = (
        select(StorageBooking)
        .where(
            StorageBooking.client_id == subject.client_id,
            StorageBooking.status.in_([status.value for status in _RENTED]),
        )
        .order_by(StorageBooking.id)
        .with_for_update()
    )
    changed = 0
    for booking in session.scalars(query).all():
        before = booking.status
        follow(session, subject, booking.id, as_of)
        changed += booking.status != before
    return changed


def follow(session: Session, subject: Subject, booking_id: UUID, at: datetime) -> None:
    """Bring a rental's received rent, status and alert up to its invoices; for our own services."""
    with as_system(session):
        booking = rows.get(session, subject, StorageBooking, booking_id)
        booking.paid_amount = _paid(session, booking)
        if BookingStatus(booking.status) in _RENTED:
            today = rows.day_at(session, subject, booking.location_id, at)
            late_since = overdue_since(session, subject, booking, today)
            if late_since is not None and booking.status == BookingStatus.ACTIVE:
                move(session, subject, BOOKING, booking, BookingEvent.FALL_BEHIND, at)
                storage_alerts.raise_alert(
                    session,
                    subject,
                    StorageAlertType.PAYMENT,
                    AlertSeverity.MEDIUM,
                    booking.location_id,
                    f"rent was due on {late_since}",
                    at,
                    unit_id=booking.unit_id,
                    booking_id=booking.id,
                )
            elif late_since is None and booking.status == BookingStatus.OVERDUE:
                move(session, subject, BOOKING, booking, BookingEvent.CATCH_UP, at)
                storage_alerts.resolve_of_booking(session, subject, booking, at)
        session.flush()


def overdue_since(
    session: Session, subject: Subject, booking: StorageBooking, today: date
) -> date | None:
    """The due date of the oldest open invoice past its grace; None when the renter is on time."""
    terms = terms_of(session, subject, booking.location_id)
    oldest = min((due_on for due_on, _ in open_bills(session, booking)), default=None)
    return oldest if oldest is not None and is_late(oldest, terms, today) else None


def is_late(due_on: date, terms: Terms, today: date) -> bool:
    """Whether an open bill is past its due date and grace."""
    return due_on + timedelta(days=terms.grace_day_count) < today


def may_enter(status: BookingStatus, late_since: date | None, today: date) -> bool:
    """Whether a renter gets in: a running rental, not behind for `SUSPENDED_AFTER` or longer."""
    if status not in _RENTED:
        return False
    return late_since is None or today < late_since + SUSPENDED_AFTER


def open_bills(session: Session, booking: StorageBooking) -> list[tuple[date, Decimal]]:
    """Due date and open amount of every unsettled invoice of a rental, deposits apart."""
    note = aliased(Invoice)
    credited = (
        select(func.coalesce(func.sum(note.total_amount), 0))
        .where(note.client_id == Invoice.client_id, note.credit_of_invoice_id == Invoice.id)
        .scalar_subquery()
    )
    open_amount = Invoice.balance_amount + credited
    closed = [InvoiceStatus.DRAFT.value, InvoiceStatus.CANCELLED.value]
    query = (
        select(Invoice.due_on, open_amount)
        .where(*_bills_of(booking), Invoice.status.not_in(closed), open_amount > 0)
        .order_by(Invoice.due_on)
    )
    with as_system(session):
        found = session.execute(query).all()
    return [(due_on, Decimal(amount)) for due_on, amount in found if due_on is not None]


def _paid(session: Session, booking: StorageBooking) -> Decimal:
    query = select(func.coalesce(func.sum(Invoice.paid_amount), 0)).where(*_bills_of(booking))
    return Decimal(session.execute(query).scalar_one())


def _bills_of(booking: StorageBooking) -> list[ColumnElement[bool]]:
    deposits = select(InvoiceItem.invoice_id).where(
        InvoiceItem.client_id == booking.client_id, InvoiceItem.subcategory == DEPOSIT
    )
    return [
        Invoice.client_id == booking.client_id,
        Invoice.storage_booking_id == booking.id,
        Invoice.credit_of_invoice_id.is_(None),
        Invoice.id.not_in(deposits),
    ]
