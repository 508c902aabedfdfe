"""Hours of people: the clock they start and stop, what the office records after, and its approval.

What an hour costs is `operations.job_costs`; assignments are `operations.crews`.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import TimeEntryKind
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import AssignedCrew, TimeEntry, TruckJourney, User
from crm_core.security import audit
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    can,
    require,
)
from crm_core.services import checks, rows
from crm_core.services.operations import crew_moves
from crm_core.services.operations.crew_moves import EXPECTED

LONGEST = timedelta(hours=24)
UNPAID = frozenset({TimeEntryKind.BREAK})


class ClockRefused(CrmError):
    """A clock that runs already, does not run, or ran for too long."""


def clock_in(
    session: Session,
    subject: Subject,
    *,
    user_id: UUID,
    kind: TimeEntryKind,
    at: datetime,
    journey_id: UUID | None = None,
) -> TimeEntry:
    """Start a person's clock; working on a journey they were expected on puts them on site.

    By the person, or by the office of their branch.
    """
    running = _running(session, subject, user_id)
    if running is not None:
        raise ClockRefused(f"the clock runs since {running.started_at.isoformat()}: stop it first")
    entry = _open(session, subject, user_id, kind, at, journey_id)
    with as_system(session):
        _keep(session, subject, entry, "CLOCK_IN", at)
        if journey_id is not None and kind is TimeEntryKind.WORK:
            member = _expected(session, entry)
            if member is not None:
                crew_moves.start(session, subject, member, at)
    return entry


def clock_out(session: Session, subject: Subject, *, user_id: UUID, at: datetime) -> TimeEntry:
    """Stop the person's clock."""
    entry = _running(session, subject, user_id)
    if entry is None:
        raise ClockRefused("no clock is running: record the hours instead")
    _require_on(subject, entry)
    with as_system(session):
        _end(session, subject, entry, at)
        _note(session, subject, entry, "CLOCK_OUT", at)
        session.flush()
    return entry


def record(
    session: Session,
    subject: Subject,
    *,
    user_id: UUID,
    kind: TimeEntryKind,
    started_at: datetime,
    ended_at: datetime,
    at: datetime,
    journey_id: UUID | None = None,
    is_paid: bool | None = None,
) -> TimeEntry:
    """Hours that were not on the clock, entered afterwards by the office."""
    require(subject, Resource.CREW, Action.CREATE)
    entry = _open(session, subject, user_id, kind, started_at, journey_id)
    entry.is_paid = kind not in UNPAID if is_paid is None else is_paid
    with as_system(session):
        _end(session, subject, entry, ended_at)
        _keep(session, subject, entry, "CREATE", at)
    return entry


def correct(
    session: Session,
    subject: Subject,
    *,
    entry_id: UUID,
    started_at: datetime,
    ended_at: datetime,
    at: datetime,
) -> TimeEntry:
    """Put the hours of an entry right, as long as nobody approved it; for the office."""
    require(subject, Resource.CREW, Action.CREATE)
    entry = rows.act_on(session, subject, TimeEntry, entry_id, Resource.CREW, Action.UPDATE)
    if entry.approved_at is not None:
        raise InvalidInput("entry_id", "the hours are approved and stand")
    before = {"started_at": entry.started_at, "ended_at": entry.ended_at}
    with as_system(session):
        _begin(session, subject, entry, started_at)
        _end(session, subject, entry, ended_at)
        _note(session, subject, entry, "UPDATE", at, **before)
        session.flush()
    return entry


def approve(session: Session, subject: Subject, *, entry_id: UUID, at: datetime) -> TimeEntry:
    """Hours count for pay; by somebody who may approve work, never by the person."""
    require(subject, Resource.JOURNEY_STEP, Action.APPROVE)
    entry = rows.act_on(
        session, subject, TimeEntry, entry_id, Resource.JOURNEY_STEP, Action.APPROVE
    )
    if subject.user_id is None or subject.user_id == entry.user_id:
        raise ActionRefused("hours are approved by a person, and not by who worked them")
    if entry.ended_at is None:
        raise ClockRefused("the clock is still running")
    if entry.approved_at is None:
        with as_system(session):
            entry.approved_by_id, entry.approved_at = subject.user_id, at
            _note(session, subject, entry, "APPROVE", at)
            session.flush()
    return entry


