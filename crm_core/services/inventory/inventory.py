"""Movements of stock: every change of a quantity is a line of the item's ledger.

The database adds the ledger up and keeps stock above zero. Promises to journeys are
`reservations`, buying is `purchasing`.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import InventoryTransactionType as Kind
from crm_core.enums import PermissionScope
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import InventoryItem, InventoryTransaction, TruckJourney
from crm_core.money import cents
from crm_core.security import audit
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    can,
    require,
)
from crm_core.services import checks, rows
from crm_core.services.inventory import reservations
from crm_core.services.inventory.reservations import NotInStock
from crm_core.services.inventory.stock_rules import available, mean_cost


@dataclass(frozen=True)
class Movement:
    """One line to book; the quantity is signed, what leaves the stock is negative."""

    kind: Kind
    quantity: Decimal
    unit_cost_amount: Decimal | None = None
    """What it cost to buy; the item's own cost unless given."""
    journey_id: UUID | None = None
    purchase_order_item_id: UUID | None = None
    transfer_group_id: UUID | None = None
    reference: str | None = None
    reason: str | None = None


def sell(
    session: Session,
    subject: Subject,
    *,
    item_id: UUID,
    quantity: Decimal,
    at: datetime,
    journey_id: UUID | None = None,
    reference: str | None = None,
) -> InventoryTransaction:
    """Sold, of what is not promised to others; raises `NotInStock`."""
    item = _item(session, subject, item_id, Action.UPDATE)
    quantity = checks.quantity("quantity", quantity)
    _require_available(item, quantity)
    movement = Movement(Kind.SALE, -quantity, journey_id=journey_id, reference=reference)
    return post(session, subject, item, movement, at)


def use(
    session: Session,
    subject: Subject,
    *,
    item_id: UUID,
    journey_id: UUID,
    quantity: Decimal,
    at: datetime,
) -> InventoryTransaction:
    """Used, or lent, on a journey: what was promised to it goes first. For crews too."""
    item = _item(session, subject, item_id, Action.CREATE)
    _require_journey(session, subject, item, journey_id)
    quantity = checks.quantity("quantity", quantity)
    with as_system(session):
        reservations.use(session, subject, item, journey_id, quantity, at)
    return post(session, subject, item, Movement(Kind.USAGE, -quantity, journey_id=journey_id), at)


def take_back(
    session: Session,
    subject: Subject,
    *,
    item_id: UUID,
    journey_id: UUID,
    quantity: Decimal,
    at: datetime,
) -> InventoryTransaction:
    """Back from a journey, not used or no longer lent; never more than went out for it."""
    item = _item(session, subject, item_id, Action.CREATE)
    _require_journey(session, subject, item, journey_id)
    quantity = checks.quantity("quantity", quantity)
    with as_system(session):
        out = reservations.out_for(session, item, journey_id)
    if quantity > out:
        raise InvalidInput("quantity", f"{quantity} of {out} that went out for the journey")
    return post(session, subject, item, Movement(Kind.RETURN, quantity, journey_id=journey_id), at)


def write_off(
    session: Session,
    subject: Subject,
    *,
    item_id: UUID,
    kind: Kind,
    quantity: Decimal,
    reason: str,
    at: datetime,
) -> InventoryTransaction:
    """Damaged or expired."""
    if kind not in (Kind.DAMAGE, Kind.EXPIRY):
        raise InvalidInput("kind", f"{kind} is no loss: DAMAGE or EXPIRY")
    item = _item(session, subject, item_id, Action.UPDATE)
    quantity = checks.quantity("quantity", quantity)
    reason = checks.clean_text("reason", reason, 200)
    return post(session, subject, item, Movement(kind, -quantity, reason=reason), at)


def adjust(
    session: Session,
    subject: Subject,
    *,
    item_id: UUID,
    counted: Decimal,
    reason: str,
    at: datetime,
) -> InventoryTransaction | None:
    """Bring the stock to what was counted; a manager does, with a reason. None when it agrees."""
    if not (
        can(subject, Resource.INVENTORY, Action.APPROVE)
        or can(subject, Resource.INVENTORY, Action.DELETE)
    ):
        raise ActionRefused(f"{subject.role} may not adjust stock: ask the branch manager")
    item = _item(session, subject, item_id, Action.UPDATE)
    reason = checks.clean_text("reason", reason, 200)
    if counted != 0:
        counted = checks.quantity("counted", counted)
    difference = counted - item.quantity
    if difference == 0:
        return None
    return post(session, subject, item, Movement(Kind.ADJUSTMENT, difference, reason=reason), at)


