"""An asset booked for a journey, or no longer: the rows by which it is taken.

Whoever books an asset holds its row first, so that of many at once one gets it and the others are
told what else is free. Who may do so is decided in `truck_bookings` and `slots`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system, set_moment
from crm_core.enums import AssignmentStatus, EquipmentStatus, SchedulePriority
from crm_core.ids import new_id
from crm_core.models import Client, Equipment, EquipmentAssignment, Location, TruckJourney
from crm_core.security import audit
from crm_core.security.permissions import Resource, Subject
from crm_core.services import rows
from crm_core.services.equipment.equipment_rules import BLOCK_DAYS, is_blocked
from crm_core.services.machines.equipment import ASSIGNMENT, AssignmentEvent
from crm_core.services.moves import move
from crm_core.services.rows import NotFound
from crm_core.services.scheduling import pools, slot_facts
from crm_core.services.scheduling.conflicts import Span
from crm_core.services.scheduling.resolutions import ResourceTaken, truck_offers

BLOCK_SETTING = "maintenance_block_days"
MOMENT = timedelta(minutes=1)
"""A span lasts, also one that ended as it began."""


def book(
    session: Session,
    subject: Subject,
    *,
    equipment_id: UUID,
    journey: TruckJourney,
    span: Span,
    at: datetime,
) -> EquipmentAssignment:
    """Give an asset of the branch, or of one that shares its fleet, to a journey for a span.

    Raises `ResourceTaken` with alternatives, having written nothing.
    """
    assert journey.location_id is not None
    with as_system(session):
        equipment = rows.get(session, subject, Equipment, equipment_id)
        pool = pools.pool_of(session, subject, journey.location_id)
        if equipment.location_id not in {branch.id for branch in pool}:
            raise NotFound(Equipment, equipment_id)
        reason = _why_not(session, subject, equipment, pool[0], span)
        if reason is not None:
            offers = truck_offers(
                session,
                subject,
                equipment=equipment,
                location_id=journey.location_id,
                span=span,
                at=at,
                priority=SchedulePriority(journey.priority),
            )
            raise ResourceTaken(reason, offers)
        given = EquipmentAssignment(
            client_id=subject.client_id,
            id=new_id(at),
            location_id=journey.location_id,  # truck-days belong to the journey's branch
            equipment_id=equipment.id,
            journey_id=journey.id,
            status=AssignmentStatus.ACTIVE.value,
            start_at=span.start_at,
            end_at=span.end_at,
        )
        set_moment(session, at)
        session.add(given)
        session.flush()
        audit.record(
            session,
            subject,
            "ASSIGN",
            Resource.EQUIPMENT,
            given.id,
            at,
            given.location_id,
            details={"equipment_id": equipment.id, "journey_id": journey.id},
        )
        session.flush()
    return given


def _why_not(
    session: Session, subject: Subject, equipment: Equipment, branch: Location, span: Span
) -> str | None:
    if equipment.status != EquipmentStatus.ACTIVE:
        return f"{equipment.name} is {equipment.status}"
    day = clock.local_date(span.start_at, branch.timezone)
    if is_blocked(equipment.next_maintenance_on, day, block_days(session, subject)):
        return f"the service of {equipment.name} was due on {equipment.next_maintenance_on}"
    booked = slot_facts.booked_of(session, subject, [equipment.id], span)[equipment.id]
    if any(span.overlaps(each) for each in booked):
        return f"{equipment.name} is booked then"
    return None


def block_days(session: Session, subject: Subject) -> int:
    """Days past due after which an asset goes on no journey, as the tenant set."""
    query = select(Client.settings).where(Client.id == subject.client_id)
    told: object = session.scalars(query).one().get(BLOCK_SETTING)
    return told if isinstance(told, int) else BLOCK_DAYS


def withdraw(
    session: Session, subject: Subject, given: EquipmentAssignment, at: datetime, reason: str
) -> None:
    """Take an asset away: called off when its span is still to come, ended now when it runs."""
    if given.start_at < at:
        finish(session, subject, given, at, reason=reason)
    else:
        move(session, subject, ASSIGNMENT, given, AssignmentEvent.CANCEL, at, reason=reason)
        session.flush()


def finish(
    session: Session, subject: Subject, given: EquipmentAssignment, at: datetime, **details: str
) -> None:
    """The asset is back; early, it is free from now on."""
    move(session, subject, ASSIGNMENT, given, AssignmentEvent.COMPLETE, at, **details)
    if given.start_at < at and (given.end_at is None or at < given.end_at):
        given.end_at = at
    elif given.end_at is None:
        given.end_at = given.start_at + MOMENT
    session.flush()
