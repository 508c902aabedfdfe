"""Rent: billed by period for every running rental, each once, and charges when it ends.

What a period costs is `storage_rules`; what follows when it is not paid is `storage_arrears`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import BillingCycle, BookingStatus, InvoiceStatus, ItemCategory
from crm_core.models import Invoice, Location, StorageBooking
from crm_core.money import cents
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.finance import invoice_book, late_fee_rules, pricing
from crm_core.services.finance.invoice_book import Lines
from crm_core.services.finance.ledger_rules import RENT
from crm_core.services.finance.pricing import Line
from crm_core.services.storage import storage_prices, storage_rules
from crm_core.services.storage.storage_rules import Period


def run(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """The daily run: bills every period that has begun, also missed ones; returns how many."""
    require(subject, Resource.INVOICE, Action.CREATE)
    running = [BookingStatus.ACTIVE.value, BookingStatus.OVERDUE.value]
    query = (
        select(StorageBooking)
        .where(
            StorageBooking.client_id == subject.client_id,
            StorageBooking.status.in_(running),
            StorageBooking.next_invoice_on <= as_of.date() + timedelta(days=1),
        )
        .order_by(StorageBooking.id)
        .with_for_update()  # all of them before the first number is taken
    )
    due = session.scalars(query).all()
    return sum(bill_due(session, subject, booking, as_of) for booking in due)


def bill_due(session: Session, subject: Subject, booking: StorageBooking, at: datetime) -> int:
    """Bill a locked rental up to this day; for our own services."""
    today = rows.day_at(session, subject, booking.location_id, at)
    count = 0
    with as_system(session):
        while booking.next_invoice_on is not None and booking.next_invoice_on <= today:
            _renew(session, booking)
            if booking.ends_on is not None and booking.next_invoice_on >= booking.ends_on:
                break
            cycle = BillingCycle(booking.billing_cycle)
            period = storage_rules.period_from(booking.next_invoice_on, cycle, booking.ends_on)
            booking.next_invoice_on = period.end_on + timedelta(days=1)
            _bill(session, subject, booking, period, at)
            count += 1
        session.flush()
    return count


def bill_charges(
    session: Session,
    subject: Subject,
    booking: StorageBooking,
    charges: Sequence[Line],
    at: datetime,
) -> Invoice:
    """Issue what a rental costs beside its rent, e.g. for damage; due at once."""
    lines = [pricing.checked_line(line) for line in charges]
    return _issue(session, subject, _invoice(session, subject, booking), Lines(lines), at)


def open_invoices(session: Session, subject: Subject, booking_id: UUID) -> list[Invoice]:
    """The unsettled invoices of a rental, locked; its deposit among them."""
    closed = (InvoiceStatus.PAID, InvoiceStatus.CANCELLED, InvoiceStatus.REFUNDED)
    query = (
        select(Invoice)
        .where(
            Invoice.client_id == subject.client_id,
            Invoice.storage_booking_id == booking_id,
            Invoice.issued_on.is_not(None),
            Invoice.status.not_in([status.value for status in closed]),
        )
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    with as_system(session):
        return list(session.scalars(query))


def _bill(
    session: Session, subject: Subject, booking: StorageBooking, period: Period, at: datetime
) -> Invoice:
    told = storage_prices.changes_of(session, booking)
    rate = storage_rules.rate_on(booking.rate_amount, told, period.start_on)
    rent = cents(rate * period.share)
    text = f"Storage rent {period.start_on} to {period.end_on}"
    line = Line(ItemCategory.STORAGE_SERVICES, text, Decimal(1), rent)
    invoice = _invoice(session, subject, booking)
    invoice.is_recurring = True
    invoice.period_start_on, invoice.period_end_on = period.start_on, period.end_on
    invoice.service_on = period.start_on
    discount = min(cents(booking.discount_amount * period.share), rent)
    return _issue(session, subject, invoice, Lines([line], discount, subcategory=RENT), at)


def _invoice(session: Session, subject: Subject, booking: StorageBooking) -> Invoice:
    assert booking.location_id is not None
    branch = rows.get(session, subject, Location, booking.location_id, lock=False)
    return Invoice(
        location_id=booking.location_id,
        owner_id=booking.owner_id,
        customer_id=booking.customer_id,
        storage_booking_id=booking.id,
        currency=booking.currency,
        tax_province=branch.province,
    )


def _issue(
    session: Session, subject: Subject, invoice: Invoice, billed: Lines, at: datetime
) -> Invoice:
    terms = late_fee_rules.terms_of(session, subject, invoice.location_id)
    invoice_book.store(session, subject, invoice, billed, at)
    days = timedelta(days=terms.due_day_count)
    return invoice_book.send(session, subject, invoice, at, days)


def _renew(session: Session, booking: StorageBooking) -> None:
    """A rental that renews itself runs on without end, unless somebody waits for the unit."""
    assert booking.next_invoice_on is not None
    if not booking.is_auto_renewed or booking.ends_on is None:
        return
    if booking.next_invoice_on < booking.ends_on:
        return
    other = StorageBooking
    waiting = select(other.id).where(
        other.client_id == booking.client_id,
        other.unit_id == booking.unit_id,
        other.id != booking.id,
        other.starts_on >= booking.ends_on,
        other.status.in_([status.value for status in BookingStatus.holding()]),
    )
    if session.scalars(waiting.limit(1)).first() is None:
        booking.ends_on = None
        session.flush()
