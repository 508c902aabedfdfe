"""Deposits: billed ahead of the work or the rent, and set off against what is billed then.

A deposit is no revenue and bears no tax until it is set off: its invoice is credited in full, and
what was paid on it becomes credit of the customer, which pays the final bill.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import InvoiceStatus, ItemCategory, QuoteStatus
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import Invoice, InvoiceItem, Location, Quote, StorageBooking
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.checks import CENT
from crm_core.services.finance import credit_notes, customer_credit, invoice_book
from crm_core.services.finance.invoice_book import Lines
from crm_core.services.finance.ledger_rules import DEPOSIT
from crm_core.services.finance.pricing import Line


class DepositNotBillable(CrmError):
    """A quote that was not accepted, asks for no deposit, or has a bill for it already."""


def bill_deposit(session: Session, subject: Subject, *, quote_id: UUID, at: datetime) -> Invoice:
    """Issue the deposit of an accepted quote, payable on the day; once per quote.

    Raises `DepositNotBillable`.
    """
    require(subject, Resource.INVOICE, Action.CREATE)
    checks.instant("at", at)
    quote = rows.get_for_effect(session, subject, Quote, quote_id)
    if quote.status not in (QuoteStatus.ACCEPTED, QuoteStatus.CONVERTED):
        raise DepositNotBillable(f"quote {quote.quote_number} is {quote.status}: accept it first")
    if quote.deposit_amount <= 0:
        raise DepositNotBillable(f"quote {quote.quote_number} asks for no deposit")
    if of_quote(session, subject, quote.id):
        raise DepositNotBillable(f"the deposit of quote {quote.quote_number} is billed already")
    province = quote.destination_province or quote.origin_province
    if province is None:
        raise InvalidInput("destination_province", "is needed on every invoice")
    invoice = Invoice(
        location_id=quote.location_id,
        owner_id=quote.owner_id,
        customer_id=quote.customer_id,
        quote_id=quote.id,
        currency=quote.currency,
        tax_province=province,
    )
    return _issue(session, subject, invoice, quote.deposit_amount, at)


def bill_booking_deposit(
    session: Session, subject: Subject, booking: StorageBooking, at: datetime
) -> Invoice:
    """Issue the deposit of a new rental; for `storage_bookings`."""
    assert booking.location_id is not None
    with as_system(session):
        branch = rows.get(session, subject, Location, booking.location_id, lock=False)
    invoice = Invoice(
        location_id=booking.location_id,
        owner_id=booking.owner_id,
        customer_id=booking.customer_id,
        storage_booking_id=booking.id,
        currency=booking.currency,
        tax_province=branch.province,
    )
    return _issue(session, subject, invoice, booking.deposit_amount, at)


def of_quote(session: Session, subject: Subject, quote_id: UUID | None) -> list[Invoice]:
    """The bill for the deposit of a quote that is not cancelled, locked; none or one."""
    if quote_id is None:
        return []
    return _bills(session, subject, Invoice.quote_id == quote_id, Invoice.journey_id.is_(None))


def of_booking(session: Session, subject: Subject, booking_id: UUID) -> list[Invoice]:
    """The bill for the deposit of a rental, locked; none or one."""
    return _bills(session, subject, Invoice.storage_booking_id == booking_id)


def set_off(
    session: Session, subject: Subject, bills: Sequence[Invoice], invoice: Invoice, at: datetime
) -> None:
    """Pay a locked invoice out of these deposits, as far as they go; the rest stays credit."""
    if not bills:
        return
    with as_system(session):
        release(session, subject, bills, at)
        pay(session, subject, invoice, at)


def pay(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> None:
    """Pay a locked invoice out of what credit its customer has, as far as it goes."""
    amount = min(
        customer_credit.available(session, subject, invoice),
        invoice_book.open_amount(session, invoice),
    )
    if amount > 0:
        customer_credit.use(session, subject, invoice, amount, at)


def release(session: Session, subject: Subject, bills: Sequence[Invoice], at: datetime) -> None:
    """Take deposits back from what is billed; what was paid on them is the customer's credit."""
    for bill in bills:
        left = bill.total_amount - invoice_book.money_of(session, bill).credited_amount
        if left > 0:
            credit_notes.take_back(session, subject, bill, at, reason="deposit set off")


def _issue(
    session: Session, subject: Subject, invoice: Invoice, amount: Decimal, at: datetime
) -> Invoice:
    checks.money("deposit_amount", amount, least=CENT)
    invoice.is_tax_exempt = True
    # The category is that of no service: the subcategory keeps it out of revenue.
    line = Line(ItemCategory.OTHER, "Deposit", Decimal(1), amount)
    with as_system(session):
        invoice_book.store(session, subject, invoice, Lines([line], subcategory=DEPOSIT), at)
        return invoice_book.send(session, subject, invoice, at)


def _bills(session: Session, subject: Subject, *of: ColumnElement[bool]) -> list[Invoice]:
    is_deposit = select(InvoiceItem.invoice_id).where(
        InvoiceItem.client_id == subject.client_id, InvoiceItem.subcategory == DEPOSIT
    )
    query = (
        select(Invoice)
        .where(
            Invoice.client_id == subject.client_id,
            Invoice.credit_of_invoice_id.is_(None),
            Invoice.status != InvoiceStatus.CANCELLED.value,
            Invoice.id.in_(is_deposit),
            *of,
        )
        .order_by(Invoice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    with as_system(session):
        return list(session.scalars(query))
