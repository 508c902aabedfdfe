"""The company goes on from its last instant: hour by hour, through the services, until stopped.

Nothing is remembered between hours but what stands in the core, so it can be stopped and continued
at any time; a whole sale at once, for the end of a generated history, is in `live`.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import exp
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import DatabaseRole, connect, conninfo, tenant_session
from crm_core.enums import (
    InvoiceStatus,
    JourneyStage,
    LeadStatus,
    PaymentMethod,
    QuoteStatus,
    UserRole,
)
from crm_core.errors import CrmError
from crm_core.ids import drawn_from
from crm_core.models import Invoice, Lead, Quote, TruckJourney
from crm_core.money import cents
from crm_core.security.permissions import Subject, scope_of
from crm_core.services.business_day import roll_over_all
from crm_core.services.finance import invoices, payments
from crm_core.services.operations import journeys
from crm_core.services.sales import leads, quotes
from crm_core.simulation.calendar import JOBS_PER_TRUCK_DAY, season
from crm_core.simulation.errors import NothingSimulated
from crm_core.simulation.live import Desk, ask, priced
from crm_core.simulation.market import LEADS_PER_JOB, REJECTION_REASONS

STEP = timedelta(hours=1)
OPENS, CLOSES = 8, 20
WAIT = 0.2
"""Real seconds between two looks at the clock."""
RECENT = timedelta(days=10)
"""Older open business is left to people."""
ACCEPTS, REFUSES, PAYS = 0.025, 0.04, 0.12
"""Chances per hour that a customer decides, or pays."""

DESKS = """
select l.client_id, l.id, l.timezone, l.province, l.city, l.truck_count,
  (select u.id from core.users u where u.client_id = l.client_id and u.location_id = l.id
     and u.role = 'MANAGER' order by u.id limit 1),
  (select u.id from core.users u where u.client_id = l.client_id and u.location_id = l.id
     and u.role = 'SALES_REP' order by u.id limit 1)
