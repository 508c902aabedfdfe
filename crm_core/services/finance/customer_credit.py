"""Credit that customers have with us: paid too much, given back by a note, used or paid out.

Every movement is a row; what it changes on an invoice follows by `invoice_book.refresh`.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import CreditReason, InvoiceStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Customer, CustomerCredit, Invoice
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.checks import CENT
from crm_core.services.finance import invoice_book, ledger
from crm_core.services.machines.finance import InvoiceEvent


def balance(session: Session, subject: Subject, customer_id: UUID, currency: str) -> Decimal:
    """What a customer has with us in one currency."""
    query = select(func.coalesce(func.sum(CustomerCredit.credit_amount), 0)).where(
        CustomerCredit.client_id == subject.client_id,
        CustomerCredit.customer_id == customer_id,
        CustomerCredit.currency == currency,
    )
    with as_system(session):
        return Decimal(session.execute(query).scalar_one())


def apply(
    session: Session,
    subject: Subject,
    *,
    invoice_id: UUID,
    at: datetime,
    amount: Decimal | None = None,
) -> CustomerCredit:
    """Pay an invoice out of its customer's credit, as far as it goes unless an amount is given.

    Raises `InvalidInput` for more than there is or is owed.
    """
    require(subject, Resource.PAYMENT, Action.CREATE)
    checks.instant("at", at)
    invoice = rows.act_on(session, subject, Invoice, invoice_id, Resource.PAYMENT, Action.CREATE)
    require_open(invoice)
    most = min(available(session, subject, invoice), invoice_book.open_amount(session, invoice))
    amount = most if amount is None else amount
    checks.money("credit_amount", amount, least=CENT)
    if amount > most:
        raise InvalidInput("credit_amount", f"{amount} is more than the {most} that can be used")
    return use(session, subject, invoice, amount, at)


def available(session: Session, subject: Subject, invoice: Invoice) -> Decimal:
    """The credit that an invoice could be paid from; nobody else spends it meanwhile."""
    with as_system(session):
        rows.get(session, subject, Customer, invoice.customer_id)
    return balance(session, subject, invoice.customer_id, invoice.currency)


def use(
    session: Session, subject: Subject, invoice: Invoice, amount: Decimal, at: datetime
) -> CustomerCredit:
    """Pay a locked invoice out of credit that is there; for our own services."""
    used = record(session, subject, invoice, CreditReason.APPLIED, -amount, at)
    invoice_book.refresh(session, subject, invoice, at)
    return used


def write_off(
    session: Session,
    subject: Subject,
    *,
    invoice_id: UUID,
    reason: str,
    at: datetime,
    amount: Decimal | None = None,
) -> CustomerCredit:
    """Give up what is open of an invoice: we pay it ourselves, the ledger gets the cost."""
    require(subject, Resource.INVOICE, Action.APPROVE)
    checks.instant("at", at)
    invoice = rows.act_on(session, subject, Invoice, invoice_id, Resource.INVOICE, Action.APPROVE)
    require_open(invoice)
    reason = checks.clean_text("reason", reason, 100)
    most = invoice_book.open_amount(session, invoice)
    amount = most if amount is None else amount
    checks.money("amount", amount, least=CENT)
    if amount > most:
        raise InvalidInput("amount", f"{amount} is more than the {most} that is open")
    given = record(
        session, subject, invoice, CreditReason.ADJUSTMENT, amount, at, is_of_invoice=False
    )
    ledger.post_write_off(session, subject, invoice, given, at)
    with as_system(session):
        audit.record(
            session,
            subject,
            "WRITE_OFF",
            Resource.INVOICE,
            invoice.id,
            at,
            invoice.location_id,
            details={"amount": amount, "reason": reason},
        )
    return use(session, subject, invoice, amount, at)


def record(
    session: Session,
    subject: Subject,
    invoice: Invoice,
    reason: CreditReason,
    amount: Decimal,
    at: datetime,
    *,
    payment_id: UUID | None = None,
    is_of_invoice: bool = True,
) -> CustomerCredit:
    """Write one movement; with `is_of_invoice` it came from the invoice, or went to it."""
    row = CustomerCredit(
        client_id=invoice.client_id,
        id=new_id(at),
        location_id=invoice.location_id,
        owner_id=invoice.owner_id,
        customer_id=invoice.customer_id,
        reason=reason.value,
        credit_amount=amount,
        currency=invoice.currency,
        payment_id=payment_id,
        invoice_id=invoice.id if is_of_invoice else None,
        moved_at=at,
        moved_on=rows.day_at(session, subject, invoice.location_id, at),
    )
    with as_system(session):
        set_moment(session, at)
        session.add(row)
        audit.record(
            session,
            subject,
            f"CREDIT_{reason}",
            Resource.PAYMENT,
            row.id,
            at,
            row.location_id,
            details={"amount": amount, "invoice_id": invoice.id},
        )
        session.flush()
    return row


def require_open(invoice: Invoice) -> None:
    """Raises for an invoice that nothing can be paid on."""
    if InvoiceStatus(invoice.status) not in PAYABLE:
        invoice_book.refuse(invoice, InvoiceEvent.PART_PAY, "nothing is open on it")


PAYABLE = frozenset(
    {
        InvoiceStatus.SENT,
        InvoiceStatus.VIEWED,
        InvoiceStatus.PARTIAL_PAID,
        InvoiceStatus.OVERDUE,
    }
)
"""Statuses in which an invoice takes money."""
