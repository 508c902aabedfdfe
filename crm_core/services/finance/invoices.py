"""Invoices: billed from finished journeys or by hand, unchanged once issued.

What all kinds of invoices share is `invoice_book`; money received and returned is
`finance.payments`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    Currency,
    CustomerType,
    DataSource,
    InvoiceStatus,
    ItemCategory,
    JourneyStage,
)
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import Customer, Invoice, Location, Quote, QuoteItem, TruckJourney
from crm_core.money import allocate, cents
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.finance import deposits, invoice_book, ledger, pricing, tax
from crm_core.services.finance.invoice_book import Lines, refuse
from crm_core.services.finance.invoice_rules import TERMS, Facts, status_of
from crm_core.services.finance.ledger_rules import PROCESSING_FEE
from crm_core.services.finance.pricing import Line
from crm_core.services.machines.finance import INVOICE, InvoiceEvent
from crm_core.services.machines.machine import next_state
from crm_core.services.moves import move
from crm_core.services.sales import quotes

__all__ = ["TERMS", "Bill", "Facts", "JourneyNotBillable", "status_of"]

CARD_SURCHARGE = Decimal("0.03")
"""Share of the subtotal that paying by card costs the customer, where it is charged."""


class JourneyNotBillable(CrmError):
    """A journey that is not finished, or was billed before."""


class Bill(NamedTuple):
    """Lines to bill, and a discount on the whole."""

    lines: Sequence[Line]
    discount_amount: Decimal


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
            billed = Lines(lines, bill.discount_amount)
        else:
            billed = _share_of_quote(session, subject, journey)
    destination = journey.destination_province or journey.origin_province
    if destination is None:
        raise InvalidInput("destination_province", "is needed: taxes follow the destination")
    invoice = Invoice(
        location_id=journey.location_id,
        owner_id=journey.owner_id,
        customer_id=journey.customer_id,
        journey_id=journey.id,
        quote_id=journey.quote_id,
        currency=journey.currency,
        tax_province=destination,
        service_on=journey.service_on,
        data_source=data_source.value,
        external_id=external_id,
    )
    return invoice_book.store(
        session,
        subject,
        invoice,
        billed,
        at,
        origin_province=journey.origin_province,
        imported=imported,
    )


def draft(
    session: Session,
    subject: Subject,
    *,
    customer_id: UUID,
    location_id: UUID,
    bill: Bill,
    at: datetime,
    tax_province: str | None = None,
    is_tax_exempt: bool = False,
    currency: Currency | None = None,
) -> Invoice:
    """Draft a bill by hand, for what no journey or rental stands for; supplied at the branch."""
    require(subject, Resource.INVOICE, Action.CREATE)
    checks.instant("at", at)
    if not bill.lines:
        raise InvalidInput("lines", "give at least one")
    customer = rows.get(session, subject, Customer, customer_id, lock=False)
    branch = rows.get(session, subject, Location, location_id, lock=False)
    invoice = Invoice(
        location_id=branch.id,
        owner_id=subject.user_id,
        customer_id=customer.id,
        currency=(currency or Currency.CAD).value,
        tax_province=tax.province("tax_province", tax_province or branch.province),
        is_tax_exempt=is_tax_exempt,
        service_on=rows.day_at(session, subject, branch.id, at),
    )
    billed = Lines([pricing.checked_line(line) for line in bill.lines], bill.discount_amount)
    return invoice_book.store(session, subject, invoice, billed, at)


def surcharge(
    session: Session,
    subject: Subject,
    *,
    invoice_id: UUID,
    at: datetime,
    share: Decimal = CARD_SURCHARGE,
) -> Invoice:
    """Add what paying by card costs to a draft, as a line of its own; once."""
    require(subject, Resource.INVOICE, Action.UPDATE)
    invoice = rows.get(session, subject, Invoice, invoice_id)
    held = invoice_book.items_of(session, invoice)
    if invoice.status != InvoiceStatus.DRAFT:
        refuse(invoice, InvoiceEvent.ISSUE, "a surcharge is added before it is issued")
    if any(item.subcategory == PROCESSING_FEE for item in held):
        refuse(invoice, InvoiceEvent.ISSUE, "it has a surcharge already")
    amount = cents(invoice.subtotal_amount * share)
    fee = Line(ItemCategory.OTHER, "Card processing fee", Decimal(1), amount)
    added = Lines([pricing.checked_line(fee)], subcategory=PROCESSING_FEE)
    session.add_all(invoice_book.items(invoice, added, at, first=len(held)))
    session.flush()
    _reprice(session, subject, invoice, at)
    audit.record(
        session,
        subject,
        "SURCHARGE",
        Resource.INVOICE,
        invoice.id,
        at,
        invoice.location_id,
        details={"amount": amount},
    )
    session.flush()
    return invoice


def issue(session: Session, subject: Subject, *, invoice_id: UUID, at: datetime) -> Invoice:
    """Number the draft and send it, taxed at the rates of this day; it never changes again.

    A deposit that was paid for the quote is set off against it.
    """
    require(subject, Resource.INVOICE, Action.UPDATE)
    invoice = rows.get(session, subject, Invoice, invoice_id)
    customer = rows.get(session, subject, Customer, invoice.customer_id, lock=False)
    next_state(INVOICE, InvoiceStatus(invoice.status), InvoiceEvent.ISSUE)
    _reprice(session, subject, invoice, at)
    terms = TERMS.get(CustomerType(customer.type), timedelta(0))
    if invoice.journey_id is None:
        return invoice_book.send(session, subject, invoice, at, terms)
    # All rows are locked before a number is taken, which holds up everybody else.
    journey = rows.get_for_effect(session, subject, TruckJourney, invoice.journey_id)
    held = deposits.of_quote(session, subject, invoice.quote_id)
    invoice_book.send(session, subject, invoice, at, terms)
    with as_system(session):
        journey.billed_amount += invoice.subtotal_amount - invoice.discount_amount
    deposits.set_off(session, subject, held, invoice, at)
    return invoice


def view(session: Session, subject: Subject, *, invoice_id: UUID, at: datetime) -> Invoice:
    """The customer opened it; only the first time counts."""
    require(subject, Resource.INVOICE, Action.UPDATE)
    invoice = rows.get(session, subject, Invoice, invoice_id)
    if invoice.issued_at is None:
        refuse(invoice, InvoiceEvent.VIEW, "it was not issued yet")
    invoice.viewed_at = invoice.viewed_at or at
    return invoice_book.refresh(session, subject, invoice, at)


def cancel(
    session: Session, subject: Subject, *, invoice_id: UUID, reason: str, at: datetime
) -> Invoice:
    """Take an unpaid invoice back; its number stays used, the ledger gets the reverse."""
    require(subject, Resource.INVOICE, Action.APPROVE)
    invoice = rows.act_on(session, subject, Invoice, invoice_id, Resource.INVOICE, Action.APPROVE)
    reason = checks.clean_text("reason", reason, 100)
    with as_system(session):
        credited = invoice_book.money_of(session, invoice).credited_amount
    if invoice.paid_amount > 0:
        refuse(invoice, InvoiceEvent.CANCEL, f"{invoice.paid_amount} was paid: refund it first")
    if credited or invoice.credit_of_invoice_id is not None:
        refuse(invoice, InvoiceEvent.CANCEL, "a credit note is part of it: credit the rest")
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
        if was_issued:
            ledger.reverse_invoice(session, subject, invoice, at)
    return invoice


def refresh_status(
    session: Session, subject: Subject, *, invoice_id: UUID, at: datetime
) -> Invoice:
    """Recompute the stored status, e.g. when a day is over; records a change."""
    require(subject, Resource.INVOICE, Action.UPDATE)
    invoice = rows.get(session, subject, Invoice, invoice_id)
    return invoice_book.refresh(session, subject, invoice, at)


def fall_due(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """The daily run: every invoice whose day to pay is over becomes OVERDUE; returns how many."""
    require(subject, Resource.INVOICE, Action.UPDATE)
    open_ones = [InvoiceStatus.SENT, InvoiceStatus.VIEWED, InvoiceStatus.PARTIAL_PAID]
    query = (
        select(Invoice)
        .where(
            Invoice.client_id == subject.client_id,
            Invoice.status.in_([status.value for status in open_ones]),
            # A day more: branches east of UTC may be further on; `refresh` knows each one's day.
            Invoice.due_on < as_of.date() + timedelta(days=1),
        )
        .order_by(Invoice.id)
        .with_for_update()
    )
    changed = 0
    for invoice in session.scalars(query).all():
        before = invoice.status
        invoice_book.refresh(session, subject, invoice, as_of)
        changed += invoice.status != before
    return changed


def _reprice(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> None:
    """Tax a draft at the rates of this day."""
    today = rows.day_at(session, subject, invoice.location_id, at)
    origin = None
    if invoice.journey_id is not None:
        journey = rows.get(session, subject, TruckJourney, invoice.journey_id, lock=False)
        origin = journey.origin_province
    lines = invoice_book.lines_of(session, invoice)
    invoice_book.price(session, invoice, lines, invoice.discount_amount, today, origin)


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


def _share_of_quote(session: Session, subject: Subject, journey: TruckJourney) -> Lines:
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
    return Lines(lines, share(discounts), ids)


def _gross(item: QuoteItem) -> Decimal:
    return item.total_amount + item.discount_amount


def _whole_line(item: QuoteItem) -> Line:
    return Line(ItemCategory(item.category), item.description, item.quantity, item.unit_amount)


def _part_line(item: QuoteItem, amount: Decimal) -> Line:
    return Line(ItemCategory(item.category), item.description, Decimal(1), amount)