def _open(
    session: Session,
    subject: Subject,
    user_id: UUID,
    kind: TimeEntryKind,
    started_at: datetime,
    journey_id: UUID | None,
) -> TimeEntry:
    """A new entry of the person, checked against the rights of the subject."""
    with as_system(session):
        location_id = rows.get(session, subject, User, user_id, lock=False).location_id
        if journey_id is not None:
            journey = rows.get(session, subject, TruckJourney, journey_id, lock=False)
            location_id = journey.location_id
        entry = TimeEntry(
            client_id=subject.client_id,
            id=new_id(started_at),
            location_id=location_id,
            user_id=user_id,
            journey_id=journey_id,
            kind=kind.value,
            is_paid=kind not in UNPAID,
        )
        _begin(session, subject, entry, started_at)
        if journey_id is not None and _assignment(session, entry) is None:
            raise InvalidInput("journey_id", "the person is not on the crew of that journey")
    _require_on(subject, entry)
    return entry


def _begin(session: Session, subject: Subject, entry: TimeEntry, at: datetime) -> None:
    local_at = rows.local_at(session, subject, entry.location_id, checks.instant("started_at", at))
    entry.started_at, entry.started_local_at, entry.worked_on = at, local_at, local_at.date()


def _end(session: Session, subject: Subject, entry: TimeEntry, at: datetime) -> None:
    worked = checks.instant("ended_at", at) - entry.started_at
    if not timedelta(0) < worked <= LONGEST:
        span = f"{entry.started_at.isoformat()} to {at.isoformat()}"
        raise ClockRefused(f"{span} is not a stretch of at most 24 hours: record it by hand")
    local_at = rows.local_at(session, subject, entry.location_id, at)
    entry.ended_at, entry.ended_local_at = at, local_at


def _running(session: Session, subject: Subject, user_id: UUID) -> TimeEntry | None:
    query = select(TimeEntry).where(
        TimeEntry.client_id == subject.client_id,
        TimeEntry.user_id == user_id,
        TimeEntry.ended_at.is_(None),
    )
    with as_system(session):
        return session.scalars(query.with_for_update()).one_or_none()


def _assignment(session: Session, entry: TimeEntry) -> AssignedCrew | None:
    query = select(AssignedCrew).where(
        AssignedCrew.client_id == entry.client_id,
        AssignedCrew.journey_id == entry.journey_id,
        AssignedCrew.user_id == entry.user_id,
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _expected(session: Session, entry: TimeEntry) -> AssignedCrew | None:
    member = _assignment(session, entry)
    return member if member is not None and member.status in EXPECTED else None


def _require_on(subject: Subject, entry: TimeEntry) -> None:
    """Whether the subject may keep this person's clock; the row need not be stored yet."""
    decision = can(subject, Resource.CREW, Action.UPDATE, rows.facts(entry), TimeEntry.__scope__)
    if not decision:
        raise ActionRefused(decision.reason)


def _keep(session: Session, subject: Subject, entry: TimeEntry, act: str, at: datetime) -> None:
    session.add(entry)
    session.flush()
    _note(session, subject, entry, act, at)
    session.flush()


def _note(
    session: Session, subject: Subject, entry: TimeEntry, act: str, at: datetime, **details: Any
) -> None:
    audit.record(
        session,
        subject,
        act,
        Resource.CREW,
        entry.id,
        at,
        entry.location_id,
        details={
            "kind": entry.kind,
            "started": entry.started_at,
            "ended": entry.ended_at,
            **details,
        },
    )
