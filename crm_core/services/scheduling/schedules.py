"""The calendar as people use it: slots planned, begun, ended, called off, put to another time.

Journeys drive theirs: `plan_journey` when one is made, `follow_journey` whenever its stage changed.
The rows of a slot are written in `slots`; what stands against one is decided in `conflicts`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    CrewStatus,
    JourneyStage,
    SchedulePriority,
    ScheduleStatus,
    ScheduleType,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import (
    AssignedCrew,
    EquipmentMaintenance,
    Schedule,
    ScheduleResource,
    TruckJourney,
)
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.inventory import reservations
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.scheduling import SCHEDULE, ScheduleEvent
from crm_core.services.moves import move
from crm_core.services.scheduling import bookings, slot_facts, slots
from crm_core.services.scheduling.conflicts import Conflict, Severity, Span
from crm_core.services.scheduling.slots import SlotData

BY_HAND = frozenset({ScheduleType.TRAINING, ScheduleType.MEETING, ScheduleType.OTHER})
UNDER_WAY = frozenset({JourneyStage.MORNING_PREP, JourneyStage.EN_ROUTE, JourneyStage.ONSITE})


def create(
    session: Session, subject: Subject, *, location_id: UUID, data: SlotData, at: datetime
) -> Schedule:
    """Plan a training, a meeting or the like; raises `ResourceTaken` with alternatives."""
    require(subject, Resource.SCHEDULE, Action.CREATE)
    if data.schedule_type not in BY_HAND:
        raise InvalidInput("schedule_type", f"{data.schedule_type} slots come with what they serve")
    place = {"client_id": subject.client_id, "location_id": location_id}
    require(subject, Resource.SCHEDULE, Action.CREATE, {**place, "owner_id": subject.user_id})
    return slots.add(session, subject, data, location_id, at)


def plan_journey(
    session: Session, subject: Subject, *, journey: TruckJourney, at: datetime
) -> Schedule:
    """The slot of a journey, for our own services: made once, and held against the rules.

    Its people and trucks are the journey's crew and assets; the truck that the journey names is
    booked if it is free. A conflict marks the slot for the dispatcher and stops nothing.
    """
    assert journey.location_id is not None
    with as_system(session):
        slot = slots.live_slot(session, subject, journey.id)
        if slot is None:
            data = SlotData(
                ScheduleType.JOURNEY,
                journey.title,
                journey.planned_start_at,
                journey.planned_end_at,
                priority=SchedulePriority(journey.priority),
                journey_id=journey.id,
            )
            slot = slots.add(session, subject, data, journey.location_id, at)
        slots.refresh(session, subject, slot, at)
    return slot


def follow_journey(
    session: Session, subject: Subject, *, journey: TruckJourney, at: datetime
) -> Schedule | None:
    """Bring the slot, the assets and the promised stock of a journey in line with its stage.

    For our own services, after each change of the stage. A slot that had begun when its journey
    was called off ends as completed: the time was taken.
    """
    stage = JourneyStage(journey.status)
    is_over = stage in JourneyStage.done() or stage is JourneyStage.CANCELLED
    with as_system(session):
        slot = slots.live_slot(session, subject, journey.id)
        if slot is not None:
            if stage is JourneyStage.CANCELLED and slot.status == ScheduleStatus.SCHEDULED:
                move(session, subject, SCHEDULE, slot, ScheduleEvent.CANCEL, at)
            if (stage in UNDER_WAY or is_over) and slot.status == ScheduleStatus.SCHEDULED:
                move(session, subject, SCHEDULE, slot, ScheduleEvent.START, at)
                session.flush()  # each step is one of its own
            if is_over and slot.status == ScheduleStatus.IN_PROGRESS:
                slots.end(session, subject, slot, at)
        if is_over:
            for given in session.scalars(slot_facts.assets_of(journey)).all():
                if stage is JourneyStage.CANCELLED:
                    bookings.withdraw(session, subject, given, at, "the journey was called off")
                else:
                    bookings.finish(session, subject, given, at)
            reservations.release_all(session, subject, journey, at)
        session.flush()
    return slot


def start(session: Session, subject: Subject, *, schedule_id: UUID, at: datetime) -> Schedule:
    """A slot begins; those of journeys and work orders begin with what they serve."""
    return _step(session, subject, schedule_id, ScheduleEvent.START, at)


def complete(session: Session, subject: Subject, *, schedule_id: UUID, at: datetime) -> Schedule:
    """A slot is over; as `start`."""
    return _step(session, subject, schedule_id, ScheduleEvent.COMPLETE, at)


def cancel(
    session: Session, subject: Subject, *, schedule_id: UUID, reason: str, at: datetime
) -> Schedule:
    """Call a slot off: its people and assets are free again. As `start`."""
    reason = checks.clean_text("reason", reason, 100)
    return _step(session, subject, schedule_id, ScheduleEvent.CANCEL, at, reason=reason)


def reschedule(
    session: Session,
    subject: Subject,
    *,
    schedule_id: UUID,
    start_at: datetime,
    end_at: datetime,
    at: datetime,
) -> Schedule:
    """Put a slot to another time: a new row takes over and the old one names it.

    A journey or a work order goes with its slot. What cannot be had at the new time refuses a
    meeting with `ResourceTaken`, and marks the slot of a journey.
    """
    require(subject, Resource.SCHEDULE, Action.UPDATE)
    old = rows.act_on(session, subject, Schedule, schedule_id, Resource.SCHEDULE, Action.UPDATE)
    if start_at < at:
        raise InvalidInput("start_at", "is over already")
    with as_system(session):
        data = _same(session, old, start_at, end_at)
        slots.times(start_at, end_at, rows.zone_of(session, subject, old.location_id))
        new_slot = new_id(at)
        move(session, subject, SCHEDULE, old, ScheduleEvent.RESCHEDULE, at, replaced_by=new_slot)
        old.replaced_by_id = new_slot
        session.flush()
        slot = slots.add(session, subject, data, old.location_id, at, slot_id=new_slot)
        if old.journey_id is not None:
            _redate(session, subject, slot, at)
        if old.maintenance_id is not None:
            order = rows.get(session, subject, EquipmentMaintenance, old.maintenance_id)
            order.scheduled_on = slot.scheduled_on
        slots.refresh(session, subject, slot, at)
    return slot


def accept_conflicts(
    session: Session, subject: Subject, *, schedule_id: UUID, reason: str, at: datetime
) -> Schedule:
    """Take the soft conflicts of a slot as they are, for a reason; hard ones must be resolved."""
    require(subject, Resource.SCHEDULE, Action.UPDATE)
    slot = rows.act_on(session, subject, Schedule, schedule_id, Resource.SCHEDULE, Action.UPDATE)
    reason = checks.clean_text("reason", reason, 200)
    standing = slots.refresh(session, subject, slot, at)
    soft = {each.kind for each in standing if each.kind.severity is Severity.SOFT}
    if not soft:
        raise InvalidInput("schedule_id", "no soft conflict stands against it")
    slot.accepted_conflicts = sorted({*slot.accepted_conflicts, *soft})
    audit.record(
        session,
        subject,
        "ACCEPT_CONFLICT",
        Resource.SCHEDULE,
        slot.id,
        at,
        slot.location_id,
        details={"kinds": sorted(soft), "reason": reason},
    )
    session.flush()
    slots.refresh(session, subject, slot, at)
    return slot


def conflicts_of(
    session: Session, subject: Subject, *, schedule_id: UUID, at: datetime
) -> list[Conflict]:
    """What stands against a slot now; the slot is marked accordingly."""
    require(subject, Resource.SCHEDULE, Action.READ)
    slot = rows.get_for_effect(session, subject, Schedule, schedule_id)
    return slots.refresh(session, subject, slot, at)


def look_ahead(session: Session, subject: Subject, *, as_of: datetime) -> list[Schedule]:
    """Hold the journeys of the next day against the rules; returns the slots with a conflict.

    Daily, as the system: by then a crew ought to stand. A second run says the same.
    """
    require(subject, Resource.SCHEDULE, Action.UPDATE)
    query = (
        select(Schedule.journey_id)
        .where(Schedule.client_id == subject.client_id)
        .where(Schedule.status == ScheduleStatus.SCHEDULED.value)
        .where(Schedule.journey_id.is_not(None))
        .where(Schedule.start_at >= as_of, Schedule.start_at <= as_of + slot_facts.CLOSE)
    )
    near = [each for each in session.scalars(query) if each is not None]
    return slots.refresh_of_journeys(session, subject, near, as_of)


def _step(
    session: Session,
    subject: Subject,
    schedule_id: UUID,
    event: ScheduleEvent,
    at: datetime,
    **details: str,
) -> Schedule:
    action = Action.DELETE if event is ScheduleEvent.CANCEL else Action.UPDATE
    require(subject, Resource.SCHEDULE, action)
    slot = rows.act_on(session, subject, Schedule, schedule_id, Resource.SCHEDULE, action)
    if slot.journey_id is not None or slot.maintenance_id is not None:
        served = "journey" if slot.journey_id is not None else "work order"
        status = ScheduleStatus(slot.status)
        raise TransitionRefused(SCHEDULE.name, status, event, f"it follows its {served}")
    with as_system(session):
        if event is ScheduleEvent.COMPLETE:
            slots.end(session, subject, slot, at)
        else:
            move(session, subject, SCHEDULE, slot, event, at, **details)
        session.flush()
    return slot


def _same(session: Session, old: Schedule, start_at: datetime, end_at: datetime) -> SlotData:
    """What a slot is, at another time."""
    taken = session.scalars(
        select(ScheduleResource).where(
            ScheduleResource.client_id == old.client_id,
            ScheduleResource.schedule_id == old.id,
            ScheduleResource.is_released.is_(False),
        )
    ).all()
    return SlotData(
        ScheduleType(old.schedule_type),
        old.title,
        start_at,
        end_at,
        tuple(each.user_id for each in taken if each.user_id is not None),
        tuple(each.equipment_id for each in taken if each.equipment_id is not None),
        SchedulePriority(old.priority),
        old.description,
        old.journey_id,
        old.maintenance_id,
    )


def _redate(session: Session, subject: Subject, slot: Schedule, at: datetime) -> None:
    """A journey's plan, crew and assets go with its slot; who cannot is taken off."""
    assert slot.journey_id is not None
    journey = rows.get(session, subject, TruckJourney, slot.journey_id)
    shift = slot.start_at - journey.planned_start_at
    for given in session.scalars(slot_facts.assets_of(journey)).all():
        bookings.withdraw(session, subject, given, at, "the journey goes at another time")
    for member in session.scalars(slot_facts.crew_of(journey)).all():
        _move_member(session, subject, member, slot, at)
    journey.service_on = slot.scheduled_on
    journey.planned_start_at, journey.planned_end_at = slot.start_at, slot.end_at
    journey.planned_start_local_at = slot.start_local_at
    for column in ("arrival_window_start_at", "arrival_window_end_at"):
        if (promised := getattr(journey, column)) is not None:
            setattr(journey, column, promised + shift)
    audit.record(
        session,
        subject,
        "REDATE",
        Resource.JOURNEY,
        journey.id,
        at,
        journey.location_id,
        details={"start_at": slot.start_at, "end_at": slot.end_at},
    )
    session.flush()


def _move_member(
    session: Session, subject: Subject, member: AssignedCrew, slot: Schedule, at: datetime
) -> None:
    span = Span(slot.start_at, slot.end_at)
    own = frozenset({member.id})
    ids = [member.user_id]
    taken = slot_facts.booked_of(session, subject, ids, span, own)[member.user_id]
    taken += slot_facts.away_of(session, subject, ids, span)[member.user_id]
    before = member.status
    if any(span.overlaps(each) for each in taken):
        member.status = CrewStatus.CANCELLED.value
    else:
        member.planned_start_at, member.planned_end_at = span
    audit.record(
        session,
        subject,
        "RESCHEDULE",
        Resource.CREW,
        member.id,
        at,
        member.location_id,
        details={"from": before, "to": member.status, "start_at": span.start_at},
    )
    session.flush()
