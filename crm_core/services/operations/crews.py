"""People on a journey: assigned by the office, confirmed or declined by themselves, released.

Nobody is taken twice for one span: the database sees to that. Clocks are `operations.time_entries`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import CrewRole, CrewStatus, JourneyStage, UserRole, UserStatus
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import AssignedCrew, TruckJourney, User, UserLocation
from crm_core.refusals import ConstraintBroken
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.operations import CREW, CrewEvent
from crm_core.services.moves import move
from crm_core.services.operations.journey_reach import journey_to_work_on, standing_crew
from crm_core.services.scheduling import pools, slots

ASSIGNABLE = {
    CrewRole.DRIVER: {UserRole.DRIVER},
    CrewRole.MOVER: {UserRole.DRIVER, UserRole.MOVER},
    CrewRole.LEAD: {UserRole.DRIVER, UserRole.MOVER},
    CrewRole.HELPER: {UserRole.DRIVER, UserRole.MOVER},
    CrewRole.SUPERVISOR: {
        UserRole.DRIVER,
        UserRole.MOVER,
        UserRole.DISPATCHER,
        UserRole.MANAGER,
    },
}
"""Which staff may stand on a crew as what."""

OPEN = frozenset(
    {
        JourneyStage.SCHEDULED,
        JourneyStage.MORNING_PREP,
        JourneyStage.EN_ROUTE,
        JourneyStage.ONSITE,
    }
)


class NotAssignable(CrmError):
    """A person who cannot stand on this crew: not for this work, away, or taken already."""


def assign(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    user_id: UUID,
    crew_role: CrewRole,
    at: datetime,
    is_lead: bool = False,
    planned_start_at: datetime | None = None,
    planned_end_at: datetime | None = None,
) -> AssignedCrew:
    """Take a person for the journey's span, or the one given; again after a refusal or release.

    Raises `NotAssignable`, naming what stands against it.
    """
    require(subject, Resource.CREW, Action.ASSIGN)
    journey = journey_to_work_on(session, subject, journey_id, Action.ASSIGN, Resource.CREW)
    if JourneyStage(journey.status) not in OPEN:
        raise InvalidInput("journey_id", f"the journey is {journey.status}: nobody is assigned")
    start_at = planned_start_at or journey.planned_start_at
    end_at = planned_end_at or journey.planned_end_at
    if checks.instant("planned_end_at", end_at) <= checks.instant("planned_start_at", start_at):
        raise InvalidInput("planned_end_at", "must be after planned_start_at")
    with as_system(session):
        _require_assignable(session, subject, journey, user_id, crew_role)
        crew = standing_crew(session, journey)
        if any(member.user_id == user_id for member in crew):
            raise NotAssignable("the person stands on this crew already")
        if is_lead and any(member.is_lead for member in crew):
            raise InvalidInput("is_lead", "the crew has a lead already")
        member = _assignment(session, journey, user_id) or AssignedCrew(
            client_id=journey.client_id,
            id=new_id(at),
            location_id=journey.location_id,
            user_id=user_id,
            journey_id=journey.id,
        )
        planned = {
            "crew_role": crew_role.value,
            "is_lead": is_lead,
            "assigned_at": at,
            "planned_start_at": start_at,
            "planned_end_at": end_at,
        }
        _take(session, subject, member, planned, at)
        slots.refresh_of_journeys(session, subject, [journey.id], at)
    return member


def confirm(
    session: Session, subject: Subject, *, assignment_id: UUID, at: datetime
) -> AssignedCrew:
    """The person will be there; said by themselves, or noted by the office."""
    member = _own_or_office(session, subject, assignment_id)
    with as_system(session):
        move(session, subject, CREW, member, CrewEvent.CONFIRM, at)
        member.confirmed_at = at
        session.flush()
    return member


def decline(
    session: Session, subject: Subject, *, assignment_id: UUID, reason: str, at: datetime
) -> AssignedCrew:
    """The person will not be there; the span is free again."""
    member = _own_or_office(session, subject, assignment_id)
    reason = checks.clean_text("reason", reason, 1000)
    with as_system(session):
        move(session, subject, CREW, member, CrewEvent.DECLINE, at)
        member.declined_at, member.notes = at, reason
        session.flush()
        slots.refresh_of_journeys(session, subject, [member.journey_id], at)
    return member


def release(
    session: Session, subject: Subject, *, assignment_id: UUID, reason: str, at: datetime
) -> AssignedCrew:
    """The office takes the person off the journey."""
    require(subject, Resource.CREW, Action.ASSIGN)
    member = rows.act_on(
        session, subject, AssignedCrew, assignment_id, Resource.CREW, Action.ASSIGN
    )
    reason = checks.clean_text("reason", reason, 100)
    with as_system(session):
        move(session, subject, CREW, member, CrewEvent.RELEASE, at, reason=reason)
        session.flush()
        slots.refresh_of_journeys(session, subject, [member.journey_id], at)
    return member


def _take(
    session: Session, subject: Subject, member: AssignedCrew, planned: dict[str, Any], at: datetime
) -> None:
    """Write the assignment; what the calendar refuses is told as the person's conflict."""
    set_moment(session, at)
    try:
        with session.begin_nested():
            is_new = member.status is None
            for name, value in planned.items():
                setattr(member, name, value)
            if is_new:
                member.status = CrewStatus.ASSIGNED.value
                session.add(member)
            else:
                member.confirmed_at = member.declined_at = None
                member.started_at = member.ended_at = None
                move(session, subject, CREW, member, CrewEvent.ASSIGN_AGAIN, at)
            session.flush()
    except ConstraintBroken as broken:
        if broken.field == "person_is_away":
            raise NotAssignable("the person is away in that span") from broken
        if "double_booked" in str(broken.orig) or broken.field == "resource_id":
            raise NotAssignable("the person is taken in that span already") from broken
        raise
    if is_new:
        audit.record(
            session,
            subject,
            "ASSIGN",
            Resource.CREW,
            member.id,
            at,
            member.location_id,
            details={"journey_id": member.journey_id, "crew_role": member.crew_role},
        )
        session.flush()


def _require_assignable(
    session: Session, subject: Subject, journey: TruckJourney, user_id: UUID, crew_role: CrewRole
) -> None:
    person = rows.get(session, subject, User, user_id, lock=False)
    if person.status != UserStatus.ACTIVE:
        raise NotAssignable(f"the person's account is {person.status}")
    if UserRole(person.role) not in ASSIGNABLE[crew_role]:
        raise NotAssignable(f"a {person.role} cannot go as {crew_role}")
    if journey.location_id is None or person.location_id == journey.location_id:
        return
    query = select(UserLocation.id).where(
        UserLocation.client_id == subject.client_id,
        UserLocation.user_id == user_id,
        UserLocation.location_id == journey.location_id,
    )
    if session.scalars(query).first() is not None:
        return
    # Branches that share trucks lend each other their people too.
    pool = pools.pool_of(session, subject, journey.location_id)
    if person.location_id not in {branch.id for branch in pool}:
        raise NotAssignable("the person works at another branch")


def _assignment(session: Session, journey: TruckJourney, user_id: UUID) -> AssignedCrew | None:
    query = select(AssignedCrew).where(
        AssignedCrew.client_id == journey.client_id,
        AssignedCrew.journey_id == journey.id,
        AssignedCrew.user_id == user_id,
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _own_or_office(session: Session, subject: Subject, assignment_id: UUID) -> AssignedCrew:
    require(subject, Resource.CREW, Action.UPDATE)
    return rows.act_on(session, subject, AssignedCrew, assignment_id, Resource.CREW, Action.UPDATE)
