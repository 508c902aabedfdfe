"""The four steps of a journey as people judge them: approved, sent back, taken up again.

They begin and end with the phases, in `operations.journey_progress`.
"""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import PhaseStatus, StepStatus
from crm_core.errors import InvalidInput
from crm_core.models import JourneyStep, JourneyStepPermission
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
)
from crm_core.services import checks
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.operations import STEP, StepEvent
from crm_core.services.moves import move
from crm_core.services.operations import journey_progress
from crm_core.services.operations.journey_progress import Act, phases_of, steps_of
from crm_core.services.operations.journey_reach import is_on_crew, journey_to_work_on
from crm_core.services.operations.phase_rules import STEP_OF_PHASE


def start(
    session: Session, subject: Subject, *, journey_id: UUID, step_number: int, at: datetime
) -> JourneyStep:
    """Take up a step that was sent back, or one of a journey without phases."""
    act, step = _step_to_work_on(session, subject, journey_id, step_number, Action.UPDATE, at)
    with as_system(session):
        gap = journey_progress.step_gap(act, steps_of(session, act.journey), step_number)
        if gap is not None:
            _refuse(step, StepEvent.START, gap)
        journey_progress.start_step(act, step)
    return step


def complete(
    session: Session, subject: Subject, *, journey_id: UUID, step_number: int, at: datetime
) -> JourneyStep:
    """The step is done, with all phases that it stands for."""
    act, step = _step_to_work_on(session, subject, journey_id, step_number, Action.UPDATE, at)
    with as_system(session):
        undone = [
            phase.phase_name
            for phase in phases_of(session, act.journey)
            if STEP_OF_PHASE[phase.phase_number] == step_number
            and phase.status != PhaseStatus.COMPLETED
        ]
        if undone:
            _refuse(step, StepEvent.COMPLETE, f"{', '.join(undone)} not completed")
        if step.status != StepStatus.IN_PROGRESS:
            _refuse(step, StepEvent.COMPLETE)
        journey_progress.end_step(act, step)
    return step


def approve(
    session: Session, subject: Subject, *, journey_id: UUID, step_number: int, at: datetime
) -> JourneyStep:
    """Somebody who was not on the crew has looked at the step."""
    act, step = _step_to_work_on(session, subject, journey_id, step_number, Action.APPROVE, at)
    _require_judge(act, step_number)
    with as_system(session):
        _approve(act, step)
    return step


def reject(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    step_number: int,
    reason: str,
    at: datetime,
) -> JourneyStep:
    """Send a step back to the crew."""
    act, step = _step_to_work_on(session, subject, journey_id, step_number, Action.APPROVE, at)
    _require_judge(act, step_number)
    reason = checks.clean_text("reason", reason, 100)
    with as_system(session):
        move(session, subject, STEP, step, StepEvent.REJECT, at, reason=reason)
        step.rejection_reason = reason
        session.flush()
    return step


def approve_last(act: Act) -> None:
    """The audit of a journey approves its last step, unless somebody did; inside `as_system`."""
    for step in steps_of(act.session, act.journey)[-1:]:
        if step.status == StepStatus.COMPLETED:
            _require_judge(act, step.step_number)
            _approve(act, step)


def _approve(act: Act, step: JourneyStep) -> None:
    move(act.session, act.subject, STEP, step, StepEvent.APPROVE, act.at)
    step.approved_by_id, step.approved_at = act.subject.user_id, act.at
    act.session.flush()


def _step_to_work_on(
    session: Session,
    subject: Subject,
    journey_id: UUID,
    step_number: int,
    action: Action,
    at: datetime,
) -> tuple[Act, JourneyStep]:
    require(subject, Resource.JOURNEY_STEP, action)
    journey = journey_to_work_on(session, subject, journey_id, action)
    checks.count("step_number", step_number)
    with as_system(session):
        for step in steps_of(session, journey):
            if step.step_number == step_number:
                return Act(session, subject, journey, at), step
    raise InvalidInput("step_number", f"the journey has no step {step_number}")


def _require_judge(act: Act, step_number: int) -> None:
    """Refuses a role that the tenant does not let approve this step, and the crew itself."""
    query = select(JourneyStepPermission.can_approve).where(
        JourneyStepPermission.client_id == act.subject.client_id,
        JourneyStepPermission.role == act.subject.role.value,
        JourneyStepPermission.step_number == step_number,
    )
    with as_system(act.session):
        is_allowed = act.session.scalars(query).one_or_none()
    if is_allowed is False and not act.subject.is_system:
        raise ActionRefused(f"{act.subject.role} may not approve step {step_number} here")
    if is_on_crew(act.session, act.subject, act.journey):
        raise ActionRefused("the crew may not approve its own work: ask somebody who was not there")


def _refuse(step: JourneyStep, event: StepEvent, reason: str = "") -> NoReturn:
    raise TransitionRefused(STEP.name, StepStatus(step.status), event, reason)
