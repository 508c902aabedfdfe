"""The facts behind the scores of leads, read from the database, and the scores kept up to date.

How a score is made of the facts is `sales.lead_scoring`.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import LeadStatus, MessageDirection, SalesActivityType
from crm_core.models import Customer, Lead, SalesActivity
from crm_core.security.permissions import Subject
from crm_core.services.branch_days import days_at
from crm_core.services.sales.lead_scoring import LeadFacts, Reach, score_of

HISTORY = timedelta(days=365)
"""How far back the wins and losses of a source count."""
TWO_WAY = frozenset(
    {
        SalesActivityType.PHONE_CALL,
        SalesActivityType.MEETING,
        SalesActivityType.DEMO,
        SalesActivityType.SITE_VISIT,
    }
)
"""Touches in which the customer has a say; of the others only those that come from them."""


def rescore(session: Session, subject: Subject, leads: Sequence[Lead], at: datetime) -> int:
    """Bring the scores of open, locked leads up to date; the number that changed.

    Reads what the whole company knows of the sources, whoever asks.
    """
    open_leads = [lead for lead in leads if lead.status in LeadStatus.open_statuses()]
    if not open_leads:
        return 0
    with as_system(session):
        days = days_at(session, subject, at)
        sources = _history(session, subject, {lead.source for lead in open_leads}, days[None])
        phones = _with_phone(session, subject, {lead.customer_id for lead in open_leads})
        answered = _answered(session, subject, {lead.id for lead in open_leads})
        changed = 0
        for lead in open_leads:
            won, decided = sources.get(lead.source, (0, 0))
            has_phone, has_answered = lead.customer_id in phones, lead.id in answered
            facts = _facts(lead, days[lead.location_id], won, decided, has_phone, has_answered)
            if lead.score != (score := score_of(facts)):
                lead.score = score
                changed += 1
        session.flush()
    return changed


def _facts(
    lead: Lead, today: date, won: int, decided: int, has_phone: bool, has_answered: bool
) -> LeadFacts:
    move_on = lead.estimated_move_on
    touched = Reach.TOUCHED if lead.first_contacted_at else Reach.NONE
    return LeadFacts(
        has_move_date=move_on is not None,
        has_origin=bool(lead.origin_province or lead.origin_address),
        has_destination=bool(lead.destination_province or lead.destination_address),
        has_size=lead.move_size is not None,
        has_phone=has_phone,
        estimated_amount=lead.estimated_amount,
        source_won_count=won,
        source_decided_count=decided,
        days_to_move=(move_on - today).days if move_on else None,
        reach=Reach.ANSWERED if has_answered else touched,
        is_bad=lead.is_bad,
    )


def _history(
    session: Session, subject: Subject, sources: Collection[str], today: date
) -> dict[str, tuple[int, int]]:
    """Won and decided leads by source; bad ones say nothing about it."""
    query = (
        select(Lead.source, func.count(Lead.won_on), func.count())
        .where(Lead.client_id == subject.client_id, Lead.created_on >= today - HISTORY)
        .where(Lead.source.in_(sorted(sources)), ~Lead.is_bad)
        .where(or_(Lead.won_on.is_not(None), Lead.lost_on.is_not(None)))
        .group_by(Lead.source)
    )
    return {source: (won, decided) for source, won, decided in session.execute(query)}


def _with_phone(session: Session, subject: Subject, customer_ids: Collection[UUID]) -> set[UUID]:
    query = select(Customer.id).where(
        Customer.client_id == subject.client_id,
        Customer.id.in_(sorted(customer_ids)),
        Customer.phone.is_not(None),
    )
    return set(session.scalars(query))


def _answered(session: Session, subject: Subject, lead_ids: Collection[UUID]) -> set[UUID]:
    two_way = or_(
        SalesActivity.type.in_([each.value for each in TWO_WAY]),
        SalesActivity.direction == MessageDirection.INBOUND.value,
    )
    query = select(SalesActivity.lead_id).where(
        SalesActivity.client_id == subject.client_id,
        SalesActivity.lead_id.in_(sorted(lead_ids)),
        SalesActivity.completed_at.is_not(None),
        ~SalesActivity.is_automatic,
        two_way,
    )
    return {lead_id for lead_id in session.scalars(query) if lead_id is not None}
