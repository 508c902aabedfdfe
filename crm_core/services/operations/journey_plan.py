"""An accepted quote becomes journeys: one per truck-day, with steps, phases and what they ask for.

What becomes of them is `operations.journeys`, through which these functions are called.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    PhaseName,
    PhaseStatus,
    QuoteStatus,
    StepStatus,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import JourneyStep, Location, Quote, TruckJourney
from crm_core.money import allocate
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.sales import QUOTE, QuoteEvent
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number
from crm_core.services.operations import phase_rules, phase_templates
from crm_core.services.operations.phase_templates import Template
from crm_core.services.scheduling import schedules

STEPS = ("Ready to Go", "Points A", "New Location", "Back to Dispatcher")
FIRST_HOUR = time(8)
DEFAULT_MINUTES = 240
"""Planned length of a job whose quote has no estimate: a one-bedroom move."""
LONGEST_DAY = 600
"""Minutes of work after which a job goes on the next day."""
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
    """Plan the journeys of an accepted quote, by default one per truck and day from its move date.

    The quoted amount before tax is split by the weights, to the cent. A second call is refused:
    `add_journey` plans one more.
    """
    require(subject, Resource.JOURNEY, Action.CREATE)
    checks.instant("at", at)
    quote = rows.get_for_effect(session, subject, Quote, quote_id)
    location = _branch_of(session, subject, quote, imported=imported)
    plans = plans or truck_days(quote, location.timezone)
    _check_days(plans, location, at, imported=imported)
    with as_system(session):
        move(session, subject, QUOTE, quote, QuoteEvent.CONVERT, at)
        quote.converted_at = at
        first = _last_sequence(session, quote) + 1
    net = quote.subtotal_amount - quote.discount_amount
    shares = allocate(net, [plan.weight for plan in plans])
    planned = _Planned(session, subject, quote, location, at, imported)
    journeys = [
        planned.add(plan, share, sequence)
        for sequence, (plan, share) in enumerate(zip(plans, shares, strict=True), first)
    ]
    session.flush()
    return journeys


def add_journey(
    session: Session,
    subject: Subject,
    *,
    quote_id: UUID,
    plan: JourneyPlan,
    sequence: int,
    at: datetime,
) -> TruckJourney:
    """One more journey of a converted quote; the same `sequence` again gives the first one.

    Its share is taken from the journeys not billed yet: with weight 1 the average of theirs.
    """
    require(subject, Resource.JOURNEY, Action.CREATE)
    checks.instant("at", at)
    quote = rows.get_for_effect(session, subject, Quote, quote_id)
    if quote.status != QuoteStatus.CONVERTED:
        _refuse(quote, "convert it first")
    location = _branch_of(session, subject, quote, imported=False)
    with as_system(session):
        siblings = _journeys_of(session, quote)
        for sibling in siblings:
            if sibling.sequence == sequence:
                return sibling
        if sequence != _last_sequence(session, quote) + 1:
            raise InvalidInput("sequence", f"{sequence} is not the next of the quote")
        _check_days([plan], location, at, imported=False)
        share = _make_room(quote, siblings, plan.weight)
        session.flush()
    journey = _Planned(session, subject, quote, location, at, False).add(plan, share, sequence)
    session.flush()
    return journey


def truck_days(quote: Quote, timezone: str) -> list[JourneyPlan]:
    """The plans of a quote that nobody planned by hand: a row per truck and day, from eight."""
    if quote.move_on is None:
        raise InvalidInput("move_on", f"quote {quote.quote_number} has no move date")
    minutes, trucks = quote.estimated_minutes or DEFAULT_MINUTES, quote.truck_count or 1
    days = -(-minutes // LONGEST_DAY)
    crews = _split(quote.crew_size or 2 * trucks, trucks)
    plans = []
    for day, length in enumerate(_split(minutes, days)):
        morning = datetime.combine(quote.move_on + timedelta(days=day), FIRST_HOUR)
        start = clock.instant_of(morning, timezone)
        end, window = start + timedelta(minutes=length), start + ARRIVAL_WINDOW
        plans += [
            JourneyPlan(start, end, window, Decimal(length), crew_size=crew, truck_count=1)
            for crew in crews
        ]
    return plans


def _split(whole: int, parts: int) -> list[int]:
    """Whole numbers, as equal as can be and at least one, the larger first."""
    least, left = divmod(whole, parts)
    return [max(1, least + (place < left)) for place in range(parts)]


@dataclass(frozen=True)
class _Planned:
    """The journeys of one quote, as they are written."""

    session: Session
    subject: Subject
    quote: Quote
    location: Location
    at: datetime
    imported: bool

    def add(self, plan: JourneyPlan, share: Decimal, sequence: int) -> TruckJourney:
        session, subject, quote, at = self.session, self.subject, self.quote, self.at
        number = next_number(
            session, subject, NumberKind.JOURNEY, clock.local_date(at, self.location.timezone)
        )
        journey = _journey(quote, plan, share, sequence, self.location.timezone, number, at)
        session.add(journey)
        session.flush()
        with as_system(session):
            session.add_all(_steps(journey, at))
            phases, asked = phase_templates.rows_of(journey, self._templates(), at)
            session.add_all(phases)
            statuses = [PhaseStatus(phase.status) for phase in phases]
            journey.current_phase = phase_rules.first_open(statuses)
            session.flush()
            session.add_all(asked)
            session.flush()
        audit.record(
            session,
            subject,
            "CREATE",
            Resource.JOURNEY,
            journey.id,
            at,
            journey.location_id,
            details={"quote_id": quote.id, "quoted_amount": share, "imported": self.imported},
        )
        schedules.plan_journey(session, subject, journey=journey, at=at)
        return journey

    def _templates(self) -> Mapping[PhaseName, Template]:
        return phase_templates.load(self.session, self.subject, self.quote.service_type)


def _branch_of(session: Session, subject: Subject, quote: Quote, *, imported: bool) -> Location:
    if quote.location_id is None:
        _refuse(quote, "it belongs to no branch")
    location = rows.get(session, subject, Location, quote.location_id, lock=False)
    if location.status != LocationStatus.ACTIVE and not imported:
        _refuse(quote, f"branch {location.code} is {location.status}")
    return location


def _check_days(
    plans: Iterable[JourneyPlan], location: Location, at: datetime, *, imported: bool
) -> None:
    zone = location.timezone
    first = min(clock.local_date(plan.planned_start_at, zone) for plan in plans)
    if first < clock.local_date(at, zone) and not imported:
        raise InvalidInput("planned_start_at", f"{first} is over at {location.code}")


def _make_room(quote: Quote, siblings: Sequence[TruckJourney], weight: Decimal) -> Decimal:
    """Take the share of one more journey from those that are planned and not billed."""
    unbilled = [
        journey
        for journey in siblings
        if journey.billed_amount == 0 and journey.status != JourneyStage.CANCELLED
    ]
    if not unbilled:
        _refuse(quote, "all of it is billed or called off: make a new quote")
    held = [journey.quoted_amount for journey in unbilled]
    whole = sum(held, Decimal(0))
    *shares, own = allocate(whole, [*held, weight * whole / len(held)])
    for journey, share in zip(unbilled, shares, strict=True):
        journey.quoted_amount = share
    return own


def _journey(
    quote: Quote,
    plan: JourneyPlan,
    share: Decimal,
    sequence: int,
    timezone: str,
    number: str,
    at: datetime,
) -> TruckJourney:
    if plan.planned_end_at <= plan.planned_start_at:
        raise InvalidInput("planned_end_at", "must be after planned_start_at")
    start_local_at = clock.local_naive(plan.planned_start_at, timezone)
    service_on: date = start_local_at.date()
    planned = plan.planned_end_at - plan.planned_start_at
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
        planned_start_local_at=start_local_at,
        planned_end_at=plan.planned_end_at,
        estimated_minutes=int(planned.total_seconds() // 60),
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


def _journeys_of(session: Session, quote: Quote) -> list[TruckJourney]:
    query = select(TruckJourney).where(
        TruckJourney.client_id == quote.client_id, TruckJourney.quote_id == quote.id
    )
    return list(session.scalars(query.order_by(TruckJourney.sequence).with_for_update()))


def _last_sequence(session: Session, quote: Quote) -> int:
    query = select(func.max(TruckJourney.sequence)).where(
        TruckJourney.client_id == quote.client_id, TruckJourney.quote_id == quote.id
    )
    return session.execute(query).scalar_one() or 0


def _refuse(quote: Quote, reason: str) -> NoReturn:
    raise TransitionRefused(QUOTE.name, QuoteStatus(quote.status), QuoteEvent.CONVERT, reason)
