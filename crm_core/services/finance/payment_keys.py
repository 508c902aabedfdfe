"""Idempotency keys of payments: the same request twice is one payment.

What a payment is stands in `payments`.
"""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import PaymentMethod
from crm_core.errors import CrmError
from crm_core.models import Payment
from crm_core.security.permissions import Subject
from crm_core.services import checks


class IdempotencyKeyReused(CrmError):
    """The same key came with another request."""


def lock(session: Session, subject: Subject, key: str | None) -> None:
    """Let one request at a time use a key, also before any row holds it."""
    if key is not None:
        checks.clean_text("idempotency_key", key, 100)
        name = f"payment:{subject.client_id}:{key}"
        lock = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
        session.execute(lock, {"name": name})


def find(session: Session, subject: Subject, key: str | None) -> Payment | None:
    """The payment that a key made, if any."""
    if key is None:
        return None
    query = select(Payment).where(
        Payment.client_id == subject.client_id, Payment.idempotency_key == key
    )
    with as_system(session):  # a key used once is used, whoever sees the payment
        return session.scalars(query).one_or_none()


def same_request(
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
