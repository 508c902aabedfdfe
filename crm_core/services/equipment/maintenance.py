"""Work orders on assets: planned, begun, done, called off.

The asset's own status is `equipment`, when service is due is `equipment_rules`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system, set_moment
from crm_core.enums import (
    EquipmentStatus,
    MaintenanceStatus,
    MaintenanceType,
    SchedulePriority,
    ScheduleStatus,
    ScheduleType,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Equipment, EquipmentMaintenance, Schedule
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.equipment import equipment
from crm_core.services.equipment.equipment_rules import ServicePlan, service_due_on
from crm_core.services.finance import ledger, ledger_rules
from crm_core.services.finance.ledger import Voucher
from crm_core.services.machines.equipment import (
    EQUIPMENT,
    WORK_ORDER,
    EquipmentEvent,
    WorkOrderEvent,
)
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.scheduling import SCHEDULE, ScheduleEvent
from crm_core.services.moves import move
from crm_core.services.scheduling import resolutions, slot_facts, slots
from crm_core.services.scheduling.conflicts import Span
from crm_core.services.scheduling.resolutions import Offer
from crm_core.services.scheduling.slots import SlotData

PLANNED = frozenset({MaintenanceType.PREVENTIVE, MaintenanceType.INSPECTION})
"""Work that takes an asset to MAINTENANCE; the rest is REPAIR."""
SHOP_OPENS = time(8)
USUAL_MINUTES = 240


@dataclass(frozen=True)
class OrderData:
    """What is to be done, and when the asset is in the shop."""

    maintenance_type: MaintenanceType
    description: str
    start_at: datetime
    end_at: datetime
    supplier_id: UUID | None = None
    priority: SchedulePriority = SchedulePriority.NORMAL


@dataclass(frozen=True)
class WorkDone:
    """What was done: amounts in the tenant's currency, before tax."""

    odometer_km: int | None = None
    labour_minutes: int | None = None
    labour_amount: Decimal | None = None
    parts_amount: Decimal | None = None
    notes: str | None = None


def order(
    session: Session, subject: Subject, *, equipment_id: UUID, data: OrderData, at: datetime
) -> EquipmentMaintenance:
    """Plan work on an asset with a slot for it; raises `ResourceTaken` with other times."""
    require(subject, Resource.MAINTENANCE, Action.CREATE)
    with as_system(session):
        asset = rows.get(session, subject, Equipment, equipment_id)
    if asset.status in (EquipmentStatus.RETIRED, EquipmentStatus.SOLD):
        raise InvalidInput("equipment_id", f"{asset.name} is {asset.status}")
    row = _row(session, subject, asset, data, at)
    require(subject, Resource.MAINTENANCE, Action.CREATE, rows.facts(row))
    set_moment(session, at)
    with as_system(session):  # a driver reports what is broken and plans nothing
        session.add(row)
        session.flush()
        _note(session, subject, row, "CREATE", at, type=data.maintenance_type)
        slots.add(session, subject, _slot(asset, row, data), asset.location_id, at)
    return row


def start(
    session: Session,
    subject: Subject,
    *,
    order_id: UUID,
    at: datetime,
    back_at: datetime | None = None,
) -> EquipmentMaintenance:
    """Work begins; the asset is out of service until it ends, and its journeys are told."""
    require(subject, Resource.MAINTENANCE, Action.UPDATE)
    row, asset = _held(session, subject, order_id)
    with as_system(session):
        _begin(session, subject, row, asset, at, back_at)
    return row


def complete(
    session: Session, subject: Subject, *, order_id: UUID, done: WorkDone, at: datetime
) -> EquipmentMaintenance:
    """Work ends: what it took, when the next service is due, and the asset is back in service."""
    require(subject, Resource.MAINTENANCE, Action.UPDATE)
    row, asset = _held(session, subject, order_id)
    with as_system(session):
        if row.started_at is not None and at < row.started_at:
            raise InvalidInput("at", "the work began later")
        today = rows.day_at(session, subject, row.location_id, at)
        move(session, subject, WORK_ORDER, row, WorkOrderEvent.COMPLETE, at)
        row.performed_at, row.performed_on = at, today
        row.labour_minutes = checks.count("labour_minutes", done.labour_minutes, 0)
        for name in ("labour_amount", "parts_amount"):
            amount = getattr(done, name)
            setattr(row, name, None if amount is None else checks.money(name, amount))
        row.notes = checks.optional_text("notes", done.notes, 1000)
        if done.odometer_km is not None:
            equipment.set_meter(asset, done.odometer_km)
        row.odometer_km = asset.odometer_km
        if row.maintenance_type == MaintenanceType.PREVENTIVE:
            asset.last_maintenance_on = today
            asset.next_maintenance_on = None
            due = service_due_on(plan_of(session, asset), today)
            row.next_due_on = due if due is not None and due > today else None
            asset.next_maintenance_on = row.next_due_on
        _end(session, subject, row, asset, at)
        _follow(session, subject, row, at)
        _post(session, subject, row, today, at)
    return row


