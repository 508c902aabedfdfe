"""Invoices: billed from finished journeys, numbered without gaps, unchanged once issued.

Money received and returned is `services.payments`, which keeps the status here fresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    CustomerType,
    DataSource,
    InvoiceStatus,
    ItemCategory,
    JourneyStage,
    PaymentCategory,
    PaymentStatus,
)
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import Customer, Invoice, InvoiceItem, Payment, Quote, QuoteItem, TruckJourney
from crm_core.money import allocate
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, pricing, quotes, rows, tax
from crm_core.services.machines.finance import INVOICE, InvoiceEvent
from crm_core.services.machines.machine import TransitionRefused, next_state
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number
from crm_core.services.pricing import ZERO, Line

TERMS = {CustomerType.CORPORATE_ACCOUNT: timedelta(days=15)}
"""Days to pay; everybody else pays on the day."""


class JourneyNotBillable(CrmError):
    """A journey that is not finished, or was billed before."""


class Facts(NamedTuple):
    """What the status of an invoice follows from."""

    total_amount: Decimal
    received_amount: Decimal
    refunded_amount: Decimal
    due_on: date | None
    is_issued: bool
    is_viewed: bool
    is_cancelled: bool


class Bill(NamedTuple):
    """Lines to bill, and a discount on the whole."""

    lines: Sequence[Line]
    discount_amount: Decimal


@dataclass(frozen=True)
class _Origins:
    """Lines with the quote line that each came from."""

    lines: list[Line]
    quote_item_ids: list[UUID | None]
    discount_amount: Decimal


def status_of(facts: Facts, today: date) -> InvoiceStatus:
    """The status that amounts and dates give an invoice on a day; what is stored is a copy."""
    paid = facts.received_amount - facts.refunded_amount
    if facts.is_cancelled:
        return InvoiceStatus.CANCELLED
    if not facts.is_issued:
        return InvoiceStatus.DRAFT
    if facts.refunded_amount > 0 and paid == 0:
        return InvoiceStatus.REFUNDED
    if paid >= facts.total_amount:
        return InvoiceStatus.PAID
    if facts.due_on is not None and facts.due_on < today:
        return InvoiceStatus.OVERDUE
    if paid > 0:
        return InvoiceStatus.PARTIAL_PAID
    return InvoiceStatus.VIEWED if facts.is_viewed else InvoiceStatus.SENT


_EVENTS = {
    InvoiceStatus.VIEWED: InvoiceEvent.VIEW,
    InvoiceStatus.PARTIAL_PAID: InvoiceEvent.PART_PAY,
    InvoiceStatus.PAID: InvoiceEvent.SETTLE,
    InvoiceStatus.OVERDUE: InvoiceEvent.FALL_DUE,
    InvoiceStatus.REFUNDED: InvoiceEvent.RETURN_ALL,
}


def draft_for_journey(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    at: datetime,
    bill: Bill | None = None,
    imported: bool = False,
    data_source: DataSource = DataSource.MANUAL,
    external_id: str | None = None,
) -> Invoice:
    """Draft the bill of a finished journey: its share of the quote, or the lines given.

    Raises `JourneyNotBillable` for an unfinished journey or one that has a live invoice.
    """
    require(subject, Resource.INVOICE, Action.CREATE)
    checks.instant("at", at)
    journey = rows.get_for_effect(session, subject, TruckJourney, journey_id)
    with as_system(session):  # every invoice and every truck-day of the job counts
        _require_billable(session, journey)
        if bill is not None:
            lines = [pricing.checked_line(line) for line in bill.lines]
            origins = _Origins(lines, [None] * len(lines), bill.discount_amount)
        else:
            origins = _share_of_quote(session, subject, journey)
    destination = journey.destination_province or journey.origin_province
    if destination is None:
        raise InvalidInput("destination_province", "is needed: taxes follow the destination")
    invoice = Invoice(
        client_id=journey.client_id,
        id=new_id(at),
        location_id=journey.location_id,
        owner_id=journey.owner_id,
        customer_id=journey.customer_id,
        journey_id=journey.id,
        quote_id=journey.quote_id,
        status=InvoiceStatus.DRAFT.value,
        paid_amount=ZERO,
        currency=journey.currency,
        tax_province=destination,
        service_on=journey.service_on,
        data_source=data_source.value,
        external_id=external_id,
    )
    today = rows.day_at(session, subject, journey.location_id, at)
    _price(session, invoice, journey, origins.lines, origins.discount_amount, today)
    set_moment(session, at)
    session.add(invoice)
    session.flush()
    session.add_all(_items(invoice, origins, at))
    details = {"total": invoice.total_amount, "imported": imported}
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.INVOICE,
        invoice.id,
        at,
        invoice.location_id,
        details=details,
    )
    session.flush()
    return invoice


def issue(session: Session, subject: Subject, *, invoice_id: UUID, at: datetime) -> Invoice:
    """Number the draft and send it, taxed at the rates of this day; it never changes again."""
    require(subject, Resource.INVOICE, Action.UPDATE)
    invoice = rows.get(session, subject, Invoice, invoice_id)
    today = rows.day_at(session, subject, invoice.location_id, at)
    customer = rows.get(session, subject, Customer, invoice.customer_id, lock=False)
    next_state(INVOICE, InvoiceStatus(invoice.status), InvoiceEvent.ISSUE)
    journey = None
    if invoice.journey_id is not None:
        journey = rows.get_for_effect(session, subject, TruckJourney, invoice.journey_id)
    _price(session, invoice, journey, _lines_of(session, invoice), invoice.discount_amount, today)
    invoice.invoice_number = next_number(session, subject, NumberKind.INVOICE, today)
    move(session, subject, INVOICE, invoice, InvoiceEvent.ISSUE, at)
    invoice.issued_at, invoice.issued_on = at, today
    invoice.due_on = today + TERMS.get(CustomerType(customer.type), timedelta(0))
    if journey is not None:
        with as_system(session):
            journey.billed_amount += invoice.subtotal_amount - invoice.discount_amount
    session.flush()
    return refresh(session, subject, invoice, at)


def view(session: Session, subject: Subject, *, invoice_id: UUID, at: datetime) -> Invoice:
    """The customer opened it; only the first time counts."""
    require(subject, Resource.INVOICE, Action.UPDATE)
    invoice = rows.get(session, subject, Invoice, invoice_id)
    if invoice.issued_at is None:
        _refuse(invoice, InvoiceEvent.VIEW, "it was not issued yet")
    invoice.viewed_at = invoice.viewed_at or at
    return refresh(session, subject, invoice, at)


def cancel(
    session: Session, subject: Subject, *, invoice_id: UUID, reason: str, at: datetime
) -> Invoice:
    """Take an unpaid invoice back; its number stays used."""
    require(subject, Resource.INVOICE, Action.APPROVE)
    invoice = rows.act_on(session, subject, Invoice, invoice_id, Resource.INVOICE, Action.APPROVE)
    reason = checks.clean_text("reason", reason, 100)
    if invoice.paid_amount > 0:
        _refuse(invoice, InvoiceEvent.CANCEL, f"{invoice.paid_amount} was paid: refund it first")
    was_issued = invoice.issued_at is not None
    today = rows.day_at(session, subject, invoice.location_id, at)
    with as_system(session):
        move(
            session,
            subject,
            INVOICE,
            invoice,
            InvoiceEvent.CANCEL,
            at,
            reason=reason,
        )
        invoice.cancelled_at, invoice.cancelled_on = at, today
        if invoice.journey_id is not None and was_issued:
            journey = rows.get(session, subject, TruckJourney, invoice.journey_id)
            journey.billed_amount -= invoice.subtotal_amount - invoice.discount_amount
        session.flush()
    return invoice


def refresh_status(
    session: Session, subject: Subject, *, invoice_id: UUID, at: datetime
) -> Invoice:
    """Recompute the stored status, e.g. when a day is over; records a change."""
    require(subject, Resource.INVOICE, Action.UPDATE)
    return refresh(session, subject, rows.get(session, subject, Invoice, invoice_id), at)


def refresh(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> Invoice:
    """Bring amounts and status of a locked invoice up to its payments; for our own services."""
    with as_system(session):  # all the money, whoever may see it
        received, refunded = _paid(session, invoice)
    today = rows.day_at(session, subject, invoice.location_id, at)
    invoice.paid_amount = received - refunded
    invoice.balance_amount = invoice.total_amount - invoice.paid_amount
    facts = Facts(
        invoice.total_amount,
        received,
        refunded,
        invoice.due_on,
        is_issued=invoice.issued_at is not None,
        is_viewed=invoice.viewed_at is not None,
        is_cancelled=invoice.cancelled_on is not None,
    )
    status = status_of(facts, today)
    event = _EVENTS.get(status)
    if status != invoice.status and event is not None:
        move(session, subject, INVOICE, invoice, event, at)
        settled = status is InvoiceStatus.PAID
        invoice.paid_on = today if settled else None
    session.flush()
    return invoice


def _paid(session: Session, invoice: Invoice) -> tuple[Decimal, Decimal]:
    """Money received and money returned for an invoice.

    A payment that was returned in full still counts as received: its refund row takes it back.
    """
    done = [PaymentStatus.COMPLETED.value, PaymentStatus.REFUNDED.value]
    query = select(Payment).where(
        Payment.client_id == invoice.client_id,
        Payment.invoice_id == invoice.id,
        Payment.status.in_(done),
    )
    amounts = {True: ZERO, False: ZERO}
    for payment in session.scalars(query):
        amounts[payment.payment_category == PaymentCategory.REFUND] += payment.payment_amount
    return amounts[False], amounts[True]


def _require_billable(session: Session, journey: TruckJourney) -> None:
    if JourneyStage(journey.status) not in JourneyStage.done():
        raise JourneyNotBillable(
            f"journey {journey.journey_number} is {journey.status}: it is billed when completed"
        )
    query = select(Invoice.id).where(
        Invoice.client_id == journey.client_id,
        Invoice.journey_id == journey.id,
        Invoice.credit_of_invoice_id.is_(None),
        Invoice.status != InvoiceStatus.CANCELLED.value,
    )
    if session.scalars(query).first() is not None:
        raise JourneyNotBillable(f"journey {journey.journey_number} has an invoice already")


def _share_of_quote(session: Session, subject: Subject, journey: TruckJourney) -> _Origins:
    """This journey's part of every quoted line and of the discounts, exact over all journeys."""
    if journey.quote_id is None:
        raise InvalidInput("lines", f"journey {journey.journey_number} has no quote: give lines")
    quote = rows.get(session, subject, Quote, journey.quote_id, lock=False)
    siblings = session.execute(
        select(TruckJourney.id, TruckJourney.quoted_amount)
        .where(
            TruckJourney.client_id == journey.client_id,
            TruckJourney.quote_id == quote.id,
        )
        .order_by(TruckJourney.sequence)
    ).all()
    position = [row.id for row in siblings].index(journey.id)
    weights = [row.quoted_amount for row in siblings]

    def share(amount: Decimal) -> Decimal:
        return allocate(amount, weights)[position]

    chosen = [item for item in quotes.lines_of(session, subject, quote.id) if item.is_selected]
    whole = journey.quoted_amount == quote.subtotal_amount - quote.discount_amount
    lines, ids = [], []
    for item in chosen:
        line = _whole_line(item) if whole else _part_line(item, share(_gross(item)))
        if line.unit_amount > 0:
            lines.append(line)
            ids.append(item.id)
    discounts = sum((item.discount_amount for item in chosen), quote.discount_amount)
    return _Origins(lines, list(ids), share(discounts))


