"""What marketing channels cost, by month: kept as their source says it now.

Where figures come from is an integration's business.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import set_moment
from crm_core.enums import Currency
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Location, MarketingSpend
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks


@dataclass(frozen=True)
class Spend:
    """What one channel, or one campaign of it, cost in a month; no branch is the whole company."""

    channel: str
    """Named as in `leads.source`."""
    month_on: date
    amount: Decimal
    currency: str
    campaign: str | None = None
    branch: str | None = None
    """The branch's code."""


def keep(session: Session, subject: Subject, spend: Spend, at: datetime) -> str | None:
    """Write the month's spend, or bring it up to date; says which, None when it stands so.

    Raises `InvalidInput` for a branch we do not have or a day that begins no month.
    """
    require(subject, Resource.LEDGER, Action.CREATE)
    channel = checks.clean_text("channel", spend.channel, 100)
    campaign = checks.optional_text("campaign", spend.campaign, 100)
    checks.money("spend_amount", spend.amount)
    if spend.month_on.day != 1:
        raise InvalidInput("month_on", "is not the first day of a month")
    stored = _find(session, subject, channel, campaign, spend)
    amount, currency = spend.amount, Currency(spend.currency).value
    if stored is not None and (stored.spend_amount, stored.currency) == (amount, currency):
        return None
    set_moment(session, at)
    before = stored.spend_amount if stored is not None else None
    row = stored or MarketingSpend(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=_branch(session, subject, spend.branch),
        source=channel,
        campaign=campaign,
        month_on=spend.month_on,
    )
    row.spend_amount, row.currency = amount, currency
    session.add(row)
    audit.record(
        session, subject, "CREATE" if stored is None else "UPDATE", Resource.LEDGER, row.id, at,
        location_id=row.location_id,
        details={"channel": channel, "month": spend.month_on, "before": before, "after": amount},
    )  # fmt: skip
    session.flush()
    return "spend stored" if stored is None else "spend updated"


def _find(
    session: Session, subject: Subject, channel: str, campaign: str | None, spend: Spend
) -> MarketingSpend | None:
    query = select(MarketingSpend).where(
        MarketingSpend.client_id == subject.client_id,
        MarketingSpend.location_id.is_not_distinct_from(_branch(session, subject, spend.branch)),
        MarketingSpend.source == channel,
        MarketingSpend.campaign.is_not_distinct_from(campaign),
        MarketingSpend.month_on == spend.month_on,
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _branch(session: Session, subject: Subject, code: str | None) -> UUID | None:
    if code is None:
        return None
    query = select(Location.id).where(
        Location.client_id == subject.client_id, Location.code == code.strip().upper()
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise InvalidInput("branch", "is no code of a branch of ours")
    return found
