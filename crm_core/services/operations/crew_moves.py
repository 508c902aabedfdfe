"""What the stage of a journey does to the people on it: aboard, finished, released.

Assigning people and their answers is `operations.crews`. For our own services, inside `as_system`.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import CrewStatus
from crm_core.models import AssignedCrew, TimeEntry
from crm_core.security.permissions import Subject
from crm_core.services.machines.operations import CREW, CrewEvent
from crm_core.services.moves import move
from crm_core.services.operations.journey_progress import Act
from crm_core.services.operations.journey_reach import standing_crew

EXPECTED = (CrewStatus.ASSIGNED, CrewStatus.CONFIRMED)


def board(act: Act) -> None:
    """Whoever is expected leaves with the truck."""
    for member in standing_crew(act.session, act.journey, EXPECTED):
        start(act.session, act.subject, member, act.at)


def finish(act: Act) -> None:
    """The journey is over for everybody on it; their paid minutes are those on the clock."""
    board(act)
    for member in standing_crew(act.session, act.journey, [CrewStatus.ON_SITE]):
        assert member.started_at is not None
        move(act.session, act.subject, CREW, member, CrewEvent.FINISH, act.at)
        member.ended_at = max(act.at, member.started_at)
        member.paid_minutes = paid_minutes(act.session, member)
        act.session.flush()


def release(act: Act, reason: str) -> None:
    """The journey is called off: its people are free again."""
    crew = standing_crew(act.session, act.journey, [*EXPECTED, CrewStatus.ON_SITE])
    for member in crew:
        move(act.session, act.subject, CREW, member, CrewEvent.RELEASE, act.at, reason=reason)
    act.session.flush()


def start(session: Session, subject: Subject, member: AssignedCrew, at: datetime) -> None:
    """The person is at work on the journey."""
    move(session, subject, CREW, member, CrewEvent.START, at)
    member.started_at = at
    session.flush()


def paid_minutes(session: Session, member: AssignedCrew) -> int | None:
    """Whole paid minutes of the person on the journey so far; nothing without any on the clock."""
    query = select(TimeEntry.started_at, TimeEntry.ended_at).where(
        TimeEntry.client_id == member.client_id,
        TimeEntry.journey_id == member.journey_id,
        TimeEntry.user_id == member.user_id,
        TimeEntry.is_paid,
    )
    spans = [(start_at, end_at) for start_at, end_at in session.execute(query) if end_at]
    worked = sum((end_at - start_at for start_at, end_at in spans), timedelta(0))
    return worked // timedelta(minutes=1) if spans else None
