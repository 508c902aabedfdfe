"""Terms of payment and what lateness costs.

Pure but for reading the policy; the fee is billed by `late_fees`.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core.models import LateFeePolicy
from crm_core.money import cents
from crm_core.security.permissions import Subject


class Terms(NamedTuple):
    """When rent is due and late, and the fee; without a policy due at once and free of fees."""

    due_day_count: int = 0
    grace_day_count: int = 0
    rate: Decimal = Decimal(0)
    minimum_amount: Decimal = Decimal(0)
    maximum_amount: Decimal | None = None
    currency: str = "CAD"


def fee(terms: Terms, overdue_amount: Decimal, due_on: date, today: date) -> Decimal:
    """What one lateness costs: a share of what is overdue between two bounds, after the grace."""
    if overdue_amount <= 0 or today <= due_on + timedelta(days=terms.grace_day_count):
        return Decimal("0.00")
    amount = max(terms.minimum_amount, cents(overdue_amount * terms.rate))
    return amount if terms.maximum_amount is None else min(amount, terms.maximum_amount)


def terms_of(session: Session, subject: Subject, location_id: UUID | None) -> Terms:
    """The active policy of a branch, else that of all branches, else none."""
    policy = LateFeePolicy
    query = (
        select(policy)
        .where(
            policy.client_id == subject.client_id,
            policy.is_active,
            or_(policy.location_id == location_id, policy.location_id.is_(None)),
        )
        .order_by(policy.location_id.is_(None))
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        return Terms()
    return Terms(
        found.due_day_count,
        found.grace_day_count,
        found.rate,
        found.minimum_amount,
        found.maximum_amount,
        found.currency,
    )