from core.locations l join core.clients c on c.id = l.client_id
where c.slug = %s order by l.code
"""


@dataclass(frozen=True)
class Shift:
    """One hour at one branch."""

    desk: Desk
    since: datetime
    until: datetime
    rng: Random
    is_open: bool


@dataclass
class Progress:
    """How far it went, and how many acts of each kind were done or refused."""

    as_of: datetime
    acts: Counter[str] = field(default_factory=Counter)


def go_on(
    *,
    speed: float,
    until: datetime | None = None,
    seed: int = 7,
    slug: str = "northway",
    tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Progress:
    """Write on from the core's business clock, `speed` simulated seconds a second, whole hours.

    Ends at `until`, or on KeyboardInterrupt between two acts. Raises `NothingSimulated`.
    """
    progress = Progress(_clock())
    where = _desks(slug)
    begun, first = time.monotonic(), progress.as_of
    try:
        while until is None or progress.as_of + STEP <= until:
            due = first + timedelta(seconds=speed * (time.monotonic() - begun))
            if progress.as_of + STEP > due:
                sleep(WAIT)
                continue
            hour(where, progress, seed)
            tell(f"{progress.as_of:%Y-%m-%d %H:%M}  {sum(progress.acts.values())} acts")
    except KeyboardInterrupt:
        tell("stopped")
    return progress


def hour(where: Sequence[tuple[Desk, int]], progress: Progress, seed: int) -> None:
    """The next hour of every branch, and the business clock after it."""
    since = progress.as_of
    until = since + STEP
    for desk, trucks in where:
        place = f"{seed}/{desk.location_id}/{since.isoformat()}"
        local = until.astimezone(clock.zone(desk.timezone))
        shift = Shift(desk, since, until, Random(place), OPENS <= local.hour < CLOSES)
        with drawn_from(Random(f"ids/{place}")):
            _new_leads(shift, trucks, progress)
            for name, act in ACTS:
                _each_due(name, act, shift, progress)
    roll_over_all(until)
    progress.as_of = until


def after(days: float) -> datetime:
    """The instant so many days after the last simulated one."""
    return _clock() + timedelta(days=days)


def _clock() -> datetime:
    with connect(conninfo(DatabaseRole.LOADER)) as connection:
        row = connection.execute("select as_of from core.business_clock").fetchone()
    if row is None:
        raise NothingSimulated("there is no company to go on with: run `crm simulate` first")
    as_of: datetime = row[0]
    return as_of.astimezone(UTC)


def _desks(slug: str) -> list[tuple[Desk, int]]:
    """The branches of a company and their trucks, looked up past row-level security."""
    with connect(conninfo(DatabaseRole.LOADER)) as connection:
        rows = connection.execute(DESKS, [slug]).fetchall()
    if not rows:
        raise NothingSimulated(f"there is no company {slug!r}: run `crm simulate` first")
    return [
        (
            Desk(
                manager=Subject(
                    client_id=client_id,
                    user_id=manager_id,
                    role=UserRole.MANAGER,
                    scope=scope_of(UserRole.MANAGER),
                    location_ids=frozenset({location_id}),
                ),
                owner_id=rep_id,
                location_id=location_id,
                timezone=timezone,
                province=province,
                city=city,
            ),
            max(trucks, 1),
        )
        for client_id, location_id, timezone, province, city, trucks, manager_id, rep_id in rows
    ]


def _new_leads(shift: Shift, trucks: int, progress: Progress) -> None:
    """Somebody calls, as often as the season and the trucks of the branch let expect."""
    if not shift.is_open:
        return
    today = clock.local_date(shift.until, shift.desk.timezone)
    factor = float(season(shift.desk.province, [today])[0])
    mean = JOBS_PER_TRUCK_DAY * LEADS_PER_JOB * trucks * factor / (CLOSES - OPENS)
    for _ in range(_poisson(shift.rng, mean)):
        at = shift.since + shift.rng.random() * STEP
        with tenant_session(shift.desk.manager, at) as session:
            ask(session, shift.desk, shift.rng, at)
        progress.acts["ask"] += 1


def _poisson(rng: Random, mean: float) -> int:
    """Knuth's way: good for the few of an hour."""
    limit, count, product = exp(-mean), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


@dataclass(frozen=True)
class Act:
    """What is done with every row that is due for it."""

    due: Callable[[Shift], Select[tuple[Any]]]
    do: Callable[[Session, Shift, UUID], None]
    chance: float = 1.0
    needs_people: bool = True


def _each_due(name: str, act: Act, shift: Shift, progress: Progress) -> None:
    """One transaction per row; what a service refuses is counted and left as it is."""
    if act.needs_people and not shift.is_open:
        return
    with tenant_session(shift.desk.manager) as session:
        due: list[UUID] = list(session.scalars(act.due(shift)))
    for row_id in due:
        if shift.rng.random() >= act.chance:
            continue
        try:
            with tenant_session(shift.desk.manager, shift.until) as session:
                act.do(session, shift, row_id)
        except CrmError:
            progress.acts[f"{name} refused"] += 1
        else:
            progress.acts[name] += 1


def _of(model: Any, shift: Shift, statuses: Sequence[str]) -> Select[tuple[Any]]:
    """Ids of the branch's rows in some statuses, oldest first."""
    return (
        select(model.id)
        .where(
            model.client_id == shift.desk.manager.client_id,
            model.location_id == shift.desk.location_id,
            model.status.in_(statuses),
        )
        .order_by(model.id)
    )


def _reach(session: Session, shift: Shift, lead_id: UUID) -> None:
    leads.contact(session, shift.desk.manager, lead_id=lead_id, at=shift.until)
    leads.qualify(session, shift.desk.manager, lead_id=lead_id, at=shift.until)


def _offer(session: Session, shift: Shift, lead_id: UUID) -> None:
    who = shift.desk.manager
    lead = session.get_one(Lead, (who.client_id, lead_id))
    offer = priced(shift.rng, lead)
    quote = quotes.draft(session, who, lead_id=lead_id, offer=offer, at=shift.until)
    quotes.send(session, who, quote_id=quote.id, at=shift.until)


