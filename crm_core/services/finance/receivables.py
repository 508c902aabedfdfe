"""What a customer owes now, by currency, straight from the invoices.

Figures by branch and age are metrics of the warehouse; ageing lists are its reports.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.enums import InvoiceStatus
from crm_core.models import Invoice
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.branch_days import days_at, is_before

_OWING = (
    InvoiceStatus.SENT,
    InvoiceStatus.VIEWED,
    InvoiceStatus.PARTIAL_PAID,
    InvoiceStatus.OVERDUE,
)


@dataclass(frozen=True)
class Owed:
    """Open invoices of one customer in one currency."""

    currency: str
    invoices_count: int
    open_amount: Decimal
    overdue_amount: Decimal
    """The part whose day to pay is over at the branch."""


def owed_by(session: Session, subject: Subject, *, customer_id: UUID, at: datetime) -> list[Owed]:
    """What a customer owes on the invoices in reach, by currency; empty when nothing is open."""
    require(subject, Resource.INVOICE, Action.READ)
    is_late = is_before(Invoice.due_on, Invoice.location_id, days_at(session, subject, at))
    late = func.coalesce(func.sum(Invoice.balance_amount).filter(is_late), Decimal("0.00"))
    query = (
        select(Invoice.currency, func.count(), func.sum(Invoice.balance_amount), late)
        .where(Invoice.client_id == subject.client_id, Invoice.customer_id == customer_id)
        .where(Invoice.status.in_([status.value for status in _OWING]))
        .where(Invoice.balance_amount > 0)
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [Owed(*row) for row in session.execute(query)]
