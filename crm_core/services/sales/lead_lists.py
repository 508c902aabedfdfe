"""Leads that somebody should look at: a promised touch is overdue, or nobody was in touch lately.

Lists that people page through by age, status or owner are `crm_core.services.listing`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from crm_core.enums import LeadStatus
from crm_core.errors import InvalidInput
from crm_core.models import Lead
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.branch_days import days_at, is_before
from crm_core.services.listing import LONGEST_PAGE

STALE_AFTER = timedelta(days=7)
_LAST_TOUCH = func.coalesce(Lead.last_contacted_at, Lead.received_at)


@dataclass(frozen=True)
class After:
    """Where the page before ended: the date or instant it is sorted by, and the id."""

    sorted_by: date | datetime
    id: UUID


def overdue(
    session: Session,
    subject: Subject,
    *,
    as_of: datetime,
    after: After | None = None,
    limit: int = 50,
) -> list[Lead]:
    """Open leads whose follow-up day is over at their branch, the longest overdue first."""
    query = _open(subject, limit).where(
        is_before(Lead.follow_up_on, Lead.location_id, days_at(session, subject, as_of))
    )
    if after is not None:
        place = tuple_(literal(after.sorted_by), literal(after.id))
        query = query.where(tuple_(Lead.follow_up_on, Lead.id) > place)
    return list(session.scalars(query.order_by(Lead.follow_up_on, Lead.id)))


def stale(
    session: Session,
    subject: Subject,
    *,
    as_of: datetime,
    after: After | None = None,
    limit: int = 50,
) -> list[Lead]:
    """Open leads without a contact for seven days, the longest silent first.

    Who was never contacted is silent since the request; `After.sorted_by` is that instant.
    """
    query = _open(subject, limit).where(as_of - STALE_AFTER > _LAST_TOUCH)
    if after is not None:
        place = tuple_(literal(after.sorted_by), literal(after.id))
        query = query.where(tuple_(_LAST_TOUCH, Lead.id) > place)
    return list(session.scalars(query.order_by(_LAST_TOUCH, Lead.id)))


def _open(subject: Subject, limit: int) -> Select[Any]:
    require(subject, Resource.LEAD, Action.READ)
    if not 1 <= limit <= LONGEST_PAGE:
        raise InvalidInput("limit", f"{limit} is not between 1 and {LONGEST_PAGE}")
    statuses = sorted(status.value for status in LeadStatus.open_statuses())
    return (
        select(Lead)
        .where(Lead.client_id == subject.client_id, Lead.status.in_(statuses))
        .limit(limit)
    )