def cancel(
    session: Session, subject: Subject, *, order_id: UUID, reason: str, at: datetime
) -> EquipmentMaintenance:
    """Call work off; an asset that waits for it only is back in service."""
    require(subject, Resource.MAINTENANCE, Action.UPDATE)
    row, asset = _held(session, subject, order_id)
    reason = checks.clean_text("reason", reason, 200)
    with as_system(session):
        was_begun = row.status == MaintenanceStatus.IN_PROGRESS
        move(session, subject, WORK_ORDER, row, WorkOrderEvent.CANCEL, at)
        row.cancellation_reason = reason
        if was_begun:
            _end(session, subject, row, asset, at)
        _follow(session, subject, row, at)
    return row


def fail_inspection(
    session: Session,
    subject: Subject,
    *,
    equipment_id: UUID,
    findings: str,
    at: datetime,
    back_at: datetime | None = None,
) -> tuple[EquipmentMaintenance, list[Offer]]:
    """A vehicle failed its check in the morning: repaired from now on, and what could go instead.

    For crews too, on a truck that they see. The offers are for the span until it is back.
    """
    require(subject, Resource.MAINTENANCE, Action.CREATE)
    asset = rows.get_for_effect(session, subject, Equipment, equipment_id)
    until = back_at or at + equipment.OUT_FOR
    data = OrderData(MaintenanceType.CORRECTIVE, findings, at, until)
    row = _row(session, subject, asset, data, at)
    span = Span(at, until)
    with as_system(session):
        set_moment(session, at)
        session.add(row)
        session.flush()
        _note(session, subject, row, "CREATE", at, type=MaintenanceType.CORRECTIVE)
        _begin(session, subject, row, asset, at, until)
        offers = resolutions.truck_offers(
            session, subject, equipment=asset, location_id=asset.location_id, span=span, at=at
        )
    return row, offers


def plan_of(session: Session, asset: Equipment) -> ServicePlan:
    """What the service of an asset is planned by; as the system."""
    query = (
        select(EquipmentMaintenance.odometer_km)
        .where(EquipmentMaintenance.client_id == asset.client_id)
        .where(EquipmentMaintenance.equipment_id == asset.id)
        .where(EquipmentMaintenance.status == MaintenanceStatus.COMPLETED.value)
        .where(EquipmentMaintenance.maintenance_type == MaintenanceType.PREVENTIVE.value)
        .order_by(EquipmentMaintenance.performed_on.desc(), EquipmentMaintenance.id.desc())
        .limit(1)
    )
    return ServicePlan(
        asset.service_days,
        asset.service_km,
        asset.last_maintenance_on or asset.purchased_on,
        session.scalars(query).one_or_none(),
        asset.odometer_km,
    )


def free_time(
    session: Session, subject: Subject, asset: Equipment, on: date, zone: str, at: datetime
) -> Span | None:
    """The free time in the shop nearest to a day; None when there is none within three days."""
    start = clock.instant_of(datetime.combine(on, SHOP_OPENS), zone)
    span = Span(start, start + timedelta(minutes=USUAL_MINUTES))
    wide = Span(span.start_at - resolutions.WITHIN, span.end_at + resolutions.WITHIN)
    taken = slot_facts.booked_of(session, subject, [asset.id], wide)[asset.id]

    def fits(each: Span) -> bool:
        return clock.local_naive(each.start_at, zone).time() >= SHOP_OPENS

    if span.start_at >= at and not any(span.overlaps(each) for each in taken):
        return span
    return resolutions.nearest_free(span, taken, fits, at)


def _row(
    session: Session, subject: Subject, asset: Equipment, data: OrderData, at: datetime
) -> EquipmentMaintenance:
    return EquipmentMaintenance(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=asset.location_id,
        equipment_id=asset.id,
        owner_id=subject.user_id,
        supplier_id=data.supplier_id,
        maintenance_type=data.maintenance_type.value,
        status=MaintenanceStatus.SCHEDULED.value,
        description=checks.clean_text("description", data.description, 1000),
        scheduled_on=rows.day_at(session, subject, asset.location_id, data.start_at),
    )


def _slot(asset: Equipment, row: EquipmentMaintenance, data: OrderData) -> SlotData:
    return SlotData(
        ScheduleType.MAINTENANCE,
        f"{data.maintenance_type.value.capitalize()} work on {asset.name}",
        data.start_at,
        data.end_at,
        equipment_ids=(asset.id,),
        priority=data.priority,
        maintenance_id=row.id,
    )


