"""What moves the stage of a journey: make ready, leave, arrive, finish; its phases go with it.

One engine for both doors: `journeys` (the stage is reported) and `phases` (the crew works through
the phases). For our own services, inside `as_system`, with the journey locked.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from crm_core.enums import AssignmentStatus, EntryType, JourneyStage
from crm_core.models import EquipmentAssignment, JourneyEntry, Media
from crm_core.services import rows
from crm_core.services.machines.machine import TransitionRefused, next_state
from crm_core.services.machines.operations import JOURNEY, JourneyEvent
from crm_core.services.moves import move
from crm_core.services.operations import crew_moves, journey_log
from crm_core.services.operations.journey_log import Position
from crm_core.services.operations.journey_progress import Act, end_step, phases_of, reach, steps_of
from crm_core.services.operations.journey_reach import standing_crew
from crm_core.services.operations.phase_rules import (
    COMPLETION,
    DELIVERY,
    PICKUP,
    PREPARATION,
    TRANSPORT,
    EvidenceMissing,
)
from crm_core.services.scheduling import schedules

FRESH = timedelta(minutes=15)
"""How old a position may be and still say where the truck is."""
ALL_OVER = COMPLETION + 1


def make_ready(act: Act) -> None:
    """The morning of the job: the crew prepares truck and equipment."""
    _check(act, JourneyEvent.PREPARE)
    lacking = _require(act, JourneyEvent.PREPARE, [*_without_crew(act), *_without_truck(act)])
    lacking += reach(act, PREPARATION)
    _move(act, JourneyEvent.PREPARE, lacking)


def leave(act: Act, position: Position | None = None) -> None:
    """The truck leaves the yard (which ends the preparation), or for the next address."""
    journey = act.journey
    if journey.status == JourneyStage.SCHEDULED:
        make_ready(act)
    _check(act, JourneyEvent.DEPART)
    lacking: list[str] = []
    if journey.started_at is None:
        gaps = [*_without_crew(act), *_without_truck(act), *_without_position(act, position)]
        lacking += _require(act, JourneyEvent.DEPART, gaps)
    lacking += reach(act, _next_leg(act))
    local_at = _local(act)
    if journey.started_at is None:
        journey.started_at, journey.started_local_at = act.at, local_at
    _move(act, JourneyEvent.DEPART, lacking)
    crew_moves.board(act)
    journey_log.note_position(act, JourneyEvent.DEPART, position)


def reach_address(act: Act, position: Position | None = None) -> None:
    """The truck is at an address; the first arrival is held against the window."""
    journey = act.journey
    _check(act, JourneyEvent.ARRIVE)
    lacking = reach(act, DELIVERY) if _phase_number(act) == TRANSPORT else []
    local_at = _local(act)
    if journey.arrived_at is None:
        journey.arrived_at, journey.arrived_local_at = act.at, local_at
    _move(act, JourneyEvent.ARRIVE, lacking)
    journey_log.note_position(act, JourneyEvent.ARRIVE, position)


def finish(act: Act) -> None:
    """The work is done: every phase and step still open ends with it, and the crew's day."""
    journey = act.journey
    _check(act, JourneyEvent.COMPLETE)
    lacking = _require(act, JourneyEvent.COMPLETE, [*_without_crew(act), *_without_media(act)])
    lacking += reach(act, ALL_OVER)
    local_at = _local(act)
    journey.completed_at, journey.completed_local_at = act.at, local_at
    journey.completed_on = local_at.date()
    if journey.started_at is not None:
        journey.actual_minutes = int((act.at - journey.started_at).total_seconds() // 60)
    _move(act, JourneyEvent.COMPLETE, lacking)
    for step in steps_of(act.session, journey)[-1:]:
        end_step(act, step)
    crew_moves.finish(act)


def _next_leg(act: Act) -> int:
    """The phase that a departure begins: to the pick-up, from it, or to one more stop."""
    journey, number = act.journey, _phase_number(act)
    if number == COMPLETION:
        stage = JourneyStage(journey.status)
        reason = "the work at the customer is over: complete the journey"
        raise TransitionRefused(JOURNEY.name, stage, JourneyEvent.DEPART, reason)
    if journey.arrived_at is None:
        return PICKUP
    return max(TRANSPORT, number)


def _phase_number(act: Act) -> int:
    """The phase that the journey is in; rows made in bulk have none and stay before the last."""
    if not phases_of(act.session, act.journey):
        return PREPARATION if act.journey.arrived_at is None else PICKUP
    return act.journey.current_phase


def _without_crew(act: Act) -> list[str]:
    return [] if standing_crew(act.session, act.journey) else ["crew"]


def _without_truck(act: Act) -> list[str]:
    journey = act.journey
    if journey.truck_number or journey.equipment_id:
        return []
    query = select(EquipmentAssignment.id).where(
        EquipmentAssignment.client_id == journey.client_id,
        EquipmentAssignment.journey_id == journey.id,
        EquipmentAssignment.status != AssignmentStatus.CANCELLED.value,
    )
    return [] if act.session.scalars(query).first() else ["truck"]


def _without_position(act: Act, position: Position | None) -> list[str]:
    if position is not None:
        return []
    query = select(JourneyEntry.id).where(
        JourneyEntry.client_id == act.journey.client_id,
        JourneyEntry.journey_id == act.journey.id,
        JourneyEntry.entry_type == EntryType.GPS.value,
        JourneyEntry.occurred_at >= act.at - FRESH,
    )
    return [] if act.session.scalars(query).first() else ["position"]


def _without_media(act: Act) -> list[str]:
    query = select(Media.id).where(
        Media.client_id == act.journey.client_id, Media.journey_id == act.journey.id
    )
    return [] if act.session.scalars(query).first() else ["photo or signature"]


def _require(act: Act, event: JourneyEvent, lacking: list[str]) -> list[str]:
    """Refuses the crew what is lacking; the office reports without it, and the audit says so."""
    if lacking and not act.for_crew:
        stage = JourneyStage(act.journey.status)
        reason = f"{', '.join(lacking)} missing"
        raise EvidenceMissing(JOURNEY.name, stage, event, reason)
    return lacking


def _check(act: Act, event: JourneyEvent) -> None:
    """Refuses what the stage does not allow, before anything is touched."""
    next_state(JOURNEY, JourneyStage(act.journey.status), event)


def _move(act: Act, event: JourneyEvent, lacking: list[str]) -> None:
    details: dict[str, Any] = {"reported_for_crew": True} if act.for_crew else {}
    if lacking:
        details["missing"] = lacking
    move(act.session, act.subject, JOURNEY, act.journey, event, act.at, **details)
    act.session.flush()
    schedules.follow_journey(act.session, act.subject, journey=act.journey, at=act.at)


def _local(act: Act) -> datetime:
    return rows.local_at(act.session, act.subject, act.journey.location_id, act.at)
