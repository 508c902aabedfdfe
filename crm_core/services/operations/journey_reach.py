"""Who may work on a journey: those whose row it is, and those who stand on its crew.

What they may do with it is decided by the service of each act.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import CrewStatus, PermissionScope, UserRole
from crm_core.models import AssignedCrew, TruckJourney
from crm_core.security.permissions import CREW, Action, Resource, Subject, can
from crm_core.services import rows

FIELD_ROLES = frozenset({UserRole.DRIVER, UserRole.MOVER})
"""Roles that are held to the evidence; everybody else reports for the crew."""


def journey_to_work_on(
    session: Session,
    subject: Subject,
    journey_id: UUID,
    action: Action = Action.UPDATE,
    resource: Resource = Resource.JOURNEY_STEP,
) -> TruckJourney:
    """The locked journey, when the subject may do this to it; raises `rows.NotFound`.

    The journey belongs to whoever sold it: its crew reaches it by standing on it.
    """
    with as_system(session):
        journey = rows.get(session, subject, TruckJourney, journey_id)
        crew = {member.user_id for member in standing_crew(session, journey)}
        facts = rows.facts(journey) | {CREW: crew}
    if not can(subject, resource, action, facts, TruckJourney.__scope__):
        raise rows.NotFound(TruckJourney, journey_id)
    return journey


def is_in_the_field(subject: Subject) -> bool:
    """Whether the subject does the work, and does not report it for others."""
    return not subject.is_system and subject.role in FIELD_ROLES


def is_on_crew(session: Session, subject: Subject, journey: TruckJourney) -> bool:
    """Whether the subject stands on the crew; owning the journey is no work on it."""
    with as_system(session):
        crew = standing_crew(session, journey)
    return any(member.user_id == subject.user_id for member in crew)


def leads(session: Session, subject: Subject, journey: TruckJourney) -> bool:
    """Whether the subject may answer for the crew: its lead, or somebody of the office."""
    if not is_in_the_field(subject):
        return subject.is_system or subject.scope is not PermissionScope.OWN
    with as_system(session):
        crew = standing_crew(session, journey)
    return any(member.is_lead and member.user_id == subject.user_id for member in crew)


def standing_crew(
    session: Session,
    journey: TruckJourney,
    statuses: Collection[CrewStatus] = CrewStatus.standing(),
) -> list[AssignedCrew]:
    """The people whose assignment to the journey stands, in the order they were assigned."""
    query = select(AssignedCrew).where(
        AssignedCrew.client_id == journey.client_id,
        AssignedCrew.journey_id == journey.id,
        AssignedCrew.status.in_([status.value for status in statuses]),
    )
    return list(session.scalars(query.order_by(AssignedCrew.id)))