def transfer(
    session: Session,
    subject: Subject,
    *,
    from_item_id: UUID,
    to_item_id: UUID,
    quantity: Decimal,
    at: datetime,
) -> tuple[InventoryTransaction, InventoryTransaction]:
    """From one branch's stock to another's, of the same thing: one line out, one in.

    Who may move the stock of the branch that gives, may; raises `NotInStock`.
    """
    require(subject, Resource.INVENTORY, Action.UPDATE)
    if from_item_id == to_item_id:
        raise InvalidInput("to_item_id", "is the same stock")
    rows.get(session, subject, InventoryItem, from_item_id, lock=False)
    with as_system(session):  # in a fixed order, so that two transfers never wait for each other
        held = {
            item_id: rows.get(session, subject, InventoryItem, item_id)
            for item_id in sorted((from_item_id, to_item_id))
        }
    source, target = held[from_item_id], held[to_item_id]
    require(subject, Resource.INVENTORY, Action.UPDATE, rows.facts(source))
    if source.sku != target.sku:
        raise InvalidInput("to_item_id", f"is {target.sku}, not {source.sku}")
    quantity = checks.quantity("quantity", quantity)
    _require_available(source, quantity)
    group = new_id(at)
    out = Movement(Kind.TRANSFER, -quantity, transfer_group_id=group)
    into = Movement(Kind.TRANSFER, quantity, source.unit_cost_amount, transfer_group_id=group)
    first = post(session, subject, source, out, at)
    with as_system(session):
        _average(target, quantity, source.unit_cost_amount)
        second = post(session, subject, target, into, at)
    return first, second


def post(
    session: Session, subject: Subject, item: InventoryItem, movement: Movement, at: datetime
) -> InventoryTransaction:
    """Book one line on a held item, for our own services; raises `NotInStock`."""
    after = item.quantity + movement.quantity
    if after < 0 and movement.quantity < 0 and not item.allows_negative:
        raise NotInStock(item, -movement.quantity, item.quantity)
    unit_cost = movement.unit_cost_amount
    unit_cost = item.unit_cost_amount if unit_cost is None else unit_cost
    line = InventoryTransaction(
        client_id=item.client_id,
        id=new_id(at),
        location_id=item.location_id,
        owner_id=subject.user_id,
        inventory_item_id=item.id,
        journey_id=movement.journey_id,
        purchase_order_item_id=movement.purchase_order_item_id,
        transfer_group_id=movement.transfer_group_id,
        transaction_type=movement.kind.value,
        quantity=movement.quantity,
        unit_cost_amount=unit_cost,
        total_cost_amount=cents_away(movement.quantity * unit_cost),
        currency=item.currency,
        occurred_at=at,
        occurred_on=rows.day_at(session, subject, item.location_id, at),
        reference=checks.optional_text("reference", movement.reference, 60),
        reason=movement.reason,
    )
    with as_system(session):  # who books a line does not always may change the item that follows
        session.add(line)
        audit.record(
            session,
            subject,
            movement.kind,
            Resource.INVENTORY,
            item.id,
            at,
            item.location_id,
            details={"quantity": movement.quantity, "line": line.id},
        )
        session.flush()
        session.refresh(item)
    return line


def receive(
    session: Session,
    subject: Subject,
    item: InventoryItem,
    movement: Movement,
    at: datetime,
) -> InventoryTransaction:
    """Goods that were bought reach a held item, whose unit cost follows; for `purchasing`."""
    assert movement.unit_cost_amount is not None
    with as_system(session):
        _average(item, movement.quantity, movement.unit_cost_amount)
        return post(session, subject, item, movement, at)


def cents_away(amount: Decimal) -> Decimal:
    """In cents, halves away from zero: what the database's own rounding says."""
    return -cents(-amount) if amount < 0 else cents(amount)


def _average(item: InventoryItem, quantity: Decimal, unit_cost: Decimal) -> None:
    item.unit_cost_amount = mean_cost(item.quantity, item.unit_cost_amount, quantity, unit_cost)


def _item(session: Session, subject: Subject, item_id: UUID, action: Action) -> InventoryItem:
    """The held item, when the subject may book lines of it: a crew may at its own branch only."""
    require(subject, Resource.INVENTORY, action)
    with as_system(session):
        item = rows.get(session, subject, InventoryItem, item_id)
    facts = {**rows.facts(item), "owner_id": subject.user_id}
    is_own = subject.scope is PermissionScope.OWN
    if not can(subject, Resource.INVENTORY, action, facts) or (
        is_own and item.location_id not in subject.location_ids
    ):
        raise rows.NotFound(InventoryItem, item_id)
    return item


def _require_available(item: InventoryItem, quantity: Decimal) -> None:
    there = available(item.quantity, item.reserved_quantity)
    if quantity > there and not item.allows_negative:
        raise NotInStock(item, quantity, there)


def _require_journey(
    session: Session, subject: Subject, item: InventoryItem, journey_id: UUID
) -> None:
    with as_system(session):
        journey = rows.get(session, subject, TruckJourney, journey_id, lock=False)
    if journey.location_id != item.location_id:
        raise InvalidInput("journey_id", f"{journey.journey_number} is of another branch")
