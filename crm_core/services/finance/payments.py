"""Payments: money received for an invoice, once per idempotency key, and money returned.

The invoice's balance and status follow in the same transaction, by `finance.invoice_book`; money
that a gateway collects is `payment_gateway`.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    CreditReason,
    DataSource,
    InvoiceStatus,
    PaymentCategory,
    PaymentMethod,
    PaymentStatus,
)
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import Invoice, Payment
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.checks import CENT
from crm_core.services.finance import (
    credit_notes,
    customer_credit,
    invoice_book,
    ledger,
    payment_keys,
)
from crm_core.services.finance.customer_credit import PAYABLE
from crm_core.services.finance.payment_keys import IdempotencyKeyReused
from crm_core.services.finance.pricing import ZERO
from crm_core.services.machines.finance import PAYMENT, PaymentEvent
from crm_core.services.moves import move

__all__ = ["IdempotencyKeyReused", "InvoiceNotPayable"]


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
    keep_excess: bool = False,
) -> Payment:
    """Record money received; the same key with the same request gives the first payment again.

    With `keep_excess` what is more than owed becomes the customer's credit; without it, it is
    taken for a slip. Raises `InvalidInput` then, `InvoiceNotPayable`, `IdempotencyKeyReused`.
    """
    invoice, known = payable(
        session, subject, invoice_id, amount, method, at, category, idempotency_key
    )
    if known is not None:
        return known
    owed = invoice_book.open_amount(session, invoice)
    if amount > owed and not keep_excess:
        raise InvalidInput("payment_amount", f"{amount} is more than {owed} owed")
    payment = Payment(
        payment_amount=amount,
        fee_amount=checks.money("fee_amount", fee_amount),
        payment_method=method.value,
        payment_category=category.value,
        status=PaymentStatus.COMPLETED.value,
        gateway=checks.optional_text("gateway", gateway, 40),
        data_source=data_source.value,
        external_id=external_id,
        idempotency_key=idempotency_key,
    )
    details = {"amount": amount, "method": method, "imported": imported}
    store(session, subject, payment, invoice, "RECEIVE", at, details)
    return settle(session, subject, payment, invoice, at)


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
    REFUNDED, an invoice whose money is all returned is credited. Raises as `receive`.
    """
    invoice, payment, known = _returnable(session, subject, payment_id, at, amount, idempotency_key)
    if known is not None:
        return known
    left = min(_left_of(session, payment), invoice.paid_amount)
    returned = _give_back(session, subject, payment, invoice, left, amount, idempotency_key, at)
    with as_system(session):
        invoice_book.refresh(session, subject, invoice, at)
        credited = invoice_book.money_of(session, invoice).credited_amount
        if invoice.status == InvoiceStatus.REFUNDED and credited < invoice.total_amount:
            credit_notes.take_back(session, subject, invoice, at, reason="all money was returned")
    return returned


def pay_out(
    session: Session,
    subject: Subject,
    *,
    payment_id: UUID,
    at: datetime,
    amount: Decimal | None = None,
    idempotency_key: str | None = None,
) -> Payment:
    """Return credit of the customer by way of a payment of theirs; the invoice stays as it is.

    As much as there is, and as the payment can give back, unless an amount is given.
    """
    invoice, payment, known = _returnable(session, subject, payment_id, at, amount, idempotency_key)
    if known is not None:
        return known
    available = customer_credit.available(session, subject, invoice)
    left = min(_left_of(session, payment), available)
    returned = _give_back(session, subject, payment, invoice, left, amount, idempotency_key, at)
    customer_credit.record(
        session,
        subject,
        invoice,
        CreditReason.RETURNED,
        -returned.payment_amount,
        at,
        payment_id=returned.id,
    )
    with as_system(session):
        invoice_book.refresh(session, subject, invoice, at)
    return returned


def payable(
    session: Session,
    subject: Subject,
    invoice_id: UUID,
    amount: Decimal,
    method: PaymentMethod,
    at: datetime,
    category: PaymentCategory,
    key: str | None,
) -> tuple[Invoice, Payment | None]:
    """The locked invoice that money is for, and the payment that the key already made."""
    require(subject, Resource.PAYMENT, Action.CREATE)
    checks.instant("at", at)
    checks.money("payment_amount", amount, least=CENT)
    if category is PaymentCategory.REFUND:
        raise InvalidInput("payment_category", "money is returned with a refund")
    payment_keys.lock(session, subject, key)
    # Who takes money at the door needs no right to the invoice itself.
    invoice = rows.act_on(session, subject, Invoice, invoice_id, Resource.PAYMENT, Action.CREATE)
    known = payment_keys.find(session, subject, key)
    if known is not None:
        return invoice, payment_keys.same_request(known, invoice.id, amount, method, None)
    if InvoiceStatus(invoice.status) not in PAYABLE:
        raise InvoiceNotPayable(f"invoice {invoice.invoice_number or 'draft'} is {invoice.status}")
    return invoice, None


