"""Assets: bought, out of service and back, retired and sold, what they are worth.

Only one in service can be given to a journey. Work on them is `maintenance`, giving them out is
`truck_bookings`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system, set_moment
from crm_core.enums import AssignmentStatus, EquipmentStatus, EquipmentType, MaintenanceStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import (
    Equipment,
    EquipmentAssignment,
    EquipmentMaintenance,
    Location,
    Schedule,
)
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.equipment.equipment_rules import book_value
from crm_core.services.machines.equipment import EQUIPMENT, EquipmentEvent
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.moves import move
from crm_core.services.scheduling import bookings, slots

OUT_FOR = timedelta(days=3)
"""How long an asset is taken to be away where nobody says when it is back."""


@dataclass(frozen=True)
class EquipmentData:
    """What an asset is; money in the tenant's currency, the rate a fraction per year."""

    name: str
    equipment_type: EquipmentType
    serial_number: str | None = None
    licence_plate: str | None = None
    capacity_cubic_feet: int | None = None
    purchased_on: date | None = None
    purchase_amount: Decimal | None = None
    depreciation_rate: Decimal | None = None
    odometer_km: int | None = None
    service_days: int | None = None
    service_km: int | None = None
    specifications: dict[str, Any] = field(default_factory=dict)
    """`licence`: the skill its driver must have; `features`: what it has, such as a tail lift."""


def register(
    session: Session, subject: Subject, *, location_id: UUID, data: EquipmentData, at: datetime
) -> Equipment:
    """A new asset, in service from now on."""
    require(subject, Resource.EQUIPMENT, Action.CREATE)
    checks.instant("at", at)
    row = Equipment(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        status=EquipmentStatus.ACTIVE.value,
        name=checks.clean_text("name", data.name, 60),
        equipment_type=data.equipment_type.value,
        serial_number=checks.optional_text("serial_number", data.serial_number, 60),
        licence_plate=checks.optional_text("licence_plate", data.licence_plate, 20),
        capacity_cubic_feet=checks.count("capacity_cubic_feet", data.capacity_cubic_feet),
        purchased_on=data.purchased_on,
        purchase_amount=data.purchase_amount,
        current_value_amount=data.purchase_amount,
        depreciation_rate=data.depreciation_rate,
        odometer_km=data.odometer_km,
        service_days=checks.count("service_days", data.service_days),
        service_km=checks.count("service_km", data.service_km),
        specifications=data.specifications or None,
    )
    require(subject, Resource.EQUIPMENT, Action.CREATE, rows.facts(row))
    set_moment(session, at)
    session.add(row)
    _note(session, subject, row, "CREATE", at)
    session.flush()
    return row


def read_meter(
    session: Session, subject: Subject, *, equipment_id: UUID, odometer_km: int, at: datetime
) -> Equipment:
    """Kilometres as read from the dashboard; a meter never runs back."""
    require(subject, Resource.EQUIPMENT, Action.UPDATE)
    row = rows.get(session, subject, Equipment, equipment_id)
    set_meter(row, odometer_km)
    _note(session, subject, row, "METER", at, odometer_km=odometer_km)
    session.flush()
    return row


def set_meter(row: Equipment, odometer_km: int) -> None:
    """The reading on a held row; raises `InvalidInput` when it is below the last one."""
    if odometer_km < (row.odometer_km or 0):
        raise InvalidInput("odometer_km", f"{odometer_km} is below the last reading")
    row.odometer_km = odometer_km


def send_to_service(
    session: Session,
    subject: Subject,
    *,
    equipment_id: UUID,
    at: datetime,
    back_at: datetime | None = None,
) -> list[Schedule]:
    """Planned work takes the asset out; returns the slots of journeys that lose it."""
    return _act(session, subject, equipment_id, EquipmentEvent.SERVICE, at, back_at)


def break_down(
    session: Session,
    subject: Subject,
    *,
    equipment_id: UUID,
    at: datetime,
    back_at: datetime | None = None,
) -> list[Schedule]:
    """The asset failed; returns the slots of journeys that lose it."""
    return _act(session, subject, equipment_id, EquipmentEvent.BREAK_DOWN, at, back_at)


def _act(
    session: Session,
    subject: Subject,
    equipment_id: UUID,
    event: EquipmentEvent,
    at: datetime,
    back_at: datetime | None,
) -> list[Schedule]:
    require(subject, Resource.EQUIPMENT, Action.UPDATE)
    row = rows.get(session, subject, Equipment, equipment_id)
    with as_system(session):
        return take_out(session, subject, row, event, at, back_at)


def take_out(
    session: Session,
    subject: Subject,
    row: Equipment,
    event: EquipmentEvent,
    at: datetime,
    back_at: datetime | None = None,
) -> list[Schedule]:
    """Move a held asset out of service; for our own services, as the system.

    Assignments that begin before it is back are called off, one that runs ends now, and the slots
    of their journeys are marked; those are returned.
    """
    until = back_at or at + OUT_FOR
    if until <= at:
        raise InvalidInput("back_at", "must be later than now")
    move(session, subject, EQUIPMENT, row, event, at, back_at=until)
    session.flush()
    return withdraw_until(session, subject, row, until, at)


