"""Storage units: made, priced, cleaned and retired; who rents them is `storage_bookings`.

A unit follows its rentals: reserved while one waits, occupied while one runs.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    BookingStatus,
    StorageSizeClass,
    StorageUnitStatus,
    StorageUnitType,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Location, StorageBooking, StorageUnit
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.storage import UNIT, UnitEvent
from crm_core.services.moves import move


@dataclass(frozen=True)
class UnitData:
    """What a unit is; prices are of a month."""

    unit_number: str
    type: StorageUnitType
    base_amount: Decimal
    current_amount: Decimal | None = None
    """The list price unless given."""
    oversize_surcharge_amount: Decimal = Decimal("0.00")
    size_class: StorageSizeClass | None = None
    area_sq_ft: Decimal | None = None
    zone: str | None = None
    features: list[str] = field(default_factory=list)


def create(
    session: Session, subject: Subject, *, location_id: UUID, data: UnitData, at: datetime
) -> StorageUnit:
    """A new unit at a branch, free at once."""
    require(subject, Resource.STORAGE_UNIT, Action.CREATE)
    checks.instant("at", at)
    branch = rows.get(session, subject, Location, location_id, lock=False)
    current = data.base_amount if data.current_amount is None else data.current_amount
    unit = StorageUnit(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=branch.id,
        unit_number=checks.clean_text("unit_number", data.unit_number, 30),
        type=data.type.value,
        size_class=data.size_class.value if data.size_class else None,
        status=StorageUnitStatus.AVAILABLE.value,
        area_sq_ft=data.area_sq_ft,
        base_amount=checks.money("base_amount", data.base_amount),
        current_amount=checks.money("current_amount", current),
        oversize_surcharge_amount=checks.money(
            "oversize_surcharge_amount", data.oversize_surcharge_amount
        ),
        zone=checks.optional_text("zone", data.zone, 20),
        features=list(data.features),
    )
    set_moment(session, at)
    rows.add(session, subject, unit, Resource.STORAGE_UNIT)
    session.flush()
    _record(session, subject, unit, "CREATE", at, current=current)
    return unit


def reprice(
    session: Session, subject: Subject, *, unit_id: UUID, current_amount: Decimal, at: datetime
) -> StorageUnit:
    """Offer a unit at another price; running rentals keep theirs."""
    require(subject, Resource.STORAGE_UNIT, Action.UPDATE)
    unit = rows.get(session, subject, StorageUnit, unit_id)
    before = unit.current_amount
    unit.current_amount = checks.money("current_amount", current_amount)
    session.flush()
    _record(session, subject, unit, "REPRICE", at, before=before, after=current_amount)
    return unit


def service(session: Session, subject: Subject, *, unit_id: UUID, at: datetime) -> StorageUnit:
    """Take a free unit into maintenance."""
    require(subject, Resource.STORAGE_UNIT, Action.UPDATE)
    unit = rows.get(session, subject, StorageUnit, unit_id)
    if unit.status == StorageUnitStatus.OCCUPIED:
        _refuse(unit, UnitEvent.SERVICE, "somebody rents it")
    move(session, subject, UNIT, unit, UnitEvent.SERVICE, at)
    session.flush()
    return unit


def retire(session: Session, subject: Subject, *, unit_id: UUID, at: datetime) -> StorageUnit:
    """Take a unit out of service that nobody holds."""
    require(subject, Resource.STORAGE_UNIT, Action.UPDATE)
    unit = rows.get(session, subject, StorageUnit, unit_id)
    if _waiting(session, unit):
        _refuse(unit, UnitEvent.RETIRE, "it is booked")
    move(session, subject, UNIT, unit, UnitEvent.RETIRE, at)
    session.flush()
    return unit


def restore(session: Session, subject: Subject, *, unit_id: UUID, at: datetime) -> StorageUnit:
    """Offer a unit again after maintenance, or after it was out of service."""
    require(subject, Resource.STORAGE_UNIT, Action.UPDATE)
    unit = rows.get(session, subject, StorageUnit, unit_id)
    if unit.status not in (StorageUnitStatus.MAINTENANCE, StorageUnitStatus.OUT_OF_SERVICE):
        _refuse(unit, UnitEvent.RELEASE, f"not allowed while {unit.status}")
    free(session, subject, unit, at)
    return unit


def free(session: Session, subject: Subject, unit: StorageUnit, at: datetime) -> None:
    """A locked unit is free again, or reserved where a next renter waits; for our own services."""
    with as_system(session):
        move(session, subject, UNIT, unit, UnitEvent.RELEASE, at)
        session.flush()
        if _waiting(session, unit):
            move(session, subject, UNIT, unit, UnitEvent.RESERVE, at)
            session.flush()


def _waiting(session: Session, unit: StorageUnit) -> bool:
    """Whether a booking holds the unit."""
    query = select(StorageBooking.id).where(
        StorageBooking.client_id == unit.client_id,
        StorageBooking.unit_id == unit.id,
        StorageBooking.status.in_([status.value for status in BookingStatus.holding()]),
    )
    with as_system(session):
        return session.scalars(query.limit(1)).first() is not None


def require_bookable(unit: StorageUnit) -> None:
    """Raises for a unit that cannot be rented now."""
    if unit.status in (StorageUnitStatus.MAINTENANCE, StorageUnitStatus.OUT_OF_SERVICE):
        raise InvalidInput("unit_id", f"unit {unit.unit_number} is {unit.status}: take another")


def _refuse(unit: StorageUnit, event: UnitEvent, reason: str) -> None:
    raise TransitionRefused(UNIT.name, StorageUnitStatus(unit.status), event, reason)


def _record(
    session: Session,
    subject: Subject,
    unit: StorageUnit,
    action: str,
    at: datetime,
    **details: object,
) -> None:
    audit.record(
        session,
        subject,
        action,
        Resource.STORAGE_UNIT,
        unit.id,
        at,
        unit.location_id,
        details=details,
    )
    session.flush()
