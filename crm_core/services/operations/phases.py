"""The crew works through the phases of a journey; the stage follows, and evidence is required.

The office that reports for a crew does so in `operations.journeys`; items are ticked in
`checklists`.
"""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import JourneyStage, PhaseStatus
from crm_core.errors import InvalidInput
from crm_core.models import JourneyPhase
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
)
from crm_core.services import checks
from crm_core.services.machines.machine import TransitionRefused, next_state
from crm_core.services.machines.operations import PHASE, PhaseEvent
from crm_core.services.operations import journey_stage
from crm_core.services.operations.journey_log import Position
from crm_core.services.operations.journey_progress import Act, asked_of, end_phase, phases_of, reach
from crm_core.services.operations.journey_reach import is_in_the_field, journey_to_work_on
from crm_core.services.operations.phase_rules import (
    AT_AN_ADDRESS,
    COMPLETION,
    CREATION,
    DELIVERY,
    PREPARATION,
    TRANSPORT,
)


def start(
    session: Session, subject: Subject, *, journey_id: UUID, phase_number: int, at: datetime
) -> JourneyPhase:
    """Begin the preparation in the morning; every later phase begins when the one before ends."""
    act, phase = _phase_to_work_on(session, subject, journey_id, phase_number, at)
    next_state(PHASE, PhaseStatus(phase.status), PhaseEvent.START)
    if phase_number != PREPARATION or act.journey.status != JourneyStage.SCHEDULED:
        _refuse(phase, PhaseEvent.START, "it begins when the phase before it ends")
    with as_system(session):
        journey_stage.make_ready(act)
    return phase


def complete(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    phase_number: int,
    at: datetime,
    position: Position | None = None,
) -> JourneyPhase:
    """End the phase that the journey is in, and begin the next.

    Raises `EvidenceMissing` while required items or media are open, whoever asks. Ending the
    preparation lets the truck leave, which needs its position; ending the last ends the journey.
    """
    act, phase = _phase_to_work_on(session, subject, journey_id, phase_number, at)
    next_state(PHASE, PhaseStatus(phase.status), PhaseEvent.COMPLETE)
    stage = act.journey.status
    if phase_number in AT_AN_ADDRESS and stage != JourneyStage.ONSITE:
        _refuse(phase, PhaseEvent.COMPLETE, "the truck has not arrived at the address")
    with as_system(session):
        if phase_number == CREATION:
            end_phase(act, phase, asked_of(session, act.journey))
            act.journey.current_phase = PREPARATION
        elif phase_number < TRANSPORT:
            journey_stage.leave(act, position)
        elif phase_number == TRANSPORT:
            reach(act, DELIVERY)
        elif phase_number == DELIVERY:
            reach(act, COMPLETION)
        else:
            journey_stage.finish(act)
        session.flush()
    return phase


def _phase_to_work_on(
    session: Session, subject: Subject, journey_id: UUID, phase_number: int, at: datetime
) -> tuple[Act, JourneyPhase]:
    require(subject, Resource.JOURNEY_STEP, Action.UPDATE)
    checks.instant("at", at)
    journey = journey_to_work_on(session, subject, journey_id)
    with as_system(session):
        phases = {phase.phase_number: phase for phase in phases_of(session, journey)}
    if phase_number not in phases:
        raise InvalidInput("phase_number", f"the journey has no phase {phase_number}")
    phase = phases[phase_number]
    roles = phase.responsible_roles
    if is_in_the_field(subject) and roles and subject.role.value not in roles:
        raise ActionRefused(f"{phase.phase_name} is for {', '.join(roles)}, not {subject.role}")
    return Act(session, subject, journey, at), phase


def _refuse(phase: JourneyPhase, event: PhaseEvent, reason: str) -> NoReturn:
    raise TransitionRefused(PHASE.name, PhaseStatus(phase.status), event, reason)