def withdraw_until(
    session: Session, subject: Subject, row: Equipment, until: datetime | None, at: datetime
) -> list[Schedule]:
    """Call off what an asset was given for before `until`, or ever; as the system."""
    query = (
        select(EquipmentAssignment)
        .where(EquipmentAssignment.client_id == row.client_id)
        .where(EquipmentAssignment.equipment_id == row.id)
        .where(EquipmentAssignment.status == AssignmentStatus.ACTIVE.value)
        .order_by(EquipmentAssignment.start_at)
    )
    if until is not None:
        query = query.where(EquipmentAssignment.start_at < until)
    given = session.scalars(query.with_for_update()).all()
    for each in given:
        bookings.withdraw(session, subject, each, at, f"{row.name} is {row.status}")
    journeys = [each.journey_id for each in given if each.journey_id is not None]
    return slots.refresh_of_journeys(session, subject, journeys, at)


def return_to_service(
    session: Session, subject: Subject, *, equipment_id: UUID, at: datetime
) -> Equipment:
    """The asset can be used again, unless somebody still works on it."""
    require(subject, Resource.EQUIPMENT, Action.UPDATE)
    row = rows.get(session, subject, Equipment, equipment_id)
    with as_system(session):
        if is_worked_on(session, row):
            status = EquipmentStatus(row.status)
            reason = "a work order on it is in progress"
            raise TransitionRefused(EQUIPMENT.name, status, EquipmentEvent.RETURN, reason)
        move(session, subject, EQUIPMENT, row, EquipmentEvent.RETURN, at)
        session.flush()
    return row


def is_worked_on(session: Session, row: Equipment) -> bool:
    """Whether a work order on the asset is in progress; as the system."""
    query = select(EquipmentMaintenance.id).where(
        EquipmentMaintenance.client_id == row.client_id,
        EquipmentMaintenance.equipment_id == row.id,
        EquipmentMaintenance.status == MaintenanceStatus.IN_PROGRESS.value,
    )
    return session.scalars(query).first() is not None


def retire(
    session: Session, subject: Subject, *, equipment_id: UUID, reason: str, at: datetime
) -> list[Schedule]:
    """The asset will not be used again; returns the slots of journeys that lose it."""
    require(subject, Resource.EQUIPMENT, Action.DELETE)
    row = rows.act_on(session, subject, Equipment, equipment_id, Resource.EQUIPMENT, Action.DELETE)
    reason = checks.clean_text("reason", reason, 100)
    with as_system(session):
        if is_worked_on(session, row):
            status = EquipmentStatus(row.status)
            told = "a work order on it is in progress"
            raise TransitionRefused(EQUIPMENT.name, status, EquipmentEvent.RETIRE, told)
        today = rows.day_at(session, subject, row.location_id, at)
        move(session, subject, EQUIPMENT, row, EquipmentEvent.RETIRE, at, reason=reason)
        row.retired_on = max(today, row.purchased_on or today)
        session.flush()
        return withdraw_until(session, subject, row, None, at)


def sell(
    session: Session, subject: Subject, *, equipment_id: UUID, amount: Decimal, at: datetime
) -> Equipment:
    """A retired asset goes for an amount."""
    require(subject, Resource.EQUIPMENT, Action.DELETE)
    row = rows.act_on(session, subject, Equipment, equipment_id, Resource.EQUIPMENT, Action.DELETE)
    with as_system(session):
        today = rows.day_at(session, subject, row.location_id, at)
        amount = checks.money("amount", amount)
        move(session, subject, EQUIPMENT, row, EquipmentEvent.SELL, at, amount=amount)
        row.sold_on, row.sold_amount = max(today, row.retired_on or today), amount
        row.current_value_amount = Decimal("0.00")
        session.flush()
    return row


def revalue(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Bring book values to the first of the month at each branch; returns how many changed.

    Daily; within a month the second run changes nothing.
    """
    require(subject, Resource.EQUIPMENT, Action.UPDATE)
    query = (
        select(Equipment, Location.timezone)
        .join(
            Location,
            (Location.client_id == Equipment.client_id) & (Location.id == Equipment.location_id),
        )
        .where(Equipment.client_id == subject.client_id)
        .where(Equipment.status != EquipmentStatus.SOLD.value)
        .where(Equipment.purchase_amount.is_not(None), Equipment.purchased_on.is_not(None))
        .where(Equipment.depreciation_rate.is_not(None))
        .order_by(Equipment.id)
        .with_for_update(of=Equipment)
    )
    changed = 0
    for row, zone in session.execute(query).tuples().all():
        assert row.purchase_amount is not None and row.purchased_on is not None
        assert row.depreciation_rate is not None
        first = clock.local_date(as_of, zone).replace(day=1)
        value = book_value(row.purchase_amount, row.depreciation_rate, row.purchased_on, first)
        if value != row.current_value_amount:
            row.current_value_amount = value
            _note(session, subject, row, "REVALUE", as_of, value=value)
            changed += 1
    session.flush()
    return changed


def _note(
    session: Session, subject: Subject, row: Equipment, action: str, at: datetime, **details: object
) -> None:
    audit.record(
        session, subject, action, Resource.EQUIPMENT, row.id, at, row.location_id, details=details
    )
