"""Stock that is promised to a journey: reserved, given back; using it up is `inventory`.

What an item has reserved is the sum of these rows; whoever changes one holds the item's row first.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import InventoryTransactionType as Kind
from crm_core.enums import JourneyStage
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import InventoryItem, InventoryTransaction, StockReservation, TruckJourney
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.inventory.stock_rules import available

ZERO = Decimal("0.00")


class NotInStock(CrmError):
    """More of an item is wanted than there is."""

    def __init__(self, item: InventoryItem, wanted: Decimal, there: Decimal) -> None:
        super().__init__(f"{item.name} ({item.sku}): {wanted} wanted, {there} there")
        self.field = "quantity"


def reserve(
    session: Session,
    subject: Subject,
    *,
    item_id: UUID,
    journey_id: UUID,
    quantity: Decimal,
    at: datetime,
) -> StockReservation:
    """Promise so much of an item to a journey, instead of what it was promised before.

    Raises `NotInStock` where less is available.
    """
    require(subject, Resource.INVENTORY, Action.UPDATE)
    if quantity != 0:
        checks.quantity("quantity", quantity)
    journey = rows.get(session, subject, TruckJourney, journey_id, lock=False)
    item = rows.get(session, subject, InventoryItem, item_id)
    if journey.location_id != item.location_id:
        raise InvalidInput("item_id", "is stock of another branch: transfer it first")
    if quantity and JourneyStage(journey.status) in (
        *JourneyStage.done(),
        JourneyStage.CANCELLED,
    ):
        raise InvalidInput("journey_id", f"{journey.journey_number} is {journey.status} already")
    with as_system(session):
        row = _row(session, item, journey)
        more = quantity - (row.quantity if row is not None else ZERO)
        if more > available(item.quantity, item.reserved_quantity):
            there = available(item.quantity, item.reserved_quantity)
            raise NotInStock(item, more, there)
        if row is None:
            row = StockReservation(
                client_id=item.client_id,
                id=new_id(at),
                location_id=item.location_id,
                owner_id=journey.owner_id,
                inventory_item_id=item.id,
                journey_id=journey.id,
                quantity=ZERO,
            )
            session.add(row)
        change(session, subject, item, row, more, at)
    return row


def release_all(session: Session, subject: Subject, journey: TruckJourney, at: datetime) -> None:
    """Give back what a journey was promised and did not use; as the system."""
    query = select(StockReservation).where(
        StockReservation.client_id == journey.client_id,
        StockReservation.journey_id == journey.id,
        StockReservation.quantity > 0,
    )
    for row in session.scalars(query.order_by(StockReservation.inventory_item_id)).all():
        item = rows.get(session, subject, InventoryItem, row.inventory_item_id)
        session.refresh(row)
        change(session, subject, item, row, -row.quantity, at)


def use(
    session: Session,
    subject: Subject,
    item: InventoryItem,
    journey_id: UUID,
    quantity: Decimal,
    at: datetime,
) -> None:
    """What a journey used of an item is no longer promised to it; the item's row is held."""
    query = select(StockReservation).where(
        StockReservation.client_id == item.client_id,
        StockReservation.journey_id == journey_id,
        StockReservation.inventory_item_id == item.id,
    )
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is not None and row.quantity > 0:
        change(session, subject, item, row, -min(row.quantity, quantity), at)


def out_for(session: Session, item: InventoryItem, journey_id: UUID) -> Decimal:
    """How many of an item went out for a journey and did not come back."""
    query = select(func.coalesce(func.sum(-InventoryTransaction.quantity), 0)).where(
        InventoryTransaction.client_id == item.client_id,
        InventoryTransaction.inventory_item_id == item.id,
        InventoryTransaction.journey_id == journey_id,
        InventoryTransaction.transaction_type.in_([Kind.USAGE.value, Kind.RETURN.value]),
    )
    return Decimal(session.scalars(query).one())


def change(
    session: Session,
    subject: Subject,
    item: InventoryItem,
    row: StockReservation,
    more: Decimal,
    at: datetime,
) -> None:
    """Move a promise and the item's sum of them together."""
    if more == 0:
        session.flush()
        return
    row.quantity += more
    item.reserved_quantity += more
    audit.record(
        session,
        subject,
        "RESERVE" if more > 0 else "RELEASE",
        Resource.INVENTORY,
        item.id,
        at,
        item.location_id,
        details={"journey_id": row.journey_id, "quantity": abs(more), "left": row.quantity},
    )
    session.flush()


def _row(session: Session, item: InventoryItem, journey: TruckJourney) -> StockReservation | None:
    query = select(StockReservation).where(
        StockReservation.client_id == item.client_id,
        StockReservation.journey_id == journey.id,
        StockReservation.inventory_item_id == item.id,
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
