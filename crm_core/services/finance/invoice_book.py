"""What every kind of invoice shares: drafting with lines and taxes, numbering, staying up to date.

Which invoices there are is `invoices`, `deposits`, `credit_notes`, `late_fees` and `storage_rent`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    InvoiceStatus,
    ItemCategory,
    PaymentCategory,
    PaymentStatus,
    TaxCategory,
)
from crm_core.ids import new_id
from crm_core.models import CustomerCredit, Invoice, InvoiceItem, Payment
from crm_core.security import audit
from crm_core.security.permissions import Resource, Subject
from crm_core.services import checks, rows
from crm_core.services.finance import ledger, pricing, tax
from crm_core.services.finance.invoice_rules import EVENTS, Facts, status_of
from crm_core.services.finance.pricing import ZERO, Line
from crm_core.services.machines.finance import INVOICE, InvoiceEvent
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number
from crm_core.services.storage import storage_arrears


@dataclass(frozen=True)
class Lines:
    """Lines to bill, with the quote line that each came from, and a discount on the whole."""

    lines: Sequence[Line]
    discount_amount: Decimal = ZERO
    quote_item_ids: Sequence[UUID | None] = field(default_factory=list)
    subcategory: str | None = None
    """The finer kind of all lines, e.g. deposit or rent."""


class Money(NamedTuple):
    """What was paid on an invoice, and what credit notes took off it."""

    received_amount: Decimal
    refunded_amount: Decimal
    credited_amount: Decimal

    @property
    def paid_amount(self) -> Decimal:
        return self.received_amount - self.refunded_amount


def store(
    session: Session,
    subject: Subject,
    invoice: Invoice,
    billed: Lines,
    at: datetime,
    *,
    origin_province: str | None = None,
    **details: object,
) -> Invoice:
    """Price a new draft at the rates of this day and write it with its lines; audited."""
    invoice.client_id, invoice.id = subject.client_id, new_id(at)
    invoice.status, invoice.paid_amount = InvoiceStatus.DRAFT.value, ZERO
    today = rows.day_at(session, subject, invoice.location_id, at)
    price(session, invoice, billed.lines, billed.discount_amount, today, origin_province)
    set_moment(session, at)
    session.add(invoice)
    session.flush()
    session.add_all(items(invoice, billed, at))
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.INVOICE,
        invoice.id,
        at,
        invoice.location_id,
        details={"total": invoice.total_amount, **details},
    )
    session.flush()
    return invoice


def price(
    session: Session,
    invoice: Invoice,
    lines: Sequence[Line],
    discount_amount: Decimal,
    on: date,
    origin_province: str | None = None,
) -> None:
    """Set subtotal, discount, tax lines and totals of a draft."""
    rates: tax.RatesByCategory = {category: [] for category in TaxCategory}
    if not invoice.is_tax_exempt:
        rates = tax.rates_of_move(
            tax.load_rates(session),
            origin=origin_province or invoice.tax_province,
            destination=invoice.tax_province,
            on=on,
        )
    totals = pricing.price(lines, checks.money("discount_amount", discount_amount), rates)
    invoice.subtotal_amount = totals.subtotal_amount
    invoice.discount_amount = totals.discount_amount
    invoice.tax_lines = [line.as_json() for line in totals.tax_lines]
    invoice.tax_amount = totals.tax_amount
    invoice.total_amount = totals.total_amount
    invoice.balance_amount = totals.total_amount - invoice.paid_amount


def items(invoice: Invoice, billed: Lines, at: datetime, first: int = 0) -> list[InvoiceItem]:
    """The rows of lines, the first at position `first`."""
    ids = billed.quote_item_ids or [None] * len(billed.lines)
    return [
        InvoiceItem(
            client_id=invoice.client_id,
            id=new_id(at),
            location_id=invoice.location_id,
            owner_id=invoice.owner_id,
            invoice_id=invoice.id,
            quote_item_id=quote_item_id,
            category=line.category.value,
            subcategory=billed.subcategory,
            tax_category=line.tax_category.value,
            description=line.description.strip(),
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            total_amount=line.gross_amount,
            sort_order=position,
        )
        for position, (line, quote_item_id) in enumerate(zip(billed.lines, ids, strict=True), first)
    ]


def items_of(session: Session, invoice: Invoice) -> list[InvoiceItem]:
    """The stored lines, in order."""
    query = select(InvoiceItem).where(
        InvoiceItem.client_id == invoice.client_id, InvoiceItem.invoice_id == invoice.id
    )
    return list(session.scalars(query.order_by(InvoiceItem.sort_order)))


def lines_of(session: Session, invoice: Invoice) -> list[Line]:
    """The stored lines, as they are priced."""
    return [
        Line(ItemCategory(item.category), item.description, item.quantity, item.unit_amount)
        for item in items_of(session, invoice)
    ]


def send(
    session: Session,
    subject: Subject,
    invoice: Invoice,
    at: datetime,
    terms: timedelta = timedelta(0),
) -> Invoice:
    """Number a priced draft, make it known and post it; it never changes again."""
    today = rows.day_at(session, subject, invoice.location_id, at)
    invoice.invoice_number = next_number(session, subject, NumberKind.INVOICE, today)
    move(session, subject, INVOICE, invoice, InvoiceEvent.ISSUE, at)
    invoice.issued_at, invoice.issued_on, invoice.due_on = at, today, today + terms
    session.flush()
    ledger.post_invoice(session, subject, invoice, at)
    return refresh(session, subject, invoice, at)


def refresh(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> Invoice:
    """Bring amounts and status of a locked invoice up to its payments and credit notes."""
    with as_system(session):  # all the money, whoever may see it
        money = money_of(session, invoice)
    today = rows.day_at(session, subject, invoice.location_id, at)
    invoice.paid_amount = money.paid_amount
    invoice.balance_amount = invoice.total_amount - invoice.paid_amount
    facts = Facts(
        invoice.total_amount - money.credited_amount,
        money.received_amount,
        money.refunded_amount,
        invoice.due_on,
        is_issued=invoice.issued_at is not None,
        is_viewed=invoice.viewed_at is not None,
        is_cancelled=invoice.cancelled_on is not None,
    )
    status = status_of(facts, today)
    event = EVENTS.get(status)
    if status != invoice.status and event is not None:
        move(session, subject, INVOICE, invoice, event, at)
        settled = status is InvoiceStatus.PAID
        invoice.paid_on = today if settled else None
    session.flush()
    if invoice.storage_booking_id is not None:
        storage_arrears.follow(session, subject, invoice.storage_booking_id, at)
    return invoice


def money_of(session: Session, invoice: Invoice) -> Money:
    """Payments, refunds, moved credit and credit notes of an invoice.

    A payment that was returned in full still counts as received: its refund row takes it back.
    What was paid too much left for the customer's credit; credit used here came from it.
    """
    is_refund = Payment.payment_category == PaymentCategory.REFUND.value
    paid = select(
        func.coalesce(func.sum(case((is_refund, ZERO), else_=Payment.payment_amount)), 0),
        func.coalesce(func.sum(case((is_refund, Payment.payment_amount), else_=ZERO)), 0),
    ).where(
        Payment.client_id == invoice.client_id,
        Payment.invoice_id == invoice.id,
        Payment.status.in_([PaymentStatus.COMPLETED.value, PaymentStatus.REFUNDED.value]),
    )
    moved = select(func.coalesce(func.sum(CustomerCredit.credit_amount), 0)).where(
        CustomerCredit.client_id == invoice.client_id, CustomerCredit.invoice_id == invoice.id
    )
    credited = select(func.coalesce(-func.sum(Invoice.total_amount), 0)).where(
        Invoice.client_id == invoice.client_id, Invoice.credit_of_invoice_id == invoice.id
    )
    received, refunded = cast(tuple[Decimal, Decimal], session.execute(paid).one())
    to_credit = Decimal(session.execute(moved).scalar_one())
    taken_off = Decimal(session.execute(credited).scalar_one())
    return Money(received - to_credit, refunded, taken_off)


def open_amount(session: Session, invoice: Invoice) -> Decimal:
    """What is still owed on an issued invoice, its credit notes taken off; never below zero."""
    with as_system(session):
        money = money_of(session, invoice)
    if invoice.issued_at is None or invoice.cancelled_on is not None:
        return ZERO
    return max(invoice.total_amount - money.credited_amount - money.paid_amount, ZERO)


def refuse(invoice: Invoice, event: InvoiceEvent, reason: str) -> None:
    """Raises for an event whose guard does not hold."""
    raise TransitionRefused(INVOICE.name, InvoiceStatus(invoice.status), event, reason)
