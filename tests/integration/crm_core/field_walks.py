"""What may be done to a journey at random, and what must hold of it afterwards.

The walks themselves stand in `test_walks_operations.py`.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    ChecklistStatus,
    CrewStatus,
    JourneyStage,
    PhaseStatus,
)
from crm_core.models import (
    AssignedCrew,
    JourneyChecklistItem,
    JourneyPhase,
    JourneyStep,
    Occupancy,
    StatusEvent,
    TruckJourney,
)
from crm_core.services.machines.machine import Machine
from crm_core.services.machines.operations import (
    CHECKLIST_ITEM,
    CREW,
    PHASE,
    STEP,
)
from crm_core.services.operations import (
    journey_progress,
    journey_steps,
    journeys,
    phase_rules,
    phases,
    reviews,
)
from tests.integration.crm_core.field_flow import (
    HERE,
    hand_in,
    tick,
)
from tests.integration.crm_core.walks import Step

PARTS: dict[str, Machine[Any, Any]] = {
    "journey_phases": PHASE,
    "journey_steps": STEP,
    "journey_checklist_items": CHECKLIST_ITEM,
    "assigned_crew": CREW,
}
Act = Callable[[Step[Any]], object]


def of(name: str) -> Callable[[Step[Any]], Any]:
    """The journey that a row belongs to."""
    return lambda step: step.row.id if name == "self" else step.row.journey_id


def journey_acts(journey: Callable[[Step[Any]], Any]) -> dict[str, Act]:
    """Everything that can happen to a journey, whichever of its rows a walk follows."""

    def current(step: Step[Any]) -> int:
        with as_system(step.session):
            row = step.session.get_one(TruckJourney, (step.subject.client_id, journey(step)))
            return row.current_phase

    def ask(step: Step[Any], **more: Any) -> dict[str, Any]:
        return {"journey_id": journey(step), "at": step.at, **more}

    def evidence(step: Step[Any]) -> None:
        hand_in(step.session, step.subject, journey(step), current(step), step.at)
        tick(step.session, step.subject, journey(step), current(step), step.at)

    def work(step: Step[Any]) -> None:
        evidence(step)
        number = current(step)
        phases.complete(step.session, step.subject, **ask(step, phase_number=number, position=HERE))

    def review(step: Step[Any]) -> None:
        opened = reviews.open_review(step.session, step.subject, **ask(step))
        reviews.start(step.session, step.subject, review_id=opened.id, at=step.at)
        reviews.complete(
            step.session, step.subject, review_id=opened.id, quality_pct=Decimal(80), at=step.at
        )

    def judge(step: Step[Any]) -> None:
        number = step.data.draw(st.integers(1, 4))
        if step.data.draw(st.booleans()):
            journey_steps.approve(step.session, step.subject, **ask(step, step_number=number))
        else:
            journey_steps.reject(
                step.session, step.subject, **ask(step, step_number=number, reason="dirty")
            )

    def rework(step: Step[Any]) -> None:
        number = step.data.draw(st.integers(1, 4))
        act = journey_steps.start if step.data.draw(st.booleans()) else journey_steps.complete
        act(step.session, step.subject, **ask(step, step_number=number))

    return {
        "prepare": lambda s: journeys.prepare(s.session, s.subject, **ask(s)),
        "depart": lambda s: journeys.depart(s.session, s.subject, **ask(s)),
        "arrive": lambda s: journeys.arrive(s.session, s.subject, **ask(s)),
        "complete": lambda s: journeys.complete(s.session, s.subject, **ask(s)),
        "cancel": lambda s: journeys.cancel(s.session, s.subject, **ask(s, reason="rain")),
        "audit": lambda s: journeys.audit_journey(s.session, s.subject, **ask(s)),
        "start phase": lambda s: phases.start(s.session, s.subject, **ask(s, phase_number=2)),
        "complete phase": lambda s: phases.complete(
            s.session, s.subject, **ask(s, phase_number=current(s), position=HERE)
        ),
        "evidence": evidence,
        "work": work,
        "review": review,
        "judge": judge,
        "rework": rework,
    }


def check_journey(session: Session, journey_id: Any) -> None:
    """Stage, phases, evidence, crew and history of a journey agree."""
    with as_system(session):
        journey = session.scalars(
            select(TruckJourney)
            .where(TruckJourney.id == journey_id)
            .execution_options(populate_existing=True)
        ).one()
        rows = journey_progress.phases_of(session, journey)
        statuses = [PhaseStatus(row.status) for row in rows]
        assert JourneyStage(journey.status) in phase_rules.stages(statuses)
        assert journey.current_phase == phase_rules.first_open(statuses)
        asked = journey_progress.asked_of(session, journey)
        for row in rows:
            open_items = [
                item.item_key
                for item in asked.items[row.phase_number]
                if item.is_required and item.status == ChecklistStatus.PENDING
            ]
            assert row.status != PhaseStatus.COMPLETED or not open_items
        crew = session.scalars(select(AssignedCrew).where(AssignedCrew.journey_id == journey_id))
        _check_crew(session, journey, list(crew))
        parts = [journey_id]
        for model in (JourneyPhase, JourneyStep, JourneyChecklistItem, AssignedCrew):
            parts += session.scalars(select(model.id).where(model.journey_id == journey_id))
        for event in session.scalars(select(StatusEvent).where(StatusEvent.entity_id.in_(parts))):
            if event.from_status is not None and event.entity in PARTS:
                moves = PARTS[event.entity].moves
                pairs = {(str(a), str(b)) for (a, _), b in moves.items()}
                assert (event.from_status, event.to_status) in pairs, event.entity


def _check_crew(session: Session, journey: TruckJourney, crew: list[AssignedCrew]) -> None:
    standing = [row for row in crew if row.status in CrewStatus.standing()]
    taken = session.scalars(
        select(Occupancy.id).where(Occupancy.id.in_([row.id for row in crew]))
    ).all()
    assert set(taken) == {row.id for row in standing}
    if journey.status in (JourneyStage.CANCELLED, *JourneyStage.done()):
        ended = {CrewStatus.DECLINED, CrewStatus.CANCELLED, CrewStatus.COMPLETED}
        assert {CrewStatus(row.status) for row in crew} <= ended
