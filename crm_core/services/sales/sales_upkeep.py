"""What sales does once a day by itself: offers expire, leads are lost, archived and scored anew.

Each run takes the instant as of which it looks, finds all rows that are due, and finds none when
it is made again. When it runs is decided at the edge.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from crm_core.enums import LeadStatus, QuoteStatus
from crm_core.models import Lead, Quote
from crm_core.security.permissions import Subject
from crm_core.services.branch_days import Days, days_at, is_before
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.sales import lead_scores, leads, quotes

LOST_AFTER = timedelta(days=7)
"""How long after the move date nobody waits for a yes any more."""
LOST_REASON = "move date passed"
BATCH = 500

_OPEN = sorted(status.value for status in LeadStatus.open_statuses())
_UNDECIDED = [QuoteStatus.DRAFT.value, QuoteStatus.SENT.value, QuoteStatus.VIEWED.value]


def expire_quotes(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Expire the undecided quotes whose last valid day is over at their branch; how many."""
    due = select(Quote.id).where(
        Quote.client_id == subject.client_id,
        Quote.status.in_(_UNDECIDED),
        is_before(Quote.valid_until_on, Quote.location_id, days_at(session, subject, as_of)),
    )
    return _each(
        session.scalars(due.order_by(Quote.id)).all(),
        lambda quote_id: quotes.expire(session, subject, quote_id=quote_id, at=as_of),
    )


def lose_leads(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Give up the open leads whose move date, on lead and open quotes, passed a week ago."""
    days = _shifted(days_at(session, subject, as_of), LOST_AFTER - timedelta(days=1))
    later = aliased(Quote)
    still_coming = (
        select(later.id)
        .where(later.client_id == Lead.client_id, later.lead_id == Lead.id)
        .where(later.status.in_(_UNDECIDED), later.move_on.is_not(None))
        .where(~is_before(later.move_on, later.location_id, days))
    )
    due = select(Lead.id).where(
        Lead.client_id == subject.client_id,
        Lead.status.in_(_OPEN),
        is_before(Lead.estimated_move_on, Lead.location_id, days),
        ~still_coming.exists(),
    )
    return _each(
        session.scalars(due.order_by(Lead.id)).all(),
        lambda lead_id: leads.lose(session, subject, lead_id=lead_id, reason=LOST_REASON, at=as_of),
    )


def archive_leads(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Archive the leads decided ninety days ago that have nothing left open; how many."""
    days = _shifted(days_at(session, subject, as_of), leads.ARCHIVE_AFTER - timedelta(days=1))
    due = select(Lead.id).where(
        Lead.client_id == subject.client_id,
        or_(
            _decided(LeadStatus.WON, Lead.won_on, days),
            _decided(LeadStatus.LOST, Lead.lost_on, days),
        ),
    )
    return _each(
        session.scalars(due.order_by(Lead.id)).all(),
        lambda lead_id: leads.archive(session, subject, lead_id=lead_id, at=as_of),
    )


def rescore_leads(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Score the open leads anew: a move date comes closer, a source wins; how many changed."""
    query = select(Lead.id).where(Lead.client_id == subject.client_id, Lead.status.in_(_OPEN))
    ids = session.scalars(query.order_by(Lead.id)).all()
    changed = 0
    for start in range(0, len(ids), BATCH):
        locked = select(Lead).where(Lead.client_id == subject.client_id)
        locked = locked.where(Lead.id.in_(ids[start : start + BATCH])).order_by(Lead.id)
        locked = locked.with_for_update().execution_options(populate_existing=True)
        changed += lead_scores.rescore(session, subject, session.scalars(locked).all(), as_of)
    return changed


def _decided(
    status: LeadStatus, column: InstrumentedAttribute[date | None], days: Days
) -> ColumnElement[bool]:
    return and_(Lead.status == status.value, is_before(column, Lead.location_id, days))


def _shifted(days: Days, back: timedelta) -> Days:
    return {place: day - back for place, day in days.items()}


def _each(ids: Iterable[UUID], act: Callable[[UUID], object]) -> int:
    """Act on each row; one that may not be acted on, or that somebody decided just now, is left."""
    done = 0
    for row_id in ids:
        try:
            act(row_id)
        except TransitionRefused:
            continue
        done += 1
    return done
