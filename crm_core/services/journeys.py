"""Truck journeys: an accepted quote becomes work, which departs, arrives, ends and is audited.

Billing the work is `services.invoices`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NoReturn
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system
from crm_core.enums import (
    DataSource,
    JourneyStage,
    LocationStatus,
    QuoteStatus,
    StepStatus,
    UserRole,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import JourneyStep, Location, Quote, TruckJourney
from crm_core.money import allocate
from crm_core.security import audit
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
)
from crm_core.services import checks, rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.operations import JOURNEY, STEP, JourneyEvent, StepEvent
from crm_core.services.machines.sales import QUOTE, QuoteEvent
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number

STEPS = ("Ready to Go", "Points A", "New Location", "Back to Dispatcher")
FIRST_HOUR = time(8)
DEFAULT_MINUTES = 240
"""Planned length of a job whose quote has no estimate: a one-bedroom move."""
ARRIVAL_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class JourneyPlan:
    """One truck-day of a quote; `weight` is its share of the quoted amount."""

    planned_start_at: datetime
    planned_end_at: datetime
    arrival_window_end_at: datetime | None = None
    weight: Decimal = Decimal(1)
    crew_size: int | None = None
    truck_count: int | None = None
    truck_number: str | None = None
    distance_km: Decimal | None = None
    estimated_cost_amount: Decimal = Decimal(0)
    owner_id: UUID | None = None
    external_id: str | None = None


def convert(
    session: Session,
    subject: Subject,
    *,
    quote_id: UUID,
    at: datetime,
    plans: Sequence[JourneyPlan] | None = None,
    imported: bool = False,
) -> list[TruckJourney]:
    """Plan the journeys of an accepted quote, by default one on its move date at eight.

    The quoted amount before tax is split by the weights, to the cent. A second call is refused.
    """
    require(subject, Resource.JOURNEY, Action.CREATE)
    checks.instant("at", at)
    quote = rows.get_for_effect(session, subject, Quote, quote_id)
    if quote.location_id is None:
        _refuse_conversion(quote, "it belongs to no branch")
    location = rows.get(session, subject, Location, quote.location_id, lock=False)
    if location.status != LocationStatus.ACTIVE and not imported:
        _refuse_conversion(quote, f"branch {location.code} is {location.status}")
    today = clock.local_date(at, location.timezone)
    plans = plans or [_plan_of(quote, location.timezone)]
    service_days = [clock.local_date(plan.planned_start_at, location.timezone) for plan in plans]
    if min(service_days) < today and not imported:
        raise InvalidInput("planned_start_at", f"{min(service_days)} is over at {location.code}")
    with as_system(session):
        move(session, subject, QUOTE, quote, QuoteEvent.CONVERT, at)
        quote.converted_at = at
        first = _last_sequence(session, quote) + 1
    net = quote.subtotal_amount - quote.discount_amount
    shares = allocate(net, [plan.weight for plan in plans])
    journeys = []
    planned = zip(plans, shares, service_days, strict=True)
    for sequence, (plan, share, service_on) in enumerate(planned, first):
        number = next_number(session, subject, NumberKind.JOURNEY, today)
        journey = _journey(quote, plan, share, sequence, service_on, number, at)
        session.add(journey)
        session.flush()
        with as_system(session):
            session.add_all(_steps(journey, at))
        audit.record(
            session,
            subject,
            "CREATE",
            Resource.JOURNEY,
            journey.id,
            at,
            journey.location_id,
            details={"quote_id": quote.id, "quoted_amount": share, "imported": imported},
        )
        journeys.append(journey)
    session.flush()
    return journeys


def depart(session: Session, subject: Subject, *, journey_id: UUID, at: datetime) -> TruckJourney:
    """The truck leaves: from the yard (which ends its preparation), or for the next address."""
    require(subject, Resource.JOURNEY_STEP, Action.UPDATE)
    if subject.role is UserRole.MOVER:
        raise ActionRefused("MOVER may not let a journey depart: its driver or dispatcher does")
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.JOURNEY_STEP, Action.UPDATE
    )
    with as_system(session):
        if journey.status == JourneyStage.SCHEDULED:
            _move(session, subject, journey, JourneyEvent.PREPARE, at)
            _work_up_to(session, subject, journey, 1, at)
        _move(session, subject, journey, JourneyEvent.DEPART, at)
        journey.started_at = journey.started_at or at
        _work_up_to(session, subject, journey, 3 if journey.arrived_at else 2, at)
        session.flush()
    return journey


def arrive(session: Session, subject: Subject, *, journey_id: UUID, at: datetime) -> TruckJourney:
    """The truck is at an address; the first arrival is held against the window."""
    require(subject, Resource.JOURNEY_STEP, Action.UPDATE)
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.JOURNEY_STEP, Action.UPDATE
    )
    with as_system(session):
        _move(session, subject, journey, JourneyEvent.ARRIVE, at)
        journey.arrived_at = journey.arrived_at or at
        session.flush()
    return journey


def complete(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    at: datetime,
    actual_cost_amount: Decimal | None = None,
) -> TruckJourney:
    """The work is done: every step still open ends with it."""
    require(subject, Resource.JOURNEY_STEP, Action.UPDATE)
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.JOURNEY_STEP, Action.UPDATE
    )
    with as_system(session):
        if journey.started_at is not None and at < journey.started_at:
            raise InvalidInput(
                "at", f"the journey started later, at {journey.started_at.isoformat()}"
            )
        if actual_cost_amount is not None:
            journey.actual_cost_amount = checks.money("actual_cost_amount", actual_cost_amount)
        today = rows.day_at(session, subject, journey.location_id, at)
        _move(session, subject, journey, JourneyEvent.COMPLETE, at)
        journey.completed_at, journey.completed_on = at, today
        _work_up_to(session, subject, journey, len(STEPS), at)
        _end_step(session, subject, _steps_of(session, journey)[-1], at)
        session.flush()
    return journey


def audit_journey(
    session: Session, subject: Subject, *, journey_id: UUID, at: datetime
) -> TruckJourney:
    """Someone who may approve steps has looked at the finished job."""
    require(subject, Resource.JOURNEY_STEP, Action.APPROVE)
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.JOURNEY_STEP, Action.APPROVE
    )
    with as_system(session):
        _move(session, subject, journey, JourneyEvent.AUDIT, at)
        last = _steps_of(session, journey)[-1]
        _move_step(session, subject, last, StepEvent.APPROVE, at)
        last.approved_by_id, last.approved_at = subject.user_id, at
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
    """Call off a journey; `is_redated` gives the quote back for another date.

    Without it the quote stays converted and the lead won: a cancelled job is not a lost lead.
    """
    require(subject, Resource.JOURNEY, Action.DELETE)
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.JOURNEY, Action.DELETE
    )
    with as_system(session):
        reason = checks.clean_text("reason", reason, 100)
        today = rows.day_at(session, subject, journey.location_id, at)
        _move(session, subject, journey, JourneyEvent.CANCEL, at, reason=reason)
        journey.cancelled_at, journey.cancelled_on = at, today
        journey.cancellation_reason = reason
        for step in _steps_of(session, journey):
            _move_step(session, subject, step, StepEvent.CANCEL, at)
        session.flush()
        if is_redated and journey.quote_id is not None:
            _give_back(session, subject, journey.quote_id, at)
    return journey


def _plan_of(quote: Quote, timezone: str) -> JourneyPlan:
    if quote.move_on is None:
        raise InvalidInput("move_on", f"quote {quote.quote_number} has no move date")
    start = clock.instant_of(datetime.combine(quote.move_on, FIRST_HOUR), timezone)
    minutes = quote.estimated_minutes or DEFAULT_MINUTES
    return JourneyPlan(start, start + timedelta(minutes=minutes), start + ARRIVAL_WINDOW)


def _journey(
    quote: Quote,
    plan: JourneyPlan,
    share: Decimal,
    sequence: int,
    service_on: date,
    number: str,
    at: datetime,
) -> TruckJourney:
    if plan.planned_end_at <= plan.planned_start_at:
        raise InvalidInput("planned_end_at", "must be after planned_start_at")
    return TruckJourney(
        client_id=quote.client_id,
        id=new_id(at),
        location_id=quote.location_id,
        owner_id=plan.owner_id or quote.owner_id,
        customer_id=quote.customer_id,
        quote_id=quote.id,
        sequence=sequence,
        journey_number=number,
        # Without the customer's name: titles outlive an erasure.
        title=f"{quote.service_type} {quote.quote_number}",
        status=JourneyStage.SCHEDULED.value,
        service_type=quote.service_type,
        move_size=quote.move_size,
        service_on=service_on,
        planned_start_at=plan.planned_start_at,
        planned_end_at=plan.planned_end_at,
        arrival_window_end_at=plan.arrival_window_end_at,
        crew_size=checks.count("crew_size", plan.crew_size or quote.crew_size or 2),
        truck_count=checks.count("truck_count", plan.truck_count or quote.truck_count or 1),
        truck_number=checks.optional_text("truck_number", plan.truck_number, 20),
        distance_km=plan.distance_km,
        origin_province=quote.origin_province,
        destination_province=quote.destination_province,
        quoted_amount=share,
        estimated_cost_amount=checks.money("estimated_cost_amount", plan.estimated_cost_amount),
        currency=quote.currency,
        data_source=quote.data_source if plan.external_id else DataSource.MANUAL.value,
        external_id=plan.external_id,
    )


def _steps(journey: TruckJourney, at: datetime) -> list[JourneyStep]:
    return [
        JourneyStep(
            client_id=journey.client_id,
            id=new_id(at),
            location_id=journey.location_id,
            owner_id=journey.owner_id,
            journey_id=journey.id,
            step_number=number,
            title=title,
            status=StepStatus.PENDING.value,
        )
        for number, title in enumerate(STEPS, 1)
    ]


def _steps_of(session: Session, journey: TruckJourney) -> list[JourneyStep]:
    query = select(JourneyStep).where(
        JourneyStep.client_id == journey.client_id, JourneyStep.journey_id == journey.id
    )
    return list(session.scalars(query.order_by(JourneyStep.step_number)))


def _work_up_to(
    session: Session, subject: Subject, journey: TruckJourney, number: int, at: datetime
) -> None:
    """Start step `number`, and end every step before it that is still open."""
    steps = _steps_of(session, journey)
    for step in steps[: number - 1]:
        _end_step(session, subject, step, at)
    if steps[number - 1].status == StepStatus.PENDING:
        _start_step(session, subject, steps[number - 1], at)


def _start_step(session: Session, subject: Subject, step: JourneyStep, at: datetime) -> None:
    _move_step(session, subject, step, StepEvent.START, at)
    step.started_at = at


def _end_step(session: Session, subject: Subject, step: JourneyStep, at: datetime) -> None:
    if step.status == StepStatus.PENDING:
        _start_step(session, subject, step, at)
    if step.status == StepStatus.IN_PROGRESS:
        _move_step(session, subject, step, StepEvent.COMPLETE, at)
        step.ended_at = at
        if step.started_at is not None:
            step.duration_minutes = int((at - step.started_at).total_seconds() // 60)


def _last_sequence(session: Session, quote: Quote) -> int:
    query = select(func.max(TruckJourney.sequence)).where(
        TruckJourney.client_id == quote.client_id, TruckJourney.quote_id == quote.id
    )
    return session.execute(query).scalar_one() or 0


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


def _refuse_conversion(quote: Quote, reason: str) -> NoReturn:
    raise TransitionRefused(QUOTE.name, QuoteStatus(quote.status), QuoteEvent.CONVERT, reason)


def _move(
    session: Session,
    subject: Subject,
    journey: TruckJourney,
    event: JourneyEvent,
    at: datetime,
    **details: str,
) -> None:
    move(session, subject, JOURNEY, journey, event, at, **details)


def _move_step(
    session: Session, subject: Subject, step: JourneyStep, event: StepEvent, at: datetime
) -> None:
    move(session, subject, STEP, step, event, at)
