"""The cost of a journey, in lines from the records: hours, fuel, material, trucks, claims.

The arithmetic is `job_cost_rules`. Royalties follow from what was billed, not from the work.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    ClaimStatus,
    CostKind,
    InventoryTransactionType,
    JourneyStage,
)
from crm_core.ids import new_id
from crm_core.models import (
    Claim,
    FuelPurchase,
    InventoryTransaction,
    JourneyCost,
    TimeEntry,
    TruckJourney,
    User,
    WageRate,
)
from crm_core.models.job_costs import SOURCES
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.operations import field_settings
from crm_core.services.operations.field_settings import FieldSettings
from crm_core.services.operations.job_cost_rules import ONE, Line, Stretch, Wage, labour, trucks

SOURCE_COLUMN = {kind: column for column, (_, kind) in SOURCES.items()}
DERIVED = frozenset(SOURCE_COLUMN) | {CostKind.TRUCK}
"""Kinds that are written here; the rest is entered by people and stays."""
LATE = timedelta(days=60)
"""How long records of a finished job may still come in."""


def cost(
    session: Session, subject: Subject, *, journey_id: UUID, at: datetime
) -> list[JourneyCost]:
    """Bring the lines of a journey up to what was recorded; its actual cost is their sum.

    Records in another currency than the journey's are left out. Costing twice changes nothing.
    """
    require(subject, Resource.LEDGER, Action.CREATE)
    journey = rows.act_on(
        session, subject, TruckJourney, journey_id, Resource.LEDGER, Action.CREATE
    )
    with as_system(session):
        return _cost(session, subject, journey, field_settings.load(session, subject), at)


def cost_finished(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Cost all journeys that ended in the last sixty days; how many changed. Runs daily."""
    require(subject, Resource.LEDGER, Action.CREATE)
    query = (
        select(TruckJourney)
        .where(
            TruckJourney.client_id == subject.client_id,
            TruckJourney.status.in_([stage.value for stage in JourneyStage.done()]),
            TruckJourney.completed_at > as_of - LATE,
            TruckJourney.completed_at <= as_of,
        )
        .order_by(TruckJourney.id)
        .with_for_update()
    )
    changed = 0
    with as_system(session):
        settings = field_settings.load(session, subject)
        for journey in session.scalars(query).all():
            before = journey.lock_version
            _cost(session, subject, journey, settings, as_of)
            changed += journey.lock_version != before
    return changed


def _cost(
    session: Session,
    subject: Subject,
    journey: TruckJourney,
    settings: FieldSettings,
    at: datetime,
) -> list[JourneyCost]:
    lines = [*_labour(session, journey, settings), *_fuel(session, journey)]
    lines += [*_material(session, journey), *_claims(session, journey)]
    if journey.started_at is not None:
        lines += trucks(journey.service_on, journey.truck_count, settings.truck_day_amount)
    kept = _stored(session, journey)
    if not lines and not kept:
        return []  # nothing was recorded: what is known of the cost stays
    wanted = {_key(line.kind, line.source_id): line for line in lines}
    for row in [row for row in kept if CostKind(row.kind) in DERIVED]:
        line = wanted.get(_key(CostKind(row.kind), _source_of(row)))
        if line is None or not _is_same(row, line):
            session.delete(row)
            kept.remove(row)
        else:
            del wanted[_key(line.kind, line.source_id)]
    session.flush()
    added = [_row(journey, line, at) for line in wanted.values()]
    session.add_all(added)
    rows_now = [*kept, *added]
    amount = sum((row.amount for row in rows_now), Decimal(0))
    if journey.actual_cost_amount != amount:
        details = {"before": journey.actual_cost_amount, "after": amount, "lines": len(rows_now)}
        journey.actual_cost_amount = amount
        audit.record(
            session,
            subject,
            "COST",
            Resource.LEDGER,
            journey.id,
            at,
            journey.location_id,
            details=details,
        )
    session.flush()
    return rows_now


def _labour(session: Session, journey: TruckJourney, settings: FieldSettings) -> list[Line]:
    own = select(TimeEntry.user_id, TimeEntry.worked_on).where(
        TimeEntry.client_id == journey.client_id, TimeEntry.journey_id == journey.id
    )
    days = {(user_id, day) for user_id, day in session.execute(own)}
    if not days:
        return []
    people, dates = {user_id for user_id, _ in days}, {day for _, day in days}
    worked = session.scalars(
        select(TimeEntry).where(
            TimeEntry.client_id == journey.client_id,
            TimeEntry.user_id.in_(people),
            TimeEntry.worked_on.in_(dates),
            TimeEntry.is_paid,
            TimeEntry.ended_at.is_not(None),
        )
    )
    stretches = [
        Stretch(
            row.id,
            row.user_id,
            row.worked_on,
            row.started_at,
            row.ended_at or row.started_at,
            row.journey_id == journey.id,
        )
        for row in worked
    ]
    wages = _wages(session, journey, days)
    return labour(stretches, wages, settings.overtime_after_minutes)


