"""The calendar of branches as the office reads it: days, their slots, and what stands against them.

Read only. Slots are planned and moved in `schedules`; what a conflict is, is in `conflicts`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from crm_core.enums import ScheduleStatus, ScheduleType
from crm_core.models import Location, Schedule, TruckJourney
from crm_core.security.permissions import Action, Resource, Subject, require

MOST_SLOTS = 500


@dataclass(frozen=True)
class CalendarDay:
    """How many slots stand on a day, and against how many of them something stands."""

    on: date
    slots: int
    conflicts: int


@dataclass(frozen=True)
class CalendarSlot:
    """One slot; times are the branch's wall-clock times."""

    on: date
    starts_at: datetime
    ends_at: datetime
    branch: str
    kind: ScheduleType
    status: ScheduleStatus
    job: str | None
    """The number of the journey it is for."""
    conflict: str | None
    """What stands against it; None where nothing does."""


def days_of(
    session: Session,
    subject: Subject,
    *,
    first_on: date,
    until_on: date,
    branches: Collection[str] = (),
) -> list[CalendarDay]:
    """The days with slots from `first_on` to before `until_on`; of some branches by code.

    Raises `ActionRefused`.
    """
    require(subject, Resource.SCHEDULE, Action.READ)
    query = (
        select(
            Schedule.scheduled_on,
            func.count(),
            func.count().filter(Schedule.has_conflict),
        )
        .join(Location, _at_branch())
        .where(*_standing(subject, first_on, until_on, branches))
        .group_by(Schedule.scheduled_on)
        .order_by(Schedule.scheduled_on)
    )
    return [CalendarDay(*row) for row in session.execute(query).tuples()]


def slots_of(
    session: Session,
    subject: Subject,
    *,
    first_on: date,
    until_on: date,
    branches: Collection[str] = (),
    only_conflicts: bool = False,
) -> list[CalendarSlot]:
    """The slots of such days in the order they start; raises `ActionRefused`."""
    require(subject, Resource.SCHEDULE, Action.READ)
    query = (
        select(Schedule, Location.name, TruckJourney.journey_number)
        .join(Location, _at_branch())
        .outerjoin(
            TruckJourney,
            and_(
                TruckJourney.client_id == Schedule.client_id,
                TruckJourney.id == Schedule.journey_id,
            ),
        )
        .where(*_standing(subject, first_on, until_on, branches))
        .order_by(Schedule.scheduled_on, Schedule.start_at, Schedule.id)
        .limit(MOST_SLOTS)
    )
    if only_conflicts:
        query = query.where(Schedule.has_conflict)
    return [
        CalendarSlot(
            on=slot.scheduled_on,
            starts_at=slot.start_local_at,
            ends_at=slot.end_local_at,
            branch=place,
            kind=ScheduleType(slot.schedule_type),
            status=ScheduleStatus(slot.status),
            job=job,
            conflict=(slot.conflict_note or "") if slot.has_conflict else None,
        )
        for slot, place, job in session.execute(query).tuples()
    ]


def _at_branch() -> ColumnElement[bool]:
    return and_(Location.client_id == Schedule.client_id, Location.id == Schedule.location_id)


def _standing(
    subject: Subject, first_on: date, until_on: date, branches: Collection[str]
) -> list[ColumnElement[bool]]:
    """Slots that take somebody's time."""
    found = [
        Schedule.client_id == subject.client_id,
        Schedule.scheduled_on >= first_on,
        Schedule.scheduled_on < until_on,
        Schedule.status.not_in(ScheduleStatus.released()),
    ]
    return [*found, Location.code.in_(branches)] if branches else found
