"""Time off and extra time: asked for, answered by the manager, being sick at once.

Leave that comes after somebody was planned stands beside the plan, and marks its slot.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import ApprovalStatus, AvailabilityType, CrewStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import AssignedCrew, Availability, Schedule, ScheduleResource, User
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.scheduling import AVAILABILITY, AvailabilityEvent
from crm_core.services.moves import move
from crm_core.services.scheduling import slots


@dataclass(frozen=True)
class Time:
    """A span of somebody's time: offered when `is_available`, otherwise asked to be off."""

    start_at: datetime
    end_at: datetime
    kind: AvailabilityType = AvailabilityType.PERSONAL
    is_available: bool = False
    reason: str | None = None


def enter(
    session: Session, subject: Subject, *, time: Time, at: datetime, user_id: UUID | None = None
) -> Availability:
    """Offer time, or ask for time off; for oneself, or by a manager for somebody of the branch.

    Being sick counts at once, whatever the answer will be.
    """
    require(subject, Resource.AVAILABILITY, Action.CREATE)
    person_id = user_id or subject.user_id
    if person_id is None:
        raise InvalidInput("user_id", "whose time it is must be said")
    checks.instant("start_at", time.start_at)
    if checks.instant("end_at", time.end_at) <= time.start_at:
        raise InvalidInput("end_at", "must be after start_at")
    if time.is_available and time.kind in (AvailabilityType.SICK, AvailabilityType.VACATION):
        raise InvalidInput("is_available", f"{time.kind} is time away")
    with as_system(session):
        person = rows.get(session, subject, User, person_id, lock=False)
    row = Availability(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=person.location_id,
        user_id=person.id,
        available_on=rows.day_at(session, subject, person.location_id, time.start_at),
        start_at=time.start_at,
        end_at=time.end_at,
        is_available=time.is_available,
        availability_type=time.kind.value,
        approval_status=(
            ApprovalStatus.NOT_REQUIRED if time.is_available else ApprovalStatus.PENDING
        ).value,
        reason=checks.optional_text("reason", time.reason, 200),
    )
    require(subject, Resource.AVAILABILITY, Action.CREATE, rows.facts(row), Availability.__scope__)
    set_moment(session, at)
    rows.add(session, subject, row, Resource.AVAILABILITY)
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.AVAILABILITY,
        row.id,
        at,
        row.location_id,
        details={"type": time.kind, "is_available": time.is_available},
    )
    session.flush()
    _mark_plans(session, subject, row, at)
    return row


def ask_off(
    session: Session, subject: Subject, *, availability_id: UUID, at: datetime
) -> Availability:
    """Ask for time off where time was offered, or once more where it was refused."""
    require(subject, Resource.AVAILABILITY, Action.UPDATE)
    row = rows.get(session, subject, Availability, availability_id)
    move(session, subject, AVAILABILITY, row, AvailabilityEvent.REQUEST, at)
    row.is_available = False
    row.answered_at = row.answered_by_id = None
    session.flush()
    return row


def approve(
    session: Session, subject: Subject, *, availability_id: UUID, at: datetime
) -> Availability:
    """The manager grants time off; slots for which the person was planned are marked."""
    row = _answer(session, subject, availability_id, AvailabilityEvent.APPROVE, at)
    _mark_plans(session, subject, row, at)
    return row


def reject(
    session: Session, subject: Subject, *, availability_id: UUID, at: datetime
) -> Availability:
    """The manager refuses time off; a person who is sick by their own word counts as there."""
    row = _answer(session, subject, availability_id, AvailabilityEvent.REJECT, at)
    _mark_plans(session, subject, row, at)
    return row


def _answer(
    session: Session,
    subject: Subject,
    availability_id: UUID,
    event: AvailabilityEvent,
    at: datetime,
) -> Availability:
    require(subject, Resource.AVAILABILITY, Action.APPROVE)
    row = rows.act_on(
        session, subject, Availability, availability_id, Resource.AVAILABILITY, Action.APPROVE
    )
    if row.user_id == subject.user_id:
        status = ApprovalStatus(row.approval_status)
        raise TransitionRefused(AVAILABILITY.name, status, event, "somebody else must answer")
    with as_system(session):
        move(session, subject, AVAILABILITY, row, event, at)
        row.answered_at, row.answered_by_id = at, subject.user_id
        session.flush()
    return row


def _mark_plans(session: Session, subject: Subject, row: Availability, at: datetime) -> None:
    """Look at every slot for which the person is planned in that time."""
    with as_system(session):
        journeys = session.scalars(
            select(AssignedCrew.journey_id).where(
                AssignedCrew.client_id == row.client_id,
                AssignedCrew.user_id == row.user_id,
                AssignedCrew.status.in_([status.value for status in CrewStatus.standing()]),
                AssignedCrew.planned_start_at < row.end_at,
                AssignedCrew.planned_end_at > row.start_at,
            )
        ).all()
        slots.refresh_of_journeys(session, subject, journeys, at)
        others = (
            select(Schedule)
            .join(
                ScheduleResource,
                (ScheduleResource.client_id == Schedule.client_id)
                & (ScheduleResource.schedule_id == Schedule.id),
            )
            .where(
                ScheduleResource.client_id == row.client_id,
                ScheduleResource.user_id == row.user_id,
                ScheduleResource.is_released.is_(False),
                ScheduleResource.start_at < row.end_at,
                ScheduleResource.end_at > row.start_at,
            )
        )
        for slot in session.scalars(others.order_by(Schedule.id)).all():
            slots.refresh(session, subject, slot, at)