def _wages(
    session: Session, journey: TruckJourney, days: Iterable[tuple[UUID, date]]
) -> dict[tuple[UUID, date], Wage]:
    """By person and day: the rate in force, else the loaded cost on the person's account."""
    wanted = sorted(days, key=str)
    people = {user_id for user_id, _ in wanted}
    rates = session.scalars(
        select(WageRate).where(
            WageRate.client_id == journey.client_id,
            WageRate.user_id.in_(people),
            WageRate.currency == journey.currency,
        )
    ).all()
    accounts = session.execute(
        select(User.id, User.hourly_cost_amount).where(
            User.client_id == journey.client_id, User.id.in_(people)
        )
    )
    found = {
        (user_id, day): Wage(amount)
        for account, amount in accounts
        for user_id, day in wanted
        if user_id == account and amount > 0
    }
    for rate in rates:
        for user_id, day in wanted:
            is_open = rate.valid_to_on is None or day < rate.valid_to_on
            if user_id == rate.user_id and rate.valid_from_on <= day and is_open:
                wage = Wage(rate.hourly_amount, rate.loading_pct, rate.overtime_factor)
                found[user_id, day] = wage
    return found


def _fuel(session: Session, journey: TruckJourney) -> list[Line]:
    return [
        Line(CostKind.FUEL, row.purchased_on, ONE, row.amount, row.id)
        for row in session.scalars(
            select(FuelPurchase).where(
                FuelPurchase.client_id == journey.client_id,
                FuelPurchase.journey_id == journey.id,
                FuelPurchase.currency == journey.currency,
            )
        )
    ]


def _material(session: Session, journey: TruckJourney) -> list[Line]:
    """What was used up; what came back is in stock again and pays for nothing here."""
    return [
        Line(CostKind.MATERIAL, row.occurred_on, -row.quantity, row.unit_cost_amount, row.id)
        for row in session.scalars(
            select(InventoryTransaction).where(
                InventoryTransaction.client_id == journey.client_id,
                InventoryTransaction.journey_id == journey.id,
                InventoryTransaction.transaction_type == InventoryTransactionType.USAGE.value,
                InventoryTransaction.currency == journey.currency,
            )
        )
    ]


def _claims(session: Session, journey: TruckJourney) -> list[Line]:
    return [
        Line(CostKind.CLAIM, row.closed_on, ONE, row.settled_amount, row.id)
        for row in session.scalars(
            select(Claim).where(
                Claim.client_id == journey.client_id,
                Claim.journey_id == journey.id,
                Claim.status == ClaimStatus.SETTLED.value,
                Claim.currency == journey.currency,
            )
        )
        if row.closed_on is not None and row.settled_amount is not None
    ]


def _stored(session: Session, journey: TruckJourney) -> list[JourneyCost]:
    query = select(JourneyCost).where(
        JourneyCost.client_id == journey.client_id, JourneyCost.journey_id == journey.id
    )
    return list(session.scalars(query.order_by(JourneyCost.id)))


def _key(kind: CostKind, source_id: UUID | None) -> tuple[CostKind, UUID | None]:
    return kind, source_id


def _source_of(row: JourneyCost) -> UUID | None:
    column = SOURCE_COLUMN.get(CostKind(row.kind))
    source_id: UUID | None = getattr(row, column) if column else None
    return source_id


def _is_same(row: JourneyCost, line: Line) -> bool:
    stored = (row.incurred_on, row.quantity, row.unit_amount, row.amount)
    return stored == (line.incurred_on, line.quantity, line.unit_amount, line.amount)


def _row(journey: TruckJourney, line: Line, at: datetime) -> JourneyCost:
    source: dict[str, Any] = {}
    if line.source_id is not None:
        source[SOURCE_COLUMN[line.kind]] = line.source_id
    return JourneyCost(
        client_id=journey.client_id,
        id=new_id(at),
        location_id=journey.location_id,
        owner_id=journey.owner_id,
        journey_id=journey.id,
        kind=line.kind.value,
        incurred_on=line.incurred_on,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        amount=line.amount,
        currency=journey.currency,
        description=line.description,
        **source,
    )