def _decide(session: Session, shift: Shift, quote_id: UUID) -> None:
    who = shift.desk.manager
    if shift.rng.random() < ACCEPTS / (ACCEPTS + REFUSES):
        quotes.accept(session, who, quote_id=quote_id, at=shift.until)
        return
    reason = shift.rng.choice(REJECTION_REASONS)
    quote = quotes.reject(session, who, quote_id=quote_id, reason=reason, at=shift.until)
    leads.lose(session, who, lead_id=quote.lead_id, reason=reason, at=shift.until)


def _plan(session: Session, shift: Shift, quote_id: UUID) -> None:
    journeys.convert(session, shift.desk.manager, quote_id=quote_id, at=shift.until)


def _depart(session: Session, shift: Shift, journey_id: UUID) -> None:
    journeys.depart(session, shift.desk.manager, journey_id=journey_id, at=shift.until)


def _arrive(session: Session, shift: Shift, journey_id: UUID) -> None:
    journeys.arrive(session, shift.desk.manager, journey_id=journey_id, at=shift.until)


def _complete(session: Session, shift: Shift, journey_id: UUID) -> None:
    who = shift.desk.manager
    journey = session.get_one(TruckJourney, (who.client_id, journey_id))
    spent = cents(journey.quoted_amount * Decimal("0.58"))
    journeys.complete(session, who, journey_id=journey_id, at=shift.until, actual_cost_amount=spent)
    bill = invoices.draft_for_journey(session, who, journey_id=journey_id, at=shift.until)
    invoices.issue(session, who, invoice_id=bill.id, at=shift.until)


def _pay(session: Session, shift: Shift, invoice_id: UUID) -> None:
    who = shift.desk.manager
    bill = session.get_one(Invoice, (who.client_id, invoice_id))
    payments.receive(
        session,
        who,
        invoice_id=invoice_id,
        amount=bill.balance_amount,
        method=shift.rng.choice((PaymentMethod.BANK_TRANSFER, PaymentMethod.DEBIT_CARD)),
        idempotency_key=f"ahead-{invoice_id}",
        at=shift.until,
    )


_L, _Q, _J, _I = LeadStatus, QuoteStatus, JourneyStage, InvoiceStatus
PLANNED = (_J.SCHEDULED, _J.MORNING_PREP)
ACTS = (
    (
        "reach",
        Act(
            lambda s: _of(Lead, s, [_L.NEW]).where(Lead.received_at > s.until - RECENT), _reach, 0.8
        ),
    ),
    (
        "offer",
        Act(
            lambda s: _of(Lead, s, [_L.QUALIFIED]).where(Lead.received_at > s.until - RECENT),
            _offer,
            0.5,
        ),
    ),
    (
        "decide",
        Act(
            lambda s: _of(Quote, s, [_Q.SENT, _Q.VIEWED]).where(Quote.sent_at > s.until - RECENT),
            _decide,
            ACCEPTS + REFUSES,
        ),
    ),
    (
        "plan",
        Act(
            lambda s: _of(Quote, s, [_Q.ACCEPTED]),
            _plan,
        ),
    ),
    (
        "depart",
        Act(
            lambda s: _of(TruckJourney, s, PLANNED).where(TruckJourney.planned_start_at <= s.until),
            _depart,
            needs_people=False,
        ),
    ),
    (
        "arrive",
        Act(
            lambda s: _of(TruckJourney, s, [_J.EN_ROUTE]).where(TruckJourney.started_at < s.until),
            _arrive,
            needs_people=False,
        ),
    ),
    (
        "complete",
        Act(
            lambda s: _of(TruckJourney, s, [_J.ONSITE]).where(
                TruckJourney.planned_end_at <= s.until
            ),
            _complete,
            needs_people=False,
        ),
    ),
    (
        "pay",
        Act(
            lambda s: _of(Invoice, s, [_I.SENT, _I.VIEWED, _I.OVERDUE]).where(
                Invoice.issued_at > s.until - RECENT, Invoice.balance_amount > 0
            ),
            _pay,
            PAYS,
        ),
    ),
)
