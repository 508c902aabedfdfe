"""Payments: money received for an invoice, once per idempotency key, and money returned.

The invoice's balance and status follow in the same transaction, by `services.invoices`.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import DataSource, InvoiceStatus, PaymentCategory, PaymentMethod, PaymentStatus
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import Invoice, Payment
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, invoices, rows
from crm_core.services.machines.finance import PAYMENT, PaymentEvent
from crm_core.services.moves import move
from crm_core.services.pricing import ZERO

CENT = Decimal("0.01")
_PAYABLE = frozenset(
    {
        InvoiceStatus.SENT,
        InvoiceStatus.VIEWED,
        InvoiceStatus.PARTIAL_PAID,
        InvoiceStatus.OVERDUE,
    }
)


class IdempotencyKeyReused(CrmError):
    """The same key came with another request."""


class InvoiceNotPayable(CrmError):
    """The invoice is a draft, settled, cancelled or refunded."""


def receive(
    session: Session,
    subject: Subject,
    *,
    invoice_id: UUID,
    amount: Decimal,
    method: PaymentMethod,
    at: datetime,
    category: PaymentCategory = PaymentCategory.BALANCE_DUE,
    idempotency_key: str | None = None,
    fee_amount: Decimal = ZERO,
    gateway: str | None = None,
    imported: bool = False,
    data_source: DataSource = DataSource.MANUAL,
    external_id: str | None = None,
) -> Payment:
    """Record money received; the same key with the same request gives the first payment again.

    Raises `InvalidInput` for more than is owed, `InvoiceNotPayable`, `IdempotencyKeyReused`.
    """
    require(subject, Resource.PAYMENT, Action.CREATE)
    checks.instant("at", at)
    checks.money("payment_amount", amount, least=CENT)
    if category is PaymentCategory.REFUND:
        raise InvalidInput("payment_category", "money is returned with a refund")
    # Who takes money at the door needs no right to the invoice itself.
    invoice = rows.act_on(session, subject, Invoice, invoice_id, Resource.PAYMENT, Action.CREATE)
    known = _with_key(session, subject, idempotency_key)
    if known is not None:
        return _same_request(known, invoice.id, amount, method, None)
    if InvoiceStatus(invoice.status) not in _PAYABLE:
        raise InvoiceNotPayable(f"invoice {invoice.invoice_number or 'draft'} is {invoice.status}")
    if amount > invoice.balance_amount:
        raise InvalidInput("payment_amount", f"{amount} is more than {invoice.balance_amount} owed")
    payment = Payment(
        payment_amount=amount,
        fee_amount=checks.money("fee_amount", fee_amount),
        payment_method=method.value,
        payment_category=category.value,
        gateway=checks.optional_text("gateway", gateway, 40),
        data_source=data_source.value,
        external_id=external_id,
        idempotency_key=idempotency_key,
    )
    details = {"amount": amount, "method": method, "imported": imported}
    return _book(session, subject, payment, invoice, "RECEIVE", at, details)


def refund(
    session: Session,
    subject: Subject,
    *,
    payment_id: UUID,
    at: datetime,
    amount: Decimal | None = None,
    idempotency_key: str | None = None,
) -> Payment:
    """Return a payment, whole unless an amount is given; never more than was received.

    The refund is a row of its own with a positive amount; a payment returned in full becomes
    REFUNDED. Raises as `receive`.
    """
    require(subject, Resource.PAYMENT, Action.APPROVE)
    checks.instant("at", at)
    seen = rows.get(session, subject, Payment, payment_id, lock=False)
    with as_system(session):
        invoice = rows.get(session, subject, Invoice, seen.invoice_id)
        payment = rows.act_on(
            session, subject, Payment, payment_id, Resource.PAYMENT, Action.APPROVE
        )
        left = payment.payment_amount - _refunded(session, payment)
    known = _with_key(session, subject, idempotency_key)
    if known is not None:
        wanted = known.payment_amount if amount is None else amount
        method = PaymentMethod(payment.payment_method)
        return _same_request(known, invoice.id, wanted, method, payment.id)
    amount = left if amount is None else amount
    checks.money("payment_amount", amount, least=CENT)
    if payment.payment_category == PaymentCategory.REFUND or amount > left:
        raise InvalidInput("payment_amount", f"{amount} is more than the {left} left to return")
    if amount == left:
        event = PaymentEvent.REFUND
        with as_system(session):
            move(session, subject, PAYMENT, payment, event, at)
    returned = Payment(
        payment_amount=amount,
        fee_amount=ZERO,
        payment_method=payment.payment_method,
        payment_category=PaymentCategory.REFUND.value,
        refund_of_payment_id=payment.id,
        gateway=payment.gateway,
        idempotency_key=idempotency_key,
    )
    return _book(session, subject, returned, invoice, "REFUND", at, {"amount": amount})


def _book(
    session: Session,
    subject: Subject,
    payment: Payment,
    invoice: Invoice,
    action: str,
    at: datetime,
    details: dict[str, object],
) -> Payment:
    """Store a completed payment or refund of a locked invoice, and bring the invoice up to it."""
    payment.client_id, payment.id = invoice.client_id, new_id(at)
    payment.location_id, payment.owner_id = invoice.location_id, invoice.owner_id
    payment.invoice_id, payment.customer_id = invoice.id, invoice.customer_id
    payment.currency, payment.status = invoice.currency, PaymentStatus.COMPLETED.value
    payment.received_at = at
    payment.received_on = rows.day_at(session, subject, invoice.location_id, at)
    with as_system(session):
        set_moment(session, at)
        session.add(payment)
        session.flush()
        audit.record(
            session,
            subject,
            action,
            Resource.PAYMENT,
            payment.id,
            at,
            payment.location_id,
            details=details,
        )
        invoices.refresh(session, subject, invoice, at)
    return payment


def _with_key(session: Session, subject: Subject, key: str | None) -> Payment | None:
    if key is None:
        return None
    checks.clean_text("idempotency_key", key, 100)
    query = select(Payment).where(
        Payment.client_id == subject.client_id, Payment.idempotency_key == key
    )
    with as_system(session):  # a key used once is used, whoever sees the payment
        return session.scalars(query).one_or_none()


def _same_request(
    known: Payment,
    invoice_id: UUID,
    amount: Decimal,
    method: PaymentMethod,
    refund_of_payment_id: UUID | None,
) -> Payment:
    """The payment first booked under a key; raises when this request is another one."""
    first = (
        known.invoice_id,
        known.payment_amount,
        known.payment_method,
        known.refund_of_payment_id,
    )
    if first != (invoice_id, amount, method.value, refund_of_payment_id):
        raise IdempotencyKeyReused(
            f"key {known.idempotency_key!r} belongs to another request: use a new one"
        )
    return known


def _refunded(session: Session, payment: Payment) -> Decimal:
    query = select(func.coalesce(func.sum(Payment.payment_amount), 0)).where(
        Payment.client_id == payment.client_id, Payment.refund_of_payment_id == payment.id
    )
    return Decimal(session.execute(query).scalar_one())
