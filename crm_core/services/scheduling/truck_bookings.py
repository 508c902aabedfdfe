"""Giving trucks to journeys and taking them back, as the dispatcher does.

The rows by which a truck is taken are in `bookings`, proposals for a whole day in `assignment`.
"""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import EquipmentType, JourneyStage
from crm_core.errors import InvalidInput
from crm_core.models import Equipment, EquipmentAssignment, TruckJourney
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.machines.equipment import ASSIGNMENT, AssignmentEvent
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.scheduling import bookings, slot_facts, slots
from crm_core.services.scheduling.conflicts import Span

OPEN = frozenset({JourneyStage.SCHEDULED, JourneyStage.MORNING_PREP})


def assign_truck(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    equipment_id: UUID,
    at: datetime,
    span: Span | None = None,
) -> EquipmentAssignment:
    """Book a truck for a journey that has not left, for its planned time unless told otherwise.

    It may stand at a branch that shares its fleet. The last one that the journey had goes free,
    unless it needs more than one. Raises `ResourceTaken`, which says what else is free.
    """
    require(subject, Resource.JOURNEY, Action.UPDATE)
    require(subject, Resource.EQUIPMENT, Action.READ)
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.JOURNEY, Action.UPDATE
    )
    if JourneyStage(journey.status) not in OPEN:
        raise InvalidInput("journey_id", f"{journey.journey_number} is {journey.status} already")
    with as_system(session):
        held = list(session.scalars(slot_facts.assets_of(journey)))
        for given in held:
            if given.equipment_id == equipment_id:
                bookings.withdraw(session, subject, given, at, "booked anew")
        given = bookings.book(
            session,
            subject,
            equipment_id=equipment_id,
            journey=journey,
            span=span or Span(journey.planned_start_at, journey.planned_end_at),
            at=at,
        )
        equipment = rows.get(session, subject, Equipment, equipment_id, lock=False)
        if equipment.equipment_type == EquipmentType.TRUCK:
            _make_room(session, subject, journey, held, equipment_id, at)
            journey.equipment_id, journey.truck_number = equipment.id, equipment.name[:20]
            session.flush()
        slots.refresh_of_journeys(session, subject, [journey.id], at)
    return given


def release(
    session: Session, subject: Subject, *, assignment_id: UUID, reason: str, at: datetime
) -> EquipmentAssignment:
    """Take an asset from its journey: called off, or ended when it runs; the slot is looked at."""
    require(subject, Resource.JOURNEY, Action.UPDATE)
    with as_system(session):
        given = rows.get(session, subject, EquipmentAssignment, assignment_id)
        if given.journey_id is None:
            _refuse(given, AssignmentEvent.CANCEL, "it is for a person, who gives it back")
    journey = rows.act_on(
        session, subject, TruckJourney, given.journey_id, Resource.JOURNEY, Action.UPDATE
    )
    with as_system(session):
        bookings.withdraw(session, subject, given, at, reason)
        if journey.equipment_id == given.equipment_id and journey.status in OPEN:
            journey.equipment_id = journey.truck_number = None
            session.flush()
        slots.refresh_of_journeys(session, subject, [journey.id], at)
    return given


def give_back(
    session: Session, subject: Subject, *, assignment_id: UUID, at: datetime
) -> EquipmentAssignment:
    """An asset is back from whoever had it; early, it is free from now on."""
    require(subject, Resource.EQUIPMENT, Action.UPDATE)
    given = rows.act_on(
        session, subject, EquipmentAssignment, assignment_id, Resource.EQUIPMENT, Action.UPDATE
    )
    if at <= given.start_at:
        _refuse(given, AssignmentEvent.COMPLETE, "it has not begun")
    with as_system(session):
        bookings.finish(session, subject, given, at)
    return given


def _make_room(
    session: Session,
    subject: Subject,
    journey: TruckJourney,
    held: list[EquipmentAssignment],
    equipment_id: UUID,
    at: datetime,
) -> None:
    """The trucks that a journey has too many go free, the oldest booking first."""
    trucks = [
        each
        for each in held
        if each.equipment_id != equipment_id
        and rows.get(session, subject, Equipment, each.equipment_id, lock=False).equipment_type
        == EquipmentType.TRUCK
    ]
    for given in trucks[: max(len(trucks) + 1 - journey.truck_count, 0)]:
        bookings.withdraw(session, subject, given, at, "another truck goes")


def _refuse(given: EquipmentAssignment, event: AssignmentEvent, reason: str) -> NoReturn:
    raise TransitionRefused(ASSIGNMENT.name, ASSIGNMENT.state_of(given), event, reason)
