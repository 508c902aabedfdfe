"""What must be true of the calendar, of assets and of stock after every act of a walk.

Nothing is booked twice or while it is out of service, the ledger of stock adds up to what is there
and never goes below zero, promises add up to what is reserved.
"""

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm_core.enums import EquipmentStatus, MaintenanceStatus
from crm_core.models import (
    Equipment,
    EquipmentAssignment,
    EquipmentMaintenance,
    InventoryItem,
    InventoryTransaction,
    Occupancy,
    PurchaseOrderItem,
    Schedule,
    ScheduleResource,
    StockReservation,
)
from crm_core.models.base import Owned


def calendar_holds(session: Session, row: Owned) -> None:
    """The list of what is taken is what stands, and nothing out of service is planned soon."""
    taken = session.scalar(select(func.count()).select_from(Occupancy))
    standing = [
        select(func.count()).where(EquipmentAssignment.status != "CANCELLED"),
        select(func.count()).where(ScheduleResource.is_released.is_(False)),
        select(text("count(*)"))
        .select_from(text("core.assigned_crew"))
        .where(text("status in ('ASSIGNED', 'CONFIRMED', 'ON_SITE', 'COMPLETED')")),
    ]
    assert taken == sum(session.scalar(each) or 0 for each in standing)
    over = select(ScheduleResource.id).join(Schedule, Schedule.id == ScheduleResource.schedule_id)
    over = over.where(Schedule.status.in_(["CANCELLED", "RESCHEDULED"]))
    assert session.scalars(over.where(ScheduleResource.is_released.is_(False))).all() == []


def shop_holds(session: Session, row: Owned) -> None:
    """An asset is out while it is worked on, down once at a time, and given to nobody soon."""
    calendar_holds(session, row)
    for asset in session.scalars(select(Equipment)):
        orders = session.scalars(
            select(EquipmentMaintenance).where(EquipmentMaintenance.equipment_id == asset.id)
        ).all()
        worked_on = any(each.status == MaintenanceStatus.IN_PROGRESS for each in orders)
        assert not worked_on or asset.status != EquipmentStatus.ACTIVE
        down = [each for each in orders if each.down_from_at and not each.up_at]
        assert len(down) <= 1
        assert all(each.status == MaintenanceStatus.IN_PROGRESS for each in down)
        gone = asset.status in (EquipmentStatus.RETIRED, EquipmentStatus.SOLD)
        given = session.scalars(
            select(EquipmentAssignment.status).where(EquipmentAssignment.equipment_id == asset.id)
        )
        assert not gone or "ACTIVE" not in set(given)


def stock_holds(session: Session, row: Owned) -> None:
    """No drift between ledger and stock, nothing below zero, promises as reserved."""
    for item in session.scalars(select(InventoryItem).execution_options(populate_existing=True)):
        mine = InventoryTransaction.inventory_item_id == item.id
        total = session.scalar(select(func.sum(InventoryTransaction.quantity)).where(mine))
        assert item.quantity == (total or 0) and item.quantity >= 0
        promised = select(func.sum(StockReservation.quantity)).where(
            StockReservation.inventory_item_id == item.id
        )
        assert item.reserved_quantity == (session.scalar(promised) or 0)
    for line in session.scalars(select(PurchaseOrderItem)):
        posted = select(func.sum(InventoryTransaction.quantity)).where(
            InventoryTransaction.purchase_order_item_id == line.id
        )
        assert line.received_quantity == (session.scalar(posted) or 0) <= line.ordered_quantity
