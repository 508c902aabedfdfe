"""Royalties: what every franchise branch owes for a month, of the revenue in the ledger.

Rates are dated rows; collecting the money is not here.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import LedgerCategory, RoyaltyStatus, TransactionType
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import FinancialTransaction, Royalty, RoyaltyRate
from crm_core.money import cents
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.finance import ledger, ledger_rules
from crm_core.services.finance.ledger import Voucher


def royalty(base_amount: Decimal, rate: Decimal, minimum_amount: Decimal) -> Decimal:
    """The share of a month's revenue, to the cent, but never less than the minimum."""
    return max(cents(max(base_amount, Decimal(0)) * rate), minimum_amount)


def run(session: Session, subject: Subject, *, month_on: date, as_of: datetime) -> int:
    """Charge a month that is over to every branch with a rate at its end; returns how many.

    `month_on` is the first day of the month; a branch that has its royalty is left alone.
    """
    require(subject, Resource.LEDGER, Action.CREATE)
    if month_on.day != 1:
        raise InvalidInput("month_on", f"{month_on} is not the first day of a month")
    last_on = (month_on + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    query = select(RoyaltyRate).where(
        RoyaltyRate.client_id == subject.client_id,
        RoyaltyRate.valid_from_on <= last_on,
        (RoyaltyRate.valid_to_on.is_(None)) | (RoyaltyRate.valid_to_on > last_on),
    )
    count = 0
    with as_system(session):
        for rate in session.scalars(query.order_by(RoyaltyRate.id).with_for_update()).all():
            if rows.day_at(session, subject, rate.location_id, as_of) <= last_on:
                raise InvalidInput("month_on", f"{month_on} is not over at every branch")
            if not _is_charged(session, rate, month_on):
                _charge(session, subject, rate, month_on, last_on, as_of)
                count += 1
    return count


def _is_charged(session: Session, rate: RoyaltyRate, month_on: date) -> bool:
    query = select(Royalty.id).where(
        Royalty.client_id == rate.client_id,
        Royalty.location_id == rate.location_id,
        Royalty.month_on == month_on,
        Royalty.status != RoyaltyStatus.CANCELLED.value,
    )
    return session.scalars(query).first() is not None


def _charge(
    session: Session,
    subject: Subject,
    rate: RoyaltyRate,
    month_on: date,
    last_on: date,
    at: datetime,
) -> None:
    base = _revenue(session, rate.client_id, rate.location_id, month_on, last_on, rate.currency)
    row = Royalty(
        client_id=rate.client_id,
        id=new_id(at),
        location_id=rate.location_id,
        month_on=month_on,
        status=RoyaltyStatus.DUE.value,
        base_amount=base,
        rate=rate.rate,
        royalty_amount=royalty(base, rate.rate, rate.minimum_amount),
        currency=rate.currency,
    )
    set_moment(session, at)
    session.add(row)
    session.flush()
    voucher = Voucher(rate.location_id, None, rate.currency, last_on, reference=str(row.id))
    ledger.post(session, subject, voucher, ledger_rules.of_royalty(row.royalty_amount), at)
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.LEDGER,
        row.id,
        at,
        row.location_id,
        details={"month": month_on, "base": base, "royalty": row.royalty_amount},
    )
    session.flush()


def _revenue(
    session: Session,
    client_id: UUID,
    location_id: UUID,
    from_on: date,
    to_on: date,
    currency: str,
) -> Decimal:
    posting = FinancialTransaction
    revenue = [
        LedgerCategory.MOVING_REVENUE,
        LedgerCategory.STORAGE_REVENUE,
        LedgerCategory.OTHER_REVENUE,
    ]
    signed = case(
        (posting.direction == 1, posting.transaction_amount), else_=-posting.transaction_amount
    )
    query = select(func.coalesce(func.sum(signed), 0)).where(
        posting.client_id == client_id,
        posting.location_id == location_id,
        posting.type == TransactionType.INCOME.value,
        posting.category.in_([category.value for category in revenue]),
        posting.currency == currency,
        posting.transaction_on.between(from_on, to_on),
    )
    return Decimal(session.execute(query).scalar_one())
