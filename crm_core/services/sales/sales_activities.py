"""Touches of a lead or customer: planned, done, and what a done one means for the lead.

Messages that the system sends are `communications`; where a lead stands is `sales.leads`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system, set_moment
from crm_core.enums import LeadStatus, MessageDirection, SalesActivityType
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import Customer, Lead, SalesActivity
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.sales import LeadEvent
from crm_core.services.sales import lead_scores, leads

CONTACTS = frozenset(
    {
        SalesActivityType.PHONE_CALL,
        SalesActivityType.EMAIL,
        SalesActivityType.MEETING,
        SalesActivityType.SITE_VISIT,
    }
)
"""What counts as having reached the customer, when a person did it."""


class ActivityCompleted(CrmError):
    """The touch is done already; another one is another activity."""


@dataclass(frozen=True)
class ActivityData:
    """What a touch is; about a lead, or about a customer without one."""

    type: SalesActivityType
    lead_id: UUID | None = None
    customer_id: UUID | None = None
    direction: MessageDirection = MessageDirection.OUTBOUND
    is_automatic: bool = False
    subject: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a touch; `follow_up_on` is the day that was promised for the next."""

    outcome: str | None = None
    next_action: str | None = None
    duration_minutes: int | None = None
    follow_up_on: date | None = None


def plan(
    session: Session,
    subject: Subject,
    *,
    data: ActivityData,
    scheduled_at: datetime,
    at: datetime,
    owner_id: UUID | None = None,
) -> SalesActivity:
    """Note a touch to come; its day becomes the lead's next follow-up unless one is due before."""
    lead, activity, zone = _new(session, subject, data, owner_id, at)
    checks.instant("scheduled_at", scheduled_at)
    activity.scheduled_at = scheduled_at
    activity.scheduled_on = day = clock.local_date(scheduled_at, zone)
    _store(session, subject, activity, "PLAN", at)
    if lead is not None and LeadStatus(lead.status) in LeadStatus.open_statuses():
        with as_system(session):
            lead.follow_up_on = min(day, lead.follow_up_on or day)
            session.flush()
    return activity


def log(
    session: Session,
    subject: Subject,
    *,
    data: ActivityData,
    at: datetime,
    outcome: Outcome | None = None,
    owner_id: UUID | None = None,
) -> SalesActivity:
    """Record a touch that took place at `at` without having been planned."""
    lead, activity, zone = _new(session, subject, data, owner_id, at)
    _finish(activity, outcome or Outcome(), zone, at)
    _store(session, subject, activity, "LOG", at)
    _follow(session, subject, lead, activity, outcome or Outcome(), at)
    return activity


def complete(
    session: Session,
    subject: Subject,
    *,
    activity_id: UUID,
    at: datetime,
    outcome: Outcome | None = None,
) -> SalesActivity:
    """A planned touch took place; a call, mail, meeting or visit contacts the lead."""
    require(subject, Resource.LEAD, Action.UPDATE)
    seen = rows.get(session, subject, SalesActivity, activity_id, lock=False)
    lead = rows.get_for_effect(session, subject, Lead, seen.lead_id) if seen.lead_id else None
    activity = rows.get(session, subject, SalesActivity, activity_id)
    if activity.completed_at is not None:
        raise ActivityCompleted(f"this {activity.type} was completed on {activity.completed_on}")
    zone = rows.zone_of(session, subject, activity.location_id)
    _finish(activity, outcome or Outcome(), zone, at)
    _record(session, subject, activity, "COMPLETE", at)
    session.flush()
    _follow(session, subject, lead, activity, outcome or Outcome(), at)
    return activity


def _new(
    session: Session,
    subject: Subject,
    data: ActivityData,
    owner_id: UUID | None,
    at: datetime,
) -> tuple[Lead | None, SalesActivity, str]:
    """The locked lead, an activity that is not stored yet, and the zone of its branch."""
    require(subject, Resource.LEAD, Action.CREATE)
    checks.instant("at", at)
    lead, customer = None, None
    if data.lead_id is not None:
        lead = rows.get_for_effect(session, subject, Lead, data.lead_id)
    elif data.customer_id is not None:
        customer = rows.get(session, subject, Customer, data.customer_id, lock=False)
    about = lead or customer
    if about is None:
        raise InvalidInput("lead_id", "is needed, or a customer_id: whom is this about?")
    activity = SalesActivity(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=about.location_id,
        owner_id=owner_id or subject.user_id or about.owner_id,
        lead_id=data.lead_id,
        customer_id=lead.customer_id if lead else data.customer_id,
        type=data.type.value,
        direction=data.direction.value,
        is_automatic=data.is_automatic,
        subject=checks.optional_text("subject", data.subject, 200),
        description=checks.optional_text("description", data.description, 1000),
    )
    return lead, activity, rows.zone_of(session, subject, about.location_id)


def _finish(activity: SalesActivity, outcome: Outcome, zone: str, at: datetime) -> None:
    local_at = clock.local_naive(at, zone)
    activity.completed_at, activity.completed_on = at, local_at.date()
    activity.completed_local_at = local_at
    activity.outcome = checks.optional_text("outcome", outcome.outcome, 500)
    activity.next_action = checks.optional_text("next_action", outcome.next_action, 500)
    minutes = checks.count("duration_minutes", outcome.duration_minutes, least=0)
    activity.duration_minutes = minutes


def _store(
    session: Session, subject: Subject, activity: SalesActivity, act: str, at: datetime
) -> None:
    set_moment(session, at)
    rows.add(session, subject, activity, Resource.LEAD)
    _record(session, subject, activity, act, at)
    session.flush()


def _record(
    session: Session, subject: Subject, activity: SalesActivity, act: str, at: datetime
) -> None:
    details = {"type": activity.type, "lead_id": activity.lead_id}
    audit.record(
        session, subject, f"{act}_ACTIVITY", Resource.LEAD, activity.id, at, activity.location_id,
        details=details,
    )  # fmt: skip


def _follow(
    session: Session,
    subject: Subject,
    lead: Lead | None,
    activity: SalesActivity,
    outcome: Outcome,
    at: datetime,
) -> None:
    """What a done touch means for an open lead: contacted, its next day, its score."""
    if lead is None or LeadStatus(lead.status) not in LeadStatus.open_statuses():
        return
    is_contact = SalesActivityType(activity.type) in CONTACTS and not activity.is_automatic
    with as_system(session):
        if is_contact:
            leads.advance(session, subject, lead, LeadEvent.CONTACT, at)
        if outcome.follow_up_on is not None:
            lead.follow_up_on = outcome.follow_up_on
        session.flush()
        lead_scores.rescore(session, subject, [lead], at)
