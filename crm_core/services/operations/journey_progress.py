"""How the phases of a journey begin and end, and the steps that they roll up to.

The rules are in `phase_rules`; which stage goes with which phase is in `journey_stage`. All of it
is for our own services, inside `as_system`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import ChecklistStatus, PhaseName, PhaseStatus, StepStatus
from crm_core.models import (
    JourneyChecklistItem,
    JourneyMediaRequirement,
    JourneyPhase,
    JourneyStep,
    TruckJourney,
)
from crm_core.security.permissions import Action, Subject
from crm_core.services.machines.operations import (
    CHECKLIST_ITEM,
    PHASE,
    STEP,
    ItemEvent,
    PhaseEvent,
    StepEvent,
)
from crm_core.services.moves import move
from crm_core.services.operations import field_settings, phase_rules
from crm_core.services.operations.journey_reach import journey_to_work_on
from crm_core.services.operations.phase_rules import STEP_OF_PHASE, EvidenceMissing, Item, Medium

REPORTED = "reported by the office"
"""Why an item is skipped that nobody ticked before the office ended its phase."""
ENDED = frozenset({StepStatus.COMPLETED, StepStatus.APPROVED})


@dataclass(frozen=True)
class Act:
    """Who moves a journey, when, and whether the office reports it for the crew."""

    session: Session
    subject: Subject
    journey: TruckJourney
    at: datetime
    for_crew: bool = False


@dataclass(frozen=True)
class Asked:
    """What the phases of a journey ask for, by number of the phase."""

    items: dict[int, list[JourneyChecklistItem]]
    media: dict[int, list[JourneyMediaRequirement]]

    def missing(self, number: int) -> list[str]:
        """What keeps the phase from ending."""
        return phase_rules.missing(
            [as_item(row) for row in self.items[number]],
            [as_medium(row) for row in self.media[number]],
        )


def reach(act: Act, number: int) -> list[str]:
    """End every phase before this one and begin it (7 ends them all), with their steps.

    The crew is refused (`EvidenceMissing`) where something is missing; when the office reports for
    it, open items are skipped, and what was missing is returned. Rows made in bulk have no phases:
    then only the steps move.
    """
    phases, asked = phases_of(act.session, act.journey), asked_of(act.session, act.journey)
    lacking: list[str] = []
    for phase in phases[: number - 1]:
        lacking += end_phase(act, phase, asked)
    for phase in phases[number - 1 : number]:
        _begin(act, phase)
    act.journey.current_phase = min(number, len(PhaseName))
    if number > 1:
        lacking += _work_up_to(act, STEP_OF_PHASE.get(number, len(STEP_OF_PHASE)))
    return lacking


def end_phase(act: Act, phase: JourneyPhase, asked: Asked) -> list[str]:
    """Complete a phase that is not; returns what was missing, by key."""
    if phase.status == PhaseStatus.COMPLETED:
        return []
    lacking = asked.missing(phase.phase_number)
    if lacking and not act.for_crew:
        reason = f"{', '.join(lacking)} of {phase.phase_name} missing"
        raise EvidenceMissing(PHASE.name, PhaseStatus(phase.status), PhaseEvent.COMPLETE, reason)
    _begin(act, phase)
    for item in asked.items[phase.phase_number]:
        if item.is_required and item.status == ChecklistStatus.PENDING:
            move(act.session, act.subject, CHECKLIST_ITEM, item, ItemEvent.SKIP, act.at)
            item.skip_reason = REPORTED
    assert phase.started_at is not None
    move(act.session, act.subject, PHASE, phase, PhaseEvent.COMPLETE, act.at)
    phase.completed_at = max(act.at, phase.started_at)
    act.session.flush()
    return [f"{phase.phase_name}.{key}" for key in lacking]


def cancel_open(act: Act) -> None:
    """Call off the phases that are not over, and all steps."""
    for phase in phases_of(act.session, act.journey):
        if phase.status != PhaseStatus.COMPLETED:
            move(act.session, act.subject, PHASE, phase, PhaseEvent.CANCEL, act.at)
    for step in steps_of(act.session, act.journey):
        if step.status != StepStatus.CANCELLED:
            move(act.session, act.subject, STEP, step, StepEvent.CANCEL, act.at)
    act.session.flush()


def start_step(act: Act, step: JourneyStep) -> None:
    """Begin a step, or take it up again after it was sent back."""
    move(act.session, act.subject, STEP, step, StepEvent.START, act.at)
    step.started_at = step.started_at or act.at
    act.session.flush()


def end_step(act: Act, step: JourneyStep) -> None:
    """Complete a step that has begun or not; one that is over stays as it is."""
    if step.status == StepStatus.PENDING:
        start_step(act, step)
    if step.status == StepStatus.IN_PROGRESS:
        assert step.started_at is not None
        move(act.session, act.subject, STEP, step, StepEvent.COMPLETE, act.at)
        step.ended_at = max(act.at, step.started_at)
        step.duration_minutes = int((step.ended_at - step.started_at).total_seconds() // 60)
        act.session.flush()


def progress_of(session: Session, subject: Subject, *, journey_id: UUID) -> phase_rules.Progress:
    """How far a journey is; for whoever may work on it or read it."""
    journey = journey_to_work_on(session, subject, journey_id, Action.READ)
    with as_system(session):
        statuses = [PhaseStatus(phase.status) for phase in phases_of(session, journey)]
        asked = asked_of(session, journey)
    items = [as_item(row) for rows in asked.items.values() for row in rows]
    media = [as_medium(row) for rows in asked.media.values() for row in rows]
    return phase_rules.progress(statuses, items, media)


def phases_of(session: Session, journey: TruckJourney) -> list[JourneyPhase]:
    """The phases of a journey, in order; none for rows made in bulk without them."""
    query = select(JourneyPhase).where(
        JourneyPhase.client_id == journey.client_id, JourneyPhase.journey_id == journey.id
    )
    return list(session.scalars(query.order_by(JourneyPhase.phase_number)))


def asked_of(session: Session, journey: TruckJourney) -> Asked:
    """Checklist and media of every phase, in order."""
    items: dict[int, list[JourneyChecklistItem]] = defaultdict(list)
    media: dict[int, list[JourneyMediaRequirement]] = defaultdict(list)
    for item in session.scalars(
        select(JourneyChecklistItem)
        .where(
            JourneyChecklistItem.client_id == journey.client_id,
            JourneyChecklistItem.journey_id == journey.id,
        )
        .order_by(JourneyChecklistItem.sort_order)
    ):
        items[item.phase_number].append(item)
    for medium in session.scalars(
        select(JourneyMediaRequirement)
        .where(
            JourneyMediaRequirement.client_id == journey.client_id,
            JourneyMediaRequirement.journey_id == journey.id,
        )
        .order_by(JourneyMediaRequirement.sort_order)
    ):
        media[medium.phase_number].append(medium)
    return Asked(items, media)


def steps_of(session: Session, journey: TruckJourney) -> list[JourneyStep]:
    """The four steps, in order."""
    query = select(JourneyStep).where(
        JourneyStep.client_id == journey.client_id, JourneyStep.journey_id == journey.id
    )
    return list(session.scalars(query.order_by(JourneyStep.step_number)))


def as_item(row: JourneyChecklistItem) -> Item:
    return Item(row.item_key, ChecklistStatus(row.status), row.is_required)


def as_medium(row: JourneyMediaRequirement) -> Medium:
    return Medium(row.item_key, row.is_required, row.satisfied_by_media_id is not None)


def step_gap(act: Act, steps: Sequence[JourneyStep], number: int) -> str | None:
    """What keeps step `number` from beginning: the one before it is not over, or not approved."""
    if number == 1 or len(steps) < number:
        return None
    before = steps[number - 2]
    if before.status not in ENDED:
        return f"step {number - 1} is {before.status}"
    is_waiting = before.status != StepStatus.APPROVED
    if is_waiting and field_settings.load(act.session, act.subject).needs_step_approval:
        return f"step {number - 1} is not approved"
    return None


def _begin(act: Act, phase: JourneyPhase) -> None:
    if phase.status == PhaseStatus.PENDING:
        move(act.session, act.subject, PHASE, phase, PhaseEvent.START, act.at)
        phase.started_at = act.at
        act.session.flush()


def _work_up_to(act: Act, number: int) -> list[str]:
    """Start step `number`, and end every step before it that is still open."""
    steps = steps_of(act.session, act.journey)
    for step in steps[: number - 1]:
        end_step(act, step)
    if len(steps) < number or steps[number - 1].status != StepStatus.PENDING:
        return []
    gap = step_gap(act, steps, number)
    if gap and not act.for_crew:
        raise EvidenceMissing(STEP.name, StepStatus.PENDING, StepEvent.START, gap)
    start_step(act, steps[number - 1])
    return [gap] if gap else []
