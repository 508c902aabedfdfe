"""Truck journeys: planned from an accepted quote, they depart, arrive, end and are audited.

Here the stage is reported as a whole, by the crew or by the office for it; crews that work through
the phases do so in `operations.phases`. Billing the work is `finance.invoices`.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import InvoiceStatus, JourneyStage, StepStatus, UserRole
from crm_core.errors import InvalidInput
from crm_core.models import Invoice, Quote, TruckJourney
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
)
from crm_core.services import checks, rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.operations import JOURNEY, JourneyEvent
from crm_core.services.machines.sales import QUOTE, QuoteEvent
from crm_core.services.moves import move
from crm_core.services.operations import crew_moves, journey_progress, journey_stage, review_rules
from crm_core.services.operations.journey_log import Position
from crm_core.services.operations.journey_plan import (
    ARRIVAL_WINDOW,
    DEFAULT_MINUTES,
    FIRST_HOUR,
    STEPS,
    JourneyPlan,
    add_journey,
    convert,
)
from crm_core.services.operations.journey_progress import Act
from crm_core.services.operations.journey_reach import is_in_the_field, journey_to_work_on
from crm_core.services.operations.journey_steps import approve_last
from crm_core.services.scheduling import schedules

__all__ = [
    "ARRIVAL_WINDOW", "DEFAULT_MINUTES", "FIRST_HOUR", "STEPS", "JourneyPlan", "add_journey",
    "arrive", "audit_journey", "cancel", "complete", "convert", "depart", "prepare",
]  # fmt: skip


def prepare(session: Session, subject: Subject, *, journey_id: UUID, at: datetime) -> TruckJourney:
    """The morning of the job begins; needs crew and truck, unless the office reports it."""
    act = _act(session, subject, journey_id, at)
    with as_system(session):
        journey_stage.make_ready(act)
    return act.journey


def depart(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    at: datetime,
    position: Position | None = None,
) -> TruckJourney:
    """The truck leaves: from the yard (which ends its preparation), or for the next address.

    The crew needs a position, and all that the phases before ask for; raises `EvidenceMissing`.
    Reported by the office it needs neither, and the audit says what was missing.
    """
    if subject.role is UserRole.MOVER:
        raise ActionRefused("MOVER may not let a journey depart: its driver or dispatcher does")
    act = _act(session, subject, journey_id, at)
    with as_system(session):
        journey_stage.leave(act, position)
    return act.journey


def arrive(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    at: datetime,
    position: Position | None = None,
) -> TruckJourney:
    """The truck is at an address; the first arrival is held against the window."""
    act = _act(session, subject, journey_id, at)
    with as_system(session):
        journey_stage.reach_address(act, position)
    return act.journey


def complete(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    at: datetime,
    actual_cost_amount: Decimal | None = None,
) -> TruckJourney:
    """The work is done: every phase and step still open ends with it.

    Evidence as in `depart`. `actual_cost_amount` is an estimate until the lines of the job are
    costed (`operations.job_costs`).
    """
    act = _act(session, subject, journey_id, at)
    started_at = act.journey.started_at
    if started_at is not None and at < started_at:
        raise InvalidInput("at", f"the journey started later, at {started_at.isoformat()}")
    with as_system(session):
        if actual_cost_amount is not None:
            amount = checks.money("actual_cost_amount", actual_cost_amount)
            act.journey.actual_cost_amount = amount
        journey_stage.finish(act)
    return act.journey


def audit_journey(
    session: Session, subject: Subject, *, journey_id: UUID, at: datetime
) -> TruckJourney:
    """Someone who may approve steps closes the finished job.

    Needs a completed review without open critical findings, an approved last step (given here if
    nobody did) and no overdue invoice; the platform itself, as in an import, needs no review.
    """
    require(subject, Resource.JOURNEY_STEP, Action.APPROVE)
    journey = journey_to_work_on(session, subject, journey_id, Action.APPROVE)
    act = Act(session, subject, journey, at)
    with as_system(session):
        reason = None if subject.is_system else _not_auditable(session, journey)
        if reason is not None and journey.status == JourneyStage.COMPLETED:
            stage = JourneyStage(journey.status)
            raise TransitionRefused(JOURNEY.name, stage, JourneyEvent.AUDIT, reason)
        move(session, subject, JOURNEY, journey, JourneyEvent.AUDIT, at)
        approve_last(act)
        session.flush()
    return journey


def cancel(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    reason: str,
    at: datetime,
    is_redated: bool = False,
) -> TruckJourney:
    """Call off a journey, and release its people; `is_redated` gives the quote back.

    Without it the quote stays converted and the lead won: a cancelled job is not a lost lead.
    """
    require(subject, Resource.JOURNEY, Action.DELETE)
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.JOURNEY, Action.DELETE
    )
    act = Act(session, subject, journey, at)
    with as_system(session):
        reason = checks.clean_text("reason", reason, 100)
        today = rows.day_at(session, subject, journey.location_id, at)
        move(session, subject, JOURNEY, journey, JourneyEvent.CANCEL, at, reason=reason)
        journey.cancelled_at, journey.cancelled_on = at, today
        journey.cancellation_reason = reason
        journey_progress.cancel_open(act)
        crew_moves.release(act, reason)
        session.flush()
        schedules.follow_journey(session, subject, journey=journey, at=at)
        if is_redated and journey.quote_id is not None:
            _give_back(session, subject, journey.quote_id, at)
    return journey


def _act(session: Session, subject: Subject, journey_id: UUID, at: datetime) -> Act:
    """The journey, locked, for who may work steps of it; the office reports for the crew."""
    require(subject, Resource.JOURNEY_STEP, Action.UPDATE)
    journey = journey_to_work_on(session, subject, journey_id)
    return Act(session, subject, journey, at, for_crew=not is_in_the_field(subject))


def _not_auditable(session: Session, journey: TruckJourney) -> str | None:
    """Why a finished journey cannot be audited yet."""
    query = select(Invoice.id).where(
        Invoice.client_id == journey.client_id,
        Invoice.journey_id == journey.id,
        Invoice.status == InvoiceStatus.OVERDUE.value,
    )
    if session.scalars(query).first() is not None:
        return "its invoice is overdue"
    steps = journey_progress.steps_of(session, journey)
    if steps and steps[-1].status not in (StepStatus.COMPLETED, StepStatus.APPROVED):
        return f"its last step is {steps[-1].status}"
    return review_rules.why_not_audited(session, journey)


def _give_back(session: Session, subject: Subject, quote_id: UUID, at: datetime) -> None:
    """Accepted again once its last journey is called off; those journeys give up their share."""
    query = select(TruckJourney).where(
        TruckJourney.client_id == subject.client_id, TruckJourney.quote_id == quote_id
    )
    journeys = list(session.scalars(query.order_by(TruckJourney.sequence).with_for_update()))
    if all(journey.status == JourneyStage.CANCELLED for journey in journeys):
        quote = rows.get(session, subject, Quote, quote_id)
        move(session, subject, QUOTE, quote, QuoteEvent.REDATE, at)
        for journey in journeys:
            journey.quoted_amount = Decimal(0)
        session.flush()
