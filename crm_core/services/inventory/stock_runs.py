"""What looks at all stock: what is past its date, what was lent and is not back, what runs out.

Single movements are `inventory`, orders `purchasing`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.enums import InventoryTransactionType as Kind
from crm_core.models import InventoryItem, InventoryTransaction
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.inventory import inventory
from crm_core.services.inventory.inventory import Movement
from crm_core.services.inventory.stock_rules import (
    Rented,
    StockFlag,
    available,
    charge,
    flags,
    not_back,
)


@dataclass(frozen=True)
class LateRental:
    """Rented items that a customer kept, and the line to charge them with."""

    item_id: UUID
    journey_id: UUID
    location_id: UUID
    description: str
    quantity: Decimal
    unit_price_amount: Decimal
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class StockState:
    """An item as a list shows it."""

    item_id: UUID
    available_quantity: Decimal
    flags: frozenset[StockFlag]


def expire(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Write off what is past its date; daily, as the system: a second run finds nothing."""
    require(subject, Resource.INVENTORY, Action.UPDATE)
    query = (
        select(InventoryItem)
        .where(InventoryItem.client_id == subject.client_id, InventoryItem.quantity > 0)
        .where(InventoryItem.expires_on.is_not(None))
        .order_by(InventoryItem.id)
        .with_for_update()
    )
    written_off = 0
    for item in session.scalars(query).all():
        today = _today(session, subject, item, as_of)
        if item.expires_on is not None and item.expires_on < today:
            movement = Movement(Kind.EXPIRY, -item.quantity, reason=f"expired {item.expires_on}")
            inventory.post(session, subject, item, movement, as_of)
            written_off += 1
    return written_off


def late_rentals(session: Session, subject: Subject, *, as_of: datetime) -> list[LateRental]:
    """What was lent on journeys and is not back after 14 days, by journey and item.

    Billing it is up to the invoice; what is billed and paid for is booked as sold, or comes back.
    """
    require(subject, Resource.INVENTORY, Action.READ)
    query = (
        select(InventoryItem, InventoryTransaction)
        .join(
            InventoryTransaction,
            (InventoryTransaction.client_id == InventoryItem.client_id)
            & (InventoryTransaction.inventory_item_id == InventoryItem.id),
        )
        .where(InventoryItem.client_id == subject.client_id, InventoryItem.is_rental)
        .where(InventoryTransaction.transaction_type.in_([Kind.USAGE.value, Kind.RETURN.value]))
        .where(InventoryTransaction.journey_id.is_not(None))
        .order_by(InventoryTransaction.journey_id, InventoryItem.id)
    )
    lent: dict[tuple[UUID, UUID], tuple[InventoryItem, list[Rented]]] = {}
    for item, line in session.execute(query).tuples():
        assert line.journey_id is not None
        _, moves = lent.setdefault((line.journey_id, item.id), (item, []))
        moves.append(Rented(line.occurred_on, -line.quantity))
    found = []
    for (journey_id, _), (item, moves) in lent.items():
        quantity = not_back(moves, _today(session, subject, item, as_of))
        if quantity > 0:
            found.append(
                LateRental(
                    item.id,
                    journey_id,
                    item.location_id,
                    f"{item.name}, not returned",
                    quantity,
                    item.unit_price_amount,
                    charge(quantity, item.unit_price_amount),
                    item.currency,
                )
            )
    return found


def states(
    session: Session, subject: Subject, *, location_id: UUID, as_of: datetime
) -> list[StockState]:
    """The items of a branch with what is available and what a list points out."""
    require(subject, Resource.INVENTORY, Action.READ)
    today = rows.day_at(session, subject, location_id, as_of)
    last = (
        select(
            InventoryTransaction.inventory_item_id.label("item_id"),
            func.max(InventoryTransaction.occurred_on).label("moved_on"),
        )
        .where(InventoryTransaction.client_id == subject.client_id)
        .where(InventoryTransaction.location_id == location_id)
        .group_by(InventoryTransaction.inventory_item_id)
        .subquery()
    )
    query = (
        select(InventoryItem, last.c.moved_on)
        .outerjoin(last, last.c.item_id == InventoryItem.id)
        .where(InventoryItem.client_id == subject.client_id)
        .where(InventoryItem.location_id == location_id)
        .order_by(InventoryItem.sku)
    )
    found = []
    for item, moved_on in session.execute(query).tuples():
        there = available(item.quantity, item.reserved_quantity)
        found.append(StockState(item.id, there, frozenset(flags(there, moved_on, today))))
    return found


def _today(session: Session, subject: Subject, item: InventoryItem, as_of: datetime) -> date:
    return rows.day_at(session, subject, item.location_id, as_of)
