"""Credit notes: invoices below zero that take back an issued one, in part or whole.

What was paid beyond what is then still owed becomes the customer's credit.
"""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import CreditReason, ItemCategory
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Invoice, InvoiceItem, TruckJourney
from crm_core.money import allocate
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.checks import CENT
from crm_core.services.finance import customer_credit, invoice_book
from crm_core.services.finance.invoice_rules import taxes_of_credit
from crm_core.services.finance.pricing import ZERO
from crm_core.services.machines.finance import InvoiceEvent


def credit(
    session: Session,
    subject: Subject,
    *,
    invoice_id: UUID,
    reason: str,
    at: datetime,
    net_amount: Decimal | None = None,
) -> Invoice:
    """Take back an issued invoice, all that is left of it unless an amount before tax is given.

    Returns the note, issued on this day with a number of its own. Raises `InvalidInput` for more
    than is left to credit.
    """
    require(subject, Resource.INVOICE, Action.APPROVE)
    checks.instant("at", at)
    invoice = rows.act_on(session, subject, Invoice, invoice_id, Resource.INVOICE, Action.APPROVE)
    reason = checks.clean_text("reason", reason, 100)
    return take_back(session, subject, invoice, at, net_amount, reason=reason)


def take_back(
    session: Session,
    subject: Subject,
    invoice: Invoice,
    at: datetime,
    net_amount: Decimal | None = None,
    **details: object,
) -> Invoice:
    """The note of a locked invoice, as an effect of what our own services decided."""
    if invoice.issued_at is None or invoice.cancelled_on is not None:
        invoice_book.refuse(invoice, InvoiceEvent.RETURN_ALL, "only what was issued is credited")
    if invoice.credit_of_invoice_id is not None:
        invoice_book.refuse(invoice, InvoiceEvent.RETURN_ALL, "it is a credit note itself")
    with as_system(session):
        notes = _notes_of(session, invoice)
        net = invoice.subtotal_amount - invoice.discount_amount
        before = -sum((note.subtotal_amount for note in notes), ZERO)
        amount = net - before if net_amount is None else net_amount
        checks.money("net_amount", amount, least=CENT)
        if amount > net - before:
            raise InvalidInput("net_amount", f"{amount} is more than the {net - before} left")
        note = _note(session, invoice, notes, before, amount, at)
        audit.record(
            session,
            subject,
            "CREATE",
            Resource.INVOICE,
            note.id,
            at,
            note.location_id,
            details={"total": note.total_amount, "credit_of": invoice.id, **details},
        )
        if invoice.journey_id is not None:
            journey = rows.get(session, subject, TruckJourney, invoice.journey_id)
            journey.billed_amount -= amount
        invoice_book.send(session, subject, note, at)
        _keep_excess(session, subject, invoice, at)
        invoice_book.refresh(session, subject, invoice, at)
    return note


def _notes_of(session: Session, invoice: Invoice) -> list[Invoice]:
    query = select(Invoice).where(
        Invoice.client_id == invoice.client_id, Invoice.credit_of_invoice_id == invoice.id
    )
    return list(session.scalars(query))


def _note(
    session: Session,
    invoice: Invoice,
    notes: list[Invoice],
    net_before: Decimal,
    amount: Decimal,
    at: datetime,
) -> Invoice:
    """A draft with a line for every line of the invoice, in its proportion, and its taxes."""
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for note in notes:
        for line in note.tax_lines:
            taken[line["code"]] -= Decimal(line["amount"])
    net = invoice.subtotal_amount - invoice.discount_amount
    taxes = taxes_of_credit(invoice.tax_lines, taken, net, net_before, amount)
    tax = sum((line.tax_amount for line in taxes), ZERO)
    note = Invoice(
        client_id=invoice.client_id,
        id=new_id(at),
        location_id=invoice.location_id,
        owner_id=invoice.owner_id,
        customer_id=invoice.customer_id,
        journey_id=invoice.journey_id,
        quote_id=invoice.quote_id,
        storage_booking_id=invoice.storage_booking_id,
        credit_of_invoice_id=invoice.id,
        status="DRAFT",
        is_tax_exempt=invoice.is_tax_exempt,
        subtotal_amount=-amount,
        discount_amount=ZERO,
        tax_lines=[line.as_json() for line in taxes],
        tax_amount=tax,
        total_amount=tax - amount,
        paid_amount=ZERO,
        balance_amount=tax - amount,
        currency=invoice.currency,
        tax_province=invoice.tax_province,
        service_on=invoice.service_on,
    )
    session.add(note)
    session.flush()
    held = invoice_book.items_of(session, invoice)
    shares = allocate(-amount, [item.total_amount for item in held])
    session.add_all(
        _line(note, item, share, at) for item, share in zip(held, shares, strict=True) if share
    )
    session.flush()
    return note


def _line(note: Invoice, item: InvoiceItem, amount: Decimal, at: datetime) -> InvoiceItem:
    return InvoiceItem(
        client_id=note.client_id,
        id=new_id(at),
        location_id=note.location_id,
        owner_id=note.owner_id,
        invoice_id=note.id,
        category=ItemCategory(item.category).value,
        subcategory=item.subcategory,
        tax_category=item.tax_category,
        description=item.description,
        quantity=Decimal(1),
        unit_amount=amount,
        total_amount=amount,
        sort_order=item.sort_order,
    )


def _keep_excess(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> None:
    """What was paid beyond what is left of the invoice belongs to the customer."""
    money = invoice_book.money_of(session, invoice)
    excess = money.paid_amount - (invoice.total_amount - money.credited_amount)
    if excess > 0:
        reason = CreditReason.ADJUSTMENT
        customer_credit.record(session, subject, invoice, reason, excess, at)
