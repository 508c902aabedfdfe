"""Payments by way of a gateway: asked for, in process, then there, refused or called off.

The gateway itself is asked at the edge, from the rows that are PENDING; nothing here leaves us.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import PaymentCategory, PaymentMethod, PaymentStatus
from crm_core.errors import InvalidInput
from crm_core.models import Invoice, Payment
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.finance import invoice_book, payments
from crm_core.services.finance.pricing import ZERO
from crm_core.services.machines.finance import PAYMENT, PaymentEvent
from crm_core.services.moves import move


def request(
    session: Session,
    subject: Subject,
    *,
    invoice_id: UUID,
    amount: Decimal,
    method: PaymentMethod,
    gateway: str,
    idempotency_key: str,
    at: datetime,
    category: PaymentCategory = PaymentCategory.BALANCE_DUE,
) -> Payment:
    """Note that a gateway is to be asked for money: PENDING, and not paid yet. Raises as `receive`.

    The key goes to the gateway as well: asking twice takes the money once.
    """
    invoice, known = payments.payable(
        session, subject, invoice_id, amount, method, at, category, idempotency_key
    )
    if known is not None:
        return known
    owed = invoice_book.open_amount(session, invoice)
    if amount > owed:
        raise InvalidInput("payment_amount", f"{amount} is more than {owed} owed")
    payment = Payment(
        payment_amount=amount,
        fee_amount=ZERO,
        payment_method=method.value,
        payment_category=category.value,
        status=PaymentStatus.PENDING.value,
        gateway=checks.clean_text("gateway", gateway, 40),
        idempotency_key=idempotency_key,
    )
    details = {"amount": amount, "method": method, "gateway": payment.gateway}
    return payments.store(session, subject, payment, invoice, "REQUEST", at, details)


def process(session: Session, subject: Subject, *, payment_id: UUID, at: datetime) -> Payment:
    """The gateway was asked, and has not answered yet."""
    return _step(session, subject, payment_id, PaymentEvent.PROCESS, at)


def complete(
    session: Session,
    subject: Subject,
    *,
    payment_id: UUID,
    at: datetime,
    fee_amount: Decimal = ZERO,
    gateway_transaction_id: str | None = None,
) -> Payment:
    """The money is there, whatever became of the invoice: what is not owed any more is credit."""
    checks.money("fee_amount", fee_amount)
    payment, invoice = _lock(session, subject, payment_id, at)
    with as_system(session):
        move(session, subject, PAYMENT, payment, PaymentEvent.COMPLETE, at, fee=fee_amount)
        payment.fee_amount = fee_amount
        payment.gateway_transaction_id = checks.optional_text(
            "gateway_transaction_id", gateway_transaction_id, 200
        )
        payment.received_at = at
        payment.received_on = rows.day_at(session, subject, invoice.location_id, at)
        session.flush()
    return payments.settle(session, subject, payment, invoice, at)


def fail(
    session: Session, subject: Subject, *, payment_id: UUID, reason: str, at: datetime
) -> Payment:
    """The gateway refused; nothing was taken. Another try is another payment."""
    reason = checks.clean_text("reason", reason, 200)
    return _step(session, subject, payment_id, PaymentEvent.FAIL, at, reason=reason)


def cancel(session: Session, subject: Subject, *, payment_id: UUID, at: datetime) -> Payment:
    """Take a request back before the gateway was asked."""
    return _step(session, subject, payment_id, PaymentEvent.CANCEL, at)


def _step(
    session: Session,
    subject: Subject,
    payment_id: UUID,
    event: PaymentEvent,
    at: datetime,
    **details: str,
) -> Payment:
    """A step that moves no money."""
    payment, _ = _lock(session, subject, payment_id, at)
    with as_system(session):
        move(session, subject, PAYMENT, payment, event, at, **details)
        session.flush()
    return payment


def _lock(
    session: Session, subject: Subject, payment_id: UUID, at: datetime
) -> tuple[Payment, Invoice]:
    """A payment and its invoice for a step of the gateway, the invoice locked first."""
    require(subject, Resource.PAYMENT, Action.CREATE)
    checks.instant("at", at)
    with as_system(session):
        seen = rows.get(session, subject, Payment, payment_id, lock=False)
        invoice = rows.get(session, subject, Invoice, seen.invoice_id)
    payment = rows.act_on(session, subject, Payment, payment_id, Resource.PAYMENT, Action.CREATE)
    return payment, invoice
