"""What looks after the assets every day: services that are due, assets that are away for longer.

Work orders themselves are `maintenance`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.enums import (
    EquipmentStatus,
    MaintenanceStatus,
    MaintenanceType,
    SchedulePriority,
    ScheduleStatus,
)
from crm_core.models import Equipment, EquipmentMaintenance, Location, Schedule
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.equipment import equipment, maintenance
from crm_core.services.equipment.equipment_rules import is_near, service_due_on
from crm_core.services.equipment.maintenance import OrderData

OPEN = (MaintenanceStatus.SCHEDULED.value, MaintenanceStatus.IN_PROGRESS.value)


@dataclass(frozen=True)
class DueRun:
    """What one day's run found; ids of assets."""

    ordered: tuple[UUID, ...]
    """A work order with a slot was made."""
    without_time: tuple[UUID, ...]
    """Service is due, and the asset is booked for the days around: the dispatcher must choose."""
    raised: int
    """Slots of overdue services that are urgent now."""


def run_due(session: Session, subject: Subject, *, as_of: datetime) -> DueRun:
    """Plan the services that fall due within 14 days, by days or by kilometres.

    Daily, as the system; a second run on the same day finds nothing to do. One order per asset is
    open at a time, overdue ones have priority HIGH.
    """
    require(subject, Resource.MAINTENANCE, Action.CREATE)
    ordered, without, raised = [], [], 0
    for asset, zone in _in_service(session, subject):
        today = clock.local_date(as_of, zone)
        due = service_due_on(maintenance.plan_of(session, asset), today)
        if due is None:
            continue
        if asset.last_maintenance_on is None or due > asset.last_maintenance_on:
            # Kilometres pull the day forward; they never put off one that was set.
            asset.next_maintenance_on = min(asset.next_maintenance_on or due, due)
            session.flush()
        known = asset.next_maintenance_on or due
        slots = _open_slots(session, asset)
        if slots is not None:
            raised += sum(_raise(slot) for slot in slots if known < today)
            session.flush()
        elif is_near(known, today):
            priority = SchedulePriority.HIGH if known < today else SchedulePriority.NORMAL
            found = maintenance.free_time(
                session, subject, asset, max(known, today + timedelta(days=1)), zone, as_of
            )
            if found is None:
                without.append(asset.id)
                continue
            data = OrderData(
                MaintenanceType.PREVENTIVE, "Service by plan", *found, priority=priority
            )
            maintenance.order(session, subject, equipment_id=asset.id, data=data, at=as_of)
            ordered.append(asset.id)
    return DueRun(tuple(ordered), tuple(without), raised)


def run_absent(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Call off what assets out of service are given for within the next day; slots that lose one.

    Daily, as the system: an asset may be away for longer than was thought.
    """
    require(subject, Resource.EQUIPMENT, Action.UPDATE)
    out = [EquipmentStatus.MAINTENANCE.value, EquipmentStatus.REPAIR.value]
    query = (
        select(Equipment)
        .where(Equipment.client_id == subject.client_id, Equipment.status.in_(out))
        .order_by(Equipment.id)
        .with_for_update()
    )
    until = as_of + timedelta(days=1)
    return sum(
        len(equipment.withdraw_until(session, subject, asset, until, as_of))
        for asset in session.scalars(query).all()
    )


def _in_service(session: Session, subject: Subject) -> list[tuple[Equipment, str]]:
    query = (
        select(Equipment, Location.timezone)
        .join(
            Location,
            (Location.client_id == Equipment.client_id) & (Location.id == Equipment.location_id),
        )
        .where(Equipment.client_id == subject.client_id)
        .where(Equipment.status == EquipmentStatus.ACTIVE.value)
        .where(Equipment.service_days.is_not(None) | Equipment.service_km.is_not(None))
        .order_by(Equipment.id)
        .with_for_update(of=Equipment)
    )
    return list(session.execute(query).tuples())


def _open_slots(session: Session, asset: Equipment) -> list[Schedule] | None:
    """The slots of the service that is planned; None when none is."""
    mine = (
        EquipmentMaintenance.client_id == asset.client_id,
        EquipmentMaintenance.equipment_id == asset.id,
        EquipmentMaintenance.maintenance_type == MaintenanceType.PREVENTIVE.value,
        EquipmentMaintenance.status.in_(OPEN),
    )
    if session.scalars(select(EquipmentMaintenance.id).where(*mine)).first() is None:
        return None
    query = (
        select(Schedule)
        .join(
            EquipmentMaintenance,
            (EquipmentMaintenance.client_id == Schedule.client_id)
            & (EquipmentMaintenance.id == Schedule.maintenance_id),
        )
        .where(*mine, Schedule.status == ScheduleStatus.SCHEDULED.value)
    )
    return list(session.scalars(query))


def _raise(slot: Schedule) -> bool:
    if slot.priority in (SchedulePriority.HIGH, SchedulePriority.URGENT):
        return False
    slot.priority = SchedulePriority.HIGH.value
    return True