def _held(
    session: Session, subject: Subject, order_id: UUID
) -> tuple[EquipmentMaintenance, Equipment]:
    """The order and its asset, locked: the asset first, as whoever books it does."""
    seen = rows.get(session, subject, EquipmentMaintenance, order_id, lock=False)
    with as_system(session):
        asset = rows.get(session, subject, Equipment, seen.equipment_id)
    row = rows.act_on(
        session, subject, EquipmentMaintenance, order_id, Resource.MAINTENANCE, Action.UPDATE
    )
    return row, asset


def _begin(
    session: Session,
    subject: Subject,
    row: EquipmentMaintenance,
    asset: Equipment,
    at: datetime,
    back_at: datetime | None,
) -> None:
    status = EquipmentStatus(asset.status)
    if status in (EquipmentStatus.RETIRED, EquipmentStatus.SOLD):
        reason = f"{asset.name} is {status}"
        state = MaintenanceStatus(row.status)
        raise TransitionRefused(WORK_ORDER.name, state, WorkOrderEvent.START, reason)
    move(session, subject, WORK_ORDER, row, WorkOrderEvent.START, at)
    row.started_at = at
    if not _is_down(session, asset):
        row.down_from_at = at
    session.flush()
    if status is EquipmentStatus.ACTIVE:
        is_planned = MaintenanceType(row.maintenance_type) in PLANNED
        event = EquipmentEvent.SERVICE if is_planned else EquipmentEvent.BREAK_DOWN
        equipment.take_out(session, subject, asset, event, at, back_at)
    _follow(session, subject, row, at)


def _is_down(session: Session, asset: Equipment) -> bool:
    """Whether another order counts the time that the asset is down."""
    query = select(EquipmentMaintenance.id).where(
        EquipmentMaintenance.client_id == asset.client_id,
        EquipmentMaintenance.equipment_id == asset.id,
        EquipmentMaintenance.status != MaintenanceStatus.CANCELLED.value,
        EquipmentMaintenance.down_from_at.is_not(None),
        EquipmentMaintenance.up_at.is_(None),
    )
    return session.scalars(query).first() is not None


def _end(
    session: Session, subject: Subject, row: EquipmentMaintenance, asset: Equipment, at: datetime
) -> None:
    if row.down_from_at is not None:
        if at > row.down_from_at:
            row.up_at = at
        else:
            row.down_from_at = None
    session.flush()
    is_out = asset.status in (EquipmentStatus.MAINTENANCE, EquipmentStatus.REPAIR)
    if is_out and not equipment.is_worked_on(session, asset):
        move(session, subject, EQUIPMENT, asset, EquipmentEvent.RETURN, at)
        session.flush()


def _follow(session: Session, subject: Subject, row: EquipmentMaintenance, at: datetime) -> None:
    """The slot of an order goes with it; one that had begun ends as completed."""
    query = (
        select(Schedule)
        .where(Schedule.client_id == row.client_id, Schedule.maintenance_id == row.id)
        .where(Schedule.status.not_in([each.value for each in ScheduleStatus.released()]))
        .with_for_update()
    )
    is_cancelled = row.status == MaintenanceStatus.CANCELLED
    for slot in session.scalars(query.execution_options(populate_existing=True)):
        if is_cancelled and slot.status == ScheduleStatus.SCHEDULED:
            move(session, subject, SCHEDULE, slot, ScheduleEvent.CANCEL, at)
            continue
        if slot.status == ScheduleStatus.SCHEDULED:
            move(session, subject, SCHEDULE, slot, ScheduleEvent.START, at)
            session.flush()  # each step is one of its own
        over = row.status in (MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED)
        if over and slot.status == ScheduleStatus.IN_PROGRESS:
            slots.end(session, subject, slot, at)
    session.flush()


def _post(
    session: Session, subject: Subject, row: EquipmentMaintenance, on: date, at: datetime
) -> None:
    """The cost of the work, as an expense of the branch on the day it was done."""
    amount = (row.labour_amount or Decimal(0)) + (row.parts_amount or Decimal(0))
    voucher = Voucher(row.location_id, row.owner_id, row.currency, on, reference=str(row.id))
    ledger.post(session, subject, voucher, ledger_rules.of_maintenance(amount), at)


def _note(
    session: Session,
    subject: Subject,
    row: EquipmentMaintenance,
    action: str,
    at: datetime,
    **details: object,
) -> None:
    audit.record(
        session, subject, action, Resource.MAINTENANCE, row.id, at, row.location_id, details=details
    )
