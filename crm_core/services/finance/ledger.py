"""The ledger: postings of invoices, payments, fees and claims, in the transaction of the document.

What a document posts is `ledger_rules`; nothing is ever changed, a cancellation posts the reverse.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    Action,
    ItemCategory,
    LedgerCategory,
    PaymentCategory,
    PaymentStatus,
    Resource,
    TransactionType,
)
from crm_core.ids import new_id
from crm_core.models import CustomerCredit, FinancialTransaction, Invoice, InvoiceItem, Payment
from crm_core.security.permissions import Subject, require
from crm_core.services import rows
from crm_core.services.finance import fx, ledger_rules
from crm_core.services.finance.ledger_rules import BilledLine, Posting


@dataclass(frozen=True)
class Voucher:
    """What postings are about."""

    location_id: UUID | None
    owner_id: UUID | None
    currency: str
    on: date
    invoice_id: UUID | None = None
    payment_id: UUID | None = None
    journey_id: UUID | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Break:
    """A day on which documents and ledger disagree: how many documents, and by how much."""

    on: date
    document: str
    currency: str
    count: int
    amount: Decimal


def post(
    session: Session,
    subject: Subject,
    voucher: Voucher,
    postings: Sequence[Posting],
    at: datetime,
) -> list[FinancialTransaction]:
    """Write postings; for our own services, within the transaction of the document.

    Raises `FxRateMissing` for an amount of a second currency on a day without a stored rate.
    """
    with as_system(session):
        fx.rate_to_tenant(session, subject, voucher.currency, voucher.on)
        posted_on = rows.day_at(session, subject, voucher.location_id, at)
        made = [_row(subject, voucher, each, at, posted_on) for each in postings]
        set_moment(session, at)
        session.add_all(made)
        session.flush()
    return made


def post_invoice(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> None:
    """An issued invoice, or a credit note, on its own day."""
    query = select(InvoiceItem).where(
        InvoiceItem.client_id == invoice.client_id, InvoiceItem.invoice_id == invoice.id
    )
    with as_system(session):
        items = session.scalars(query.order_by(InvoiceItem.sort_order)).all()
    lines = [BilledLine(ItemCategory(i.category), i.subcategory, i.total_amount) for i in items]
    postings = ledger_rules.of_invoice(lines, invoice.discount_amount, invoice.tax_amount)
    assert invoice.issued_on is not None
    post(session, subject, _voucher(invoice, invoice.issued_on), postings, at)


def reverse_invoice(session: Session, subject: Subject, invoice: Invoice, at: datetime) -> None:
    """Take back what an invoice posted, on the day of its cancellation."""
    posted = FinancialTransaction
    query = select(posted).where(
        posted.client_id == invoice.client_id,
        posted.invoice_id == invoice.id,
        posted.payment_id.is_(None),
        posted.reverses_id.is_(None),
        posted.subcategory.is_distinct_from(ledger_rules.WRITE_OFF),
    )
    assert invoice.cancelled_on is not None
    with as_system(session):
        for row in session.scalars(query).all():
            amount = -row.direction * row.transaction_amount
            back = Posting(
                TransactionType(row.type), LedgerCategory(row.category), amount, row.subcategory
            )
            made = _row(
                subject, _voucher(invoice, invoice.cancelled_on), back, at, invoice.cancelled_on
            )
            made.reverses_id = row.id
            session.add(made)
        session.flush()


def post_payment(
    session: Session, subject: Subject, payment: Payment, invoice: Invoice, at: datetime
) -> None:
    """A completed payment or refund, and its fee."""
    category = PaymentCategory(payment.payment_category)
    postings = ledger_rules.of_payment(category, payment.payment_amount, payment.fee_amount)
    voucher = Voucher(
        payment.location_id,
        payment.owner_id,
        payment.currency,
        payment.received_on,
        invoice_id=invoice.id,
        payment_id=payment.id,
        journey_id=invoice.journey_id,
    )
    post(session, subject, voucher, postings, at)


def post_write_off(
    session: Session, subject: Subject, invoice: Invoice, credit: CustomerCredit, at: datetime
) -> None:
    """What is given up of an invoice: the credit that pays it is our cost."""
    voucher = replace(_voucher(invoice, credit.moved_on), reference=str(credit.id))
    post(session, subject, voucher, ledger_rules.of_write_off(credit.credit_amount), at)


def _voucher(invoice: Invoice, on: date) -> Voucher:
    return Voucher(
        invoice.location_id,
        invoice.owner_id,
        invoice.currency,
        on,
        invoice_id=invoice.id,
        journey_id=invoice.journey_id,
    )


def _row(
    subject: Subject, voucher: Voucher, posting: Posting, at: datetime, posted_on: date
) -> FinancialTransaction:
    return FinancialTransaction(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=voucher.location_id,
        owner_id=voucher.owner_id,
        type=posting.type,
        category=posting.category,
        subcategory=posting.subcategory,
        direction=1 if posting.amount > 0 else -1,
        transaction_amount=abs(posting.amount),
        currency=voucher.currency,
        transaction_on=voucher.on,
        posted_at=at,
        posted_on=posted_on,
        invoice_id=voucher.invoice_id,
        payment_id=voucher.payment_id,
        journey_id=voucher.journey_id,
        reference=voucher.reference,
    )


_COLLECTED = f"('{PaymentStatus.COMPLETED}', '{PaymentStatus.REFUNDED}')"
# Documents count plus, their postings minus: what agrees is zero by document, day and currency. A
# cancelled draft has no day of issue and never was in the ledger. A write-off is credit given
# without an invoice that it comes from.
_SIDES = f"""
  select 'invoice' as document, id, issued_on as on_day, currency, total_amount as amount
    from core.invoices where issued_on is not null
  union all
  select 'cancellation', id, cancelled_on, currency, -total_amount
    from core.invoices where issued_on is not null and cancelled_on is not null
  union all
  select 'payment', id, received_on, currency,
      case payment_category when 'REFUND' then -payment_amount else payment_amount end
    from core.payments where status in {_COLLECTED}
  union all
  select 'fee', id, received_on, currency, -fee_amount
    from core.payments where status in {_COLLECTED}
  union all
  select 'write-off', id, moved_on, currency, -credit_amount
    from core.customer_credits where reason = 'ADJUSTMENT' and invoice_id is null
  union all
  select 'claim', id, closed_on, currency, -settled_amount
    from core.claims where status = 'SETTLED'
  union all
  select case
      when category = 'PROCESSING_FEE' and payment_id is not null then 'fee'
      when payment_id is not null then 'payment'
      when category = 'CLAIMS' then 'claim'
      when subcategory = '{ledger_rules.WRITE_OFF}' then 'write-off'
      when reverses_id is not null then 'cancellation'
      else 'invoice' end,
    case
      when category = 'CLAIMS' or subcategory = '{ledger_rules.WRITE_OFF}' then reference::uuid
      else coalesce(payment_id, invoice_id) end,
    transaction_on, currency, -direction * transaction_amount
    from core.financial_transactions
    where category = 'CLAIMS' or payment_id is not null or invoice_id is not null
"""


def breaks(
    session: Session,
    subject: Subject,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
) -> list[Break]:
    """Days on which documents and postings disagree, both ends included; empty when all agrees."""
    require(subject, Resource.LEDGER, Action.READ)
    query = text(
        "select on_day, document, currency, count(*), sum(abs(difference)) from ("
        f" select document, id, on_day, currency, sum(amount) as difference from ({_SIDES}) sides"
        " group by document, id, on_day, currency having sum(amount) <> 0) differing"
        " where on_day between coalesce(:from_on, '-infinity'::date)"
        " and coalesce(:to_on, 'infinity'::date)"
        " group by on_day, document, currency order by on_day, document, currency"
    )
    with as_system(session):
        found = session.execute(query, {"from_on": from_on, "to_on": to_on})
        return [Break(*row._tuple()) for row in found]
