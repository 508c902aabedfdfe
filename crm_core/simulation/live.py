"""Sales driven through the real services, one transaction each: leads to payments as people do it.

The bulk of a history is generated and copied; what the services do is their own business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import CustomerType, ItemCategory, LeadPriority, PaymentMethod, UserRole
from crm_core.ids import drawn_from
from crm_core.models import Lead, Quote, TruckJourney
from crm_core.money import cents
from crm_core.security.permissions import Subject, scope_of
from crm_core.services.finance import invoices, payments
from crm_core.services.finance.pricing import Line
from crm_core.services.operations import journeys
from crm_core.services.sales import customers, leads, quotes
from crm_core.services.sales.customers import CustomerData
from crm_core.services.sales.leads import LeadData
from crm_core.services.sales.quotes import Offer
from crm_core.simulation.market import (
    CHANNELS,
    CREW_RATE,
    MATERIAL_KIT_CENTS,
    REJECTION_REASONS,
    SIZES,
)
from crm_core.simulation.organisation import World
from crm_core.simulation.words import AREA_CODES, FAMILY_ENDS, FAMILY_STARTS, GIVEN_NAMES

BOOKING_SHARE = 0.6
PAYING_SHARE = 0.9
HOMES = tuple(size for size in SIZES if not size.is_commercial and size.trucks == 1)


@dataclass(frozen=True)
class Desk:
    """A branch at work: the manager who acts, and the sales representative who owns the sale."""

    manager: Subject
    owner_id: UUID
    location_id: UUID
    timezone: str
    province: str
    city: str


@dataclass
class Driven:
    """How many of each came about."""

    leads: int = 0
    bookings: int = 0
    jobs: int = 0
    invoices: int = 0
    payments: int = 0


def desks(world: World, codes: Sequence[str] = ()) -> list[Desk]:
    """The desks of some branches of a simulated company, by default of all."""
    first_manager, _ = world.posts(UserRole.MANAGER)
    first_rep, _ = world.posts(UserRole.SALES_REP)
    return [
        Desk(
            manager=Subject(
                client_id=UUID(world.client_id),
                user_id=UUID(world.user_ids[int(first_manager[number])]),
                role=UserRole.MANAGER,
                scope=scope_of(UserRole.MANAGER),
                location_ids=frozenset({UUID(world.location_ids[number])}),
            ),
            owner_id=UUID(world.user_ids[int(first_rep[number])]),
            location_id=UUID(world.location_ids[number]),
            timezone=branch.timezone,
            province=branch.province,
            city=branch.city,
        )
        for number, branch in enumerate(world.company.branches)
        if not codes or branch.code in codes
    ]


def drive(
    where: Sequence[Desk], count: int, *, first: datetime, last: datetime, seed: int
) -> Driven:
    """Start `count` sales between `first` and `last`, and carry each on as far as `last` allows.

    Each sale is one transaction of its branch's manager. Nothing is stamped after `last`; jobs of
    later days stay planned.
    """
    rng, driven = Random(seed), Driven()
    with drawn_from(Random(f"ids of {seed}")):
        for number in range(count):
            desk = where[number % len(where)]
            start = _office_hour(first + (last - first) * number / count, desk, rng)
            with tenant_session(desk.manager) as session:
                _Sale(session, desk, rng, min(start, last), last, driven).run()
    return driven


def change_some(subject: Subject, count: int, *, at: datetime) -> int:
    """Change exactly `count` of the newest leads through the services (each is audited).

    Their estimates rise by ten dollars. Returns how many there were to change, `count` or fewer.
    """
    with tenant_session(subject) as session:
        newest = select(Lead).where(Lead.client_id == subject.client_id).order_by(Lead.id.desc())
        chosen = list(session.scalars(newest.limit(count)))
        for lead in chosen:
            data = LeadData(
                source=lead.source,
                service_type=lead.service_type,
                move_size=lead.move_size,
                estimated_move_on=lead.estimated_move_on,
                estimated_amount=(lead.estimated_amount or Decimal(0)) + 10,
                origin_province=lead.origin_province,
                destination_province=lead.destination_province,
                priority=LeadPriority(lead.priority),
                is_bad=lead.is_bad,
                notes=lead.notes,
            )
            leads.update(session, subject, lead_id=lead.id, data=data, at=at)
    return len(chosen)


def _office_hour(at: datetime, desk: Desk, rng: Random) -> datetime:
    """The same day at the branch, between nine and five."""
    morning = datetime.combine(clock.local_date(at, desk.timezone), time(9))
    return clock.instant_of(morning + timedelta(minutes=rng.randrange(480)), desk.timezone)


def ask(session: Session, desk: Desk, rng: Random, at: datetime) -> Lead:
    """Somebody new calls and says what they wish."""
    given, start = rng.choice(GIVEN_NAMES), rng.choice(FAMILY_STARTS)
    family = f"{start}{rng.choice(FAMILY_ENDS)}"
    data = CustomerData(
        first_name=given,
        last_name=family,
        type=CustomerType.CORPORATE_ACCOUNT if rng.random() < 0.1 else CustomerType.RESIDENTIAL,
        email=f"{given}.{family}.{rng.randrange(10_000)}@example.com",
        phone=f"{AREA_CODES[desk.province]}-555-01{rng.randrange(100):02d}",
        city=desk.city,
        province=desk.province,
    )
    customer = customers.create(
        session,
        desk.manager,
        data=data,
        location_id=desk.location_id,
        owner_id=desk.owner_id,
        at=at,
    )
    today = clock.local_date(at, desk.timezone)
    wish = LeadData(
        source=rng.choice(CHANNELS).name,
        service_type=rng.choice(("MOVING", "MOVING", "MOVING", "LOAD_ONLY", "LABOR_ONLY")),
        move_size=rng.choice(HOMES).name,
        estimated_move_on=today + timedelta(days=rng.randint(4, 16)),
        origin_province=desk.province,
        destination_province=desk.province,
    )
    return leads.create(
        session,
        desk.manager,
        customer_id=customer.id,
        data=wish,
        owner_id=desk.owner_id,
        at=at,
    )


def priced(rng: Random, lead: Lead) -> Offer:
    """An offer by the rate card; what is no home is priced like an apartment."""
    size = next((home for home in HOMES if home.name == lead.move_size), HOMES[3])
    rate = Decimal(CREW_RATE[size.crew]) / 100
    hours = Decimal(str(size.hours))
    lines = [
        Line(ItemCategory.MOVING_SERVICES, "Crew and truck, per hour", hours, rate),
        Line(ItemCategory.MOVING_SERVICES, "Travel, per hour", Decimal("0.75"), rate),
    ]
    if rng.random() < 0.3:
        kit = Decimal(rng.choice(MATERIAL_KIT_CENTS)) / 100
        lines.append(
            Line(ItemCategory.EQUIPMENT_RENTAL, "Boxes and packing material", Decimal(1), kit)
        )
    return Offer(
        lines=lines,
        crew_size=size.crew,
        truck_count=size.trucks,
        estimated_minutes=int(hours * 60) + 45,
        hourly_rate_amount=rate,
    )


class _Sale:
    """One sale from the first call to the last payment; stops where the next step is too late."""

    def __init__(
        self,
        session: Session,
        desk: Desk,
        rng: Random,
        start: datetime,
        last: datetime,
        driven: Driven,
    ) -> None:
        self.session, self.subject, self.desk = session, desk.manager, desk
        self.rng, self.driven = rng, driven
        self.at, self.last = start, last

    def run(self) -> None:
        lead = self._ask()
        quote = self._offer(lead)
        if quote is None or not self._moves(hours=self.rng.randint(2, 40)):
            return
        if self.rng.random() > BOOKING_SHARE:
            self._refuse(lead, quote)
            return
        quotes.accept(self.session, self.subject, quote_id=quote.id, at=self.at)
        self.driven.bookings += 1
        if self._moves(minutes=40):
            self._work(quote)

    def _moves(self, **by: int) -> bool:
        """Move the hand of the clock on, unless that is after the end."""
        return self._moves_to(self.at + timedelta(**by))

    def _moves_to(self, at: datetime) -> bool:
        if at > self.last:
            return False
        self.at = at
        return True

    def _ask(self) -> Lead:
        self.driven.leads += 1
        return ask(self.session, self.desk, self.rng, self.at)

    def _offer(self, lead: Lead) -> Quote | None:
        """Call back, qualify, quote, send; None when the day ends before the quote is out."""
        session, subject = self.session, self.subject
        if not self._moves(minutes=self.rng.randint(5, 90)):
            return None
        leads.contact(session, subject, lead_id=lead.id, at=self.at)
        leads.qualify(session, subject, lead_id=lead.id, at=self.at)
        if not self._moves(minutes=self.rng.randint(20, 240)):
            return None
        quote = quotes.draft(
            session, subject, lead_id=lead.id, offer=priced(self.rng, lead), at=self.at
        )
        if not self._moves(minutes=10):
            return None
        quotes.send(session, subject, quote_id=quote.id, at=self.at)
        if self._moves(minutes=self.rng.randint(15, 300)):
            quotes.view(session, subject, quote_id=quote.id, at=self.at)
        return quote

    def _refuse(self, lead: Lead, quote: Quote) -> None:
        reason = self.rng.choice(REJECTION_REASONS)
        quotes.reject(self.session, self.subject, quote_id=quote.id, reason=reason, at=self.at)
        leads.lose(self.session, self.subject, lead_id=lead.id, reason=reason, at=self.at)

    def _work(self, quote: Quote) -> None:
        """Plan the job, and do and bill it when its day is over."""
        session, subject = self.session, self.subject
        (journey,) = journeys.convert(session, subject, quote_id=quote.id, at=self.at)
        late = timedelta(minutes=self.rng.choice((-5, 0, 10, 20, 80)))
        arrived_at = journey.planned_start_at + late
        done_at = arrived_at + (journey.planned_end_at - journey.planned_start_at)
        if not self._moves_to(done_at):
            return
        leaves = arrived_at - timedelta(minutes=25)
        journeys.depart(session, subject, journey_id=journey.id, at=leaves)
        journeys.arrive(session, subject, journey_id=journey.id, at=arrived_at)
        cost = quote.subtotal_amount * Decimal("0.58")
        journeys.complete(
            session, subject, journey_id=journey.id, at=done_at, actual_cost_amount=cents(cost)
        )
        self.driven.jobs += 1
        if self._moves(minutes=15):
            self._bill(journey)

    def _bill(self, journey: TruckJourney) -> None:
        session, subject = self.session, self.subject
        bill = invoices.draft_for_journey(session, subject, journey_id=journey.id, at=self.at)
        invoices.issue(session, subject, invoice_id=bill.id, at=self.at)
        self.driven.invoices += 1
        if self.rng.random() < PAYING_SHARE and self._moves(minutes=20):
            payments.receive(
                session,
                subject,
                invoice_id=bill.id,
                amount=bill.balance_amount,
                method=self.rng.choice((PaymentMethod.CREDIT_CARD, PaymentMethod.DEBIT_CARD)),
                idempotency_key=f"simulated-{bill.invoice_number}",
                at=self.at,
            )
            self.driven.payments += 1