def _gross(item: QuoteItem) -> Decimal:
    return item.total_amount + item.discount_amount


def _whole_line(item: QuoteItem) -> Line:
    return Line(ItemCategory(item.category), item.description, item.quantity, item.unit_amount)


def _part_line(item: QuoteItem, amount: Decimal) -> Line:
    return Line(ItemCategory(item.category), item.description, Decimal(1), amount)


def _price(
    session: Session,
    invoice: Invoice,
    journey: TruckJourney | None,
    lines: Sequence[Line],
    discount_amount: Decimal,
    on: date,
) -> None:
    """Set subtotal, discount, tax lines and totals of a draft."""
    origin = journey.origin_province if journey is not None else None
    rates = tax.rates_of_move(
        tax.load_rates(session),
        origin=origin or invoice.tax_province,
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


def _items(invoice: Invoice, origins: _Origins, at: datetime) -> list[InvoiceItem]:
    pairs = zip(origins.lines, origins.quote_item_ids, strict=True)
    return [
        InvoiceItem(
            client_id=invoice.client_id,
            id=new_id(at),
            location_id=invoice.location_id,
            owner_id=invoice.owner_id,
            invoice_id=invoice.id,
            quote_item_id=quote_item_id,
            category=line.category.value,
            tax_category=line.tax_category.value,
            description=line.description.strip(),
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            total_amount=line.gross_amount,
            sort_order=position,
        )
        for position, (line, quote_item_id) in enumerate(pairs)
    ]


def _lines_of(session: Session, invoice: Invoice) -> list[Line]:
    query = select(InvoiceItem).where(
        InvoiceItem.client_id == invoice.client_id, InvoiceItem.invoice_id == invoice.id
    )
    return [
        Line(ItemCategory(item.category), item.description, item.quantity, item.unit_amount)
        for item in session.scalars(query.order_by(InvoiceItem.sort_order))
    ]


def _refuse(invoice: Invoice, event: InvoiceEvent, reason: str) -> None:
    raise TransitionRefused(INVOICE.name, InvoiceStatus(invoice.status), event, reason)