def _returnable(
    session: Session,
    subject: Subject,
    payment_id: UUID,
    at: datetime,
    amount: Decimal | None,
    key: str | None,
) -> tuple[Invoice, Payment, Payment | None]:
    """The locked invoice and payment, and the refund that the key already made."""
    require(subject, Resource.PAYMENT, Action.APPROVE)
    checks.instant("at", at)
    payment_keys.lock(session, subject, key)
    seen = rows.get(session, subject, Payment, payment_id, lock=False)
    with as_system(session):
        invoice = rows.get(session, subject, Invoice, seen.invoice_id)
        payment = rows.act_on(
            session, subject, Payment, payment_id, Resource.PAYMENT, Action.APPROVE
        )
    known = payment_keys.find(session, subject, key)
    if known is not None:
        wanted = known.payment_amount if amount is None else amount
        method = PaymentMethod(payment.payment_method)
        known = payment_keys.same_request(known, invoice.id, wanted, method, payment.id)
    return invoice, payment, known


def store(
    session: Session,
    subject: Subject,
    payment: Payment,
    invoice: Invoice,
    action: str,
    at: datetime,
    details: dict[str, object],
) -> Payment:
    """Write a payment or refund of a locked invoice; audited."""
    payment.client_id, payment.id = invoice.client_id, new_id(at)
    payment.location_id, payment.owner_id = invoice.location_id, invoice.owner_id
    payment.invoice_id, payment.customer_id = invoice.id, invoice.customer_id
    payment.currency = invoice.currency
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
        session.flush()
    return payment


def settle(
    session: Session, subject: Subject, payment: Payment, invoice: Invoice, at: datetime
) -> Payment:
    """Post a payment that is complete, keep what is too much, and bring the invoice up to it."""
    with as_system(session):
        ledger.post_payment(session, subject, payment, invoice, at)
        money = invoice_book.money_of(session, invoice)
        left = invoice.total_amount - money.credited_amount - money.paid_amount
        if invoice.cancelled_on is not None:
            left = -money.paid_amount
        if left < 0:
            reason = CreditReason.OVERPAYMENT
            customer_credit.record(
                session, subject, invoice, reason, -left, at, payment_id=payment.id
            )
        invoice_book.refresh(session, subject, invoice, at)
    return payment


def _give_back(
    session: Session,
    subject: Subject,
    payment: Payment,
    invoice: Invoice,
    most: Decimal,
    amount: Decimal | None,
    key: str | None,
    at: datetime,
) -> Payment:
    """The row of a refund, posted; a payment with nothing left is REFUNDED."""
    amount = most if amount is None else amount
    checks.money("payment_amount", amount, least=CENT)
    is_money = payment.status == PaymentStatus.COMPLETED
    if payment.payment_category == PaymentCategory.REFUND or not is_money or amount > most:
        raise InvalidInput("payment_amount", f"{amount} is more than the {most} left to return")
    if amount == _left_of(session, payment):
        with as_system(session):
            move(session, subject, PAYMENT, payment, PaymentEvent.REFUND, at)
    returned = Payment(
        payment_amount=amount,
        fee_amount=ZERO,
        payment_method=payment.payment_method,
        payment_category=PaymentCategory.REFUND.value,
        status=PaymentStatus.COMPLETED.value,
        refund_of_payment_id=payment.id,
        gateway=payment.gateway,
        idempotency_key=key,
    )
    store(session, subject, returned, invoice, "REFUND", at, {"amount": amount})
    with as_system(session):
        ledger.post_payment(session, subject, returned, invoice, at)
    return returned


def _left_of(session: Session, payment: Payment) -> Decimal:
    """What of a payment was not returned yet."""
    query = select(func.coalesce(func.sum(Payment.payment_amount), 0)).where(
        Payment.client_id == payment.client_id, Payment.refund_of_payment_id == payment.id
    )
    with as_system(session):
        return payment.payment_amount - Decimal(session.execute(query).scalar_one())
