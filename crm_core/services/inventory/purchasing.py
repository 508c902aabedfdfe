"""Purchase orders: suggested when stock runs low, approved, sent, received into the stock.

A draft is the suggestion; an item stands on one at a time. How much is suggested is `stock_rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NoReturn
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import InventoryTransactionType, PurchaseOrderStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import InventoryItem, PurchaseOrder, PurchaseOrderItem, Supplier
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.inventory import inventory
from crm_core.services.inventory.inventory import Movement
from crm_core.services.inventory.stock_rules import StockFacts, reorder_quantity
from crm_core.services.machines.inventory import PURCHASE_ORDER, PurchaseEvent
from crm_core.services.machines.machine import TransitionRefused, next_state
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number

ON_THE_WAY = (PurchaseOrderStatus.SENT.value, PurchaseOrderStatus.PARTIAL.value)
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Suggestions:
    """What a run over the stock proposes."""

    orders: tuple[PurchaseOrder, ...]
    without_supplier: tuple[UUID, ...]
    """Items that ought to be ordered, and nobody knows from whom."""


def draft(
    session: Session,
    subject: Subject,
    *,
    location_id: UUID,
    supplier_id: UUID,
    lines: Mapping[UUID, Decimal],
    at: datetime,
) -> PurchaseOrder:
    """Write an order: quantities by item, at the items' own cost."""
    require(subject, Resource.PURCHASE, Action.CREATE)
    if not lines:
        raise InvalidInput("lines", "an order needs at least one item")
    supplier = rows.get(session, subject, Supplier, supplier_id, lock=False)
    if not supplier.is_active:
        raise InvalidInput("supplier_id", f"{supplier.name} is no longer bought from")
    today = rows.day_at(session, subject, location_id, at)
    with as_system(session):
        items = {each: rows.get(session, subject, InventoryItem, each) for each in sorted(lines)}
    _require_free(session, subject, location_id, items)
    order = PurchaseOrder(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        owner_id=subject.user_id,
        supplier_id=supplier.id,
        order_number=next_number(session, subject, NumberKind.PURCHASE_ORDER, today),
        status=PurchaseOrderStatus.DRAFT.value,
        currency=next(iter(items.values())).currency,
    )
    require(subject, Resource.PURCHASE, Action.CREATE, rows.facts(order))
    set_moment(session, at)
    with as_system(session):
        session.add(order)
        session.flush()
        session.add_all(
            PurchaseOrderItem(
                client_id=subject.client_id,
                id=new_id(at),
                location_id=location_id,
                owner_id=subject.user_id,
                purchase_order_id=order.id,
                inventory_item_id=item.id,
                ordered_quantity=checks.quantity("quantity", lines[item.id]),
                received_quantity=ZERO,
                unit_cost_amount=item.unit_cost_amount,
            )
            for item in items.values()
        )
        _note(session, subject, order, "CREATE", at, lines=len(items))
        session.flush()
    return order


def run_reorder(session: Session, subject: Subject, *, as_of: datetime) -> Suggestions:
    """Draft an order per branch and supplier for everything that has come down to its minimum.

    Daily, as the system; an item on a draft is left alone, so a second run drafts nothing.
    """
    require(subject, Resource.PURCHASE, Action.CREATE)
    drafted, coming = _ordered(session, subject)
    wanted: dict[tuple[UUID, UUID], dict[UUID, Decimal]] = {}
    without = []
    query = select(InventoryItem).where(InventoryItem.client_id == subject.client_id)
    for item in session.scalars(query.order_by(InventoryItem.location_id, InventoryItem.sku)):
        quantity = reorder_quantity(
            StockFacts(
                item.quantity,
                item.reserved_quantity,
                item.min_quantity,
                item.max_quantity,
                coming.get(item.id, ZERO),
                item.pack_quantity,
                item.reorder_quantity,
            )
        )
        if quantity == 0 or item.id in drafted:
            continue
        if item.supplier_id is None:
            without.append(item.id)
            continue
        wanted.setdefault((item.location_id, item.supplier_id), {})[item.id] = quantity
    orders = tuple(
        draft(
            session,
            subject,
            location_id=location_id,
            supplier_id=supplier_id,
            lines=lines,
            at=as_of,
        )
        for (location_id, supplier_id), lines in wanted.items()
        if rows.get(session, subject, Supplier, supplier_id, lock=False).is_active
    )
    return Suggestions(orders, tuple(without))


def change_lines(
    session: Session,
    subject: Subject,
    *,
    order_id: UUID,
    quantities: Mapping[UUID, Decimal],
    at: datetime,
) -> PurchaseOrder:
    """Order other quantities of the items of a draft; it must be approved again."""
    require(subject, Resource.PURCHASE, Action.UPDATE)
    order = rows.get(session, subject, PurchaseOrder, order_id)
    if order.status != PurchaseOrderStatus.DRAFT:
        _refuse(order, PurchaseEvent.SEND, "only a draft is changed")
    lines = {line.inventory_item_id: line for line in lines_of(session, order)}
    for item_id, quantity in quantities.items():
        if item_id not in lines:
            raise InvalidInput("quantities", f"{item_id} is not on the order")
        lines[item_id].ordered_quantity = checks.quantity("quantity", quantity)
    order.approved_by_id = order.approved_at = None
    _note(session, subject, order, "UPDATE", at, lines=len(quantities))
    session.flush()
    return order


def approve(session: Session, subject: Subject, *, order_id: UUID, at: datetime) -> PurchaseOrder:
    """The branch manager lets a draft be sent."""
    require(subject, Resource.PURCHASE, Action.APPROVE)
    order = rows.act_on(
        session, subject, PurchaseOrder, order_id, Resource.PURCHASE, Action.APPROVE
    )
    if order.status != PurchaseOrderStatus.DRAFT:
        _refuse(order, PurchaseEvent.SEND, "only a draft is approved")
    if subject.user_id is None:
        _refuse(order, PurchaseEvent.SEND, "a person must approve it")
    with as_system(session):
        order.approved_by_id, order.approved_at = subject.user_id, at
        _note(session, subject, order, "APPROVE", at)
        session.flush()
    return order


def send(session: Session, subject: Subject, *, order_id: UUID, at: datetime) -> PurchaseOrder:
    """An approved draft goes to the supplier; it is expected after their lead time."""
    require(subject, Resource.PURCHASE, Action.UPDATE)
    order = rows.get(session, subject, PurchaseOrder, order_id)
    supplier = rows.get(session, subject, Supplier, order.supplier_id, lock=False)
    next_state(PURCHASE_ORDER, PurchaseOrderStatus(order.status), PurchaseEvent.SEND)
    if order.approved_at is None:
        _refuse(order, PurchaseEvent.SEND, "it is not approved")
    order.ordered_on = rows.day_at(session, subject, order.location_id, at)
    order.expected_on = order.ordered_on + timedelta(days=supplier.lead_time_days)
    move(session, subject, PURCHASE_ORDER, order, PurchaseEvent.SEND, at)
    session.flush()
    return order


def receive(
    session: Session,
    subject: Subject,
    *,
    order_id: UUID,
    quantities: Mapping[UUID, Decimal],
    at: datetime,
) -> PurchaseOrder:
    """Goods arrive: quantities by item, into the stock at the cost of the order."""
    require(subject, Resource.PURCHASE, Action.UPDATE)
    order = rows.get(session, subject, PurchaseOrder, order_id)
    next_state(PURCHASE_ORDER, PurchaseOrderStatus(order.status), PurchaseEvent.RECEIVE_PART)
    if not quantities:
        raise InvalidInput("quantities", "nothing arrived")
    with as_system(session):
        lines = {line.inventory_item_id: line for line in lines_of(session, order)}
        for item_id in sorted(quantities):
            if item_id not in lines:
                raise InvalidInput("quantities", f"{item_id} is not on the order")
            line, quantity = lines[item_id], checks.quantity("quantity", quantities[item_id])
            missing = line.ordered_quantity - line.received_quantity
            if quantity > missing:
                raise InvalidInput("quantities", f"{quantity} arrived, {missing} were missing")
            item = rows.get(session, subject, InventoryItem, item_id)
            line.received_quantity += quantity
            bought = Movement(
                InventoryTransactionType.PURCHASE,
                quantity,
                line.unit_cost_amount,
                purchase_order_item_id=line.id,
                reference=order.order_number,
            )
            inventory.receive(session, subject, item, bought, at)
        is_all = all(each.received_quantity == each.ordered_quantity for each in lines.values())
        event = PurchaseEvent.RECEIVE_REST if is_all else PurchaseEvent.RECEIVE_PART
        _close(session, subject, order, event, at)
    return order


def close_short(
    session: Session, subject: Subject, *, order_id: UUID, at: datetime
) -> PurchaseOrder:
    """The rest of an order will not come; nothing of it counts as on its way any more."""
    require(subject, Resource.PURCHASE, Action.UPDATE)
    order = rows.get(session, subject, PurchaseOrder, order_id)
    if order.status != PurchaseOrderStatus.PARTIAL:
        _refuse(order, PurchaseEvent.RECEIVE_REST, "nothing arrived yet: cancel it")
    _close(session, subject, order, PurchaseEvent.RECEIVE_REST, at)
    return order


def cancel(
    session: Session, subject: Subject, *, order_id: UUID, reason: str, at: datetime
) -> PurchaseOrder:
    """Call off an order of which nothing arrived."""
    require(subject, Resource.PURCHASE, Action.UPDATE)
    order = rows.get(session, subject, PurchaseOrder, order_id)
    reason = checks.clean_text("reason", reason, 100)
    move(session, subject, PURCHASE_ORDER, order, PurchaseEvent.CANCEL, at, reason=reason)
    session.flush()
    return order


def lines_of(session: Session, order: PurchaseOrder) -> list[PurchaseOrderItem]:
    """The lines of an order, by item."""
    query = select(PurchaseOrderItem).where(
        PurchaseOrderItem.client_id == order.client_id,
        PurchaseOrderItem.purchase_order_id == order.id,
    )
    return list(session.scalars(query.order_by(PurchaseOrderItem.inventory_item_id)))


def _close(
    session: Session, subject: Subject, order: PurchaseOrder, event: PurchaseEvent, at: datetime
) -> None:
    if event is PurchaseEvent.RECEIVE_REST:
        order.received_on = rows.day_at(session, subject, order.location_id, at)
    move(session, subject, PURCHASE_ORDER, order, event, at)
    session.flush()


def _require_free(
    session: Session, subject: Subject, location_id: UUID, items: Mapping[UUID, InventoryItem]
) -> None:
    """Items of the branch, none of them on another draft."""
    with as_system(session):
        drafted, _ = _ordered(session, subject)
    for item in items.values():
        if item.location_id != location_id:
            raise InvalidInput("lines", f"{item.sku} is stock of another branch")
        if item.id in drafted:
            raise InvalidInput("lines", f"{item.sku} stands on another draft already")


def _ordered(session: Session, subject: Subject) -> tuple[set[UUID], dict[UUID, Decimal]]:
    """The items on drafts, and how many of each are on their way."""
    of_orders = (
        select(PurchaseOrderItem.inventory_item_id)
        .join(
            PurchaseOrder,
            (PurchaseOrder.client_id == PurchaseOrderItem.client_id)
            & (PurchaseOrder.id == PurchaseOrderItem.purchase_order_id),
        )
        .where(PurchaseOrderItem.client_id == subject.client_id)
    )
    drafts = of_orders.where(PurchaseOrder.status == PurchaseOrderStatus.DRAFT.value)
    missing = func.sum(PurchaseOrderItem.ordered_quantity - PurchaseOrderItem.received_quantity)
    coming = (
        of_orders.add_columns(missing)
        .where(PurchaseOrder.status.in_(ON_THE_WAY))
        .group_by(PurchaseOrderItem.inventory_item_id)
    )
    return set(session.scalars(drafts)), dict(session.execute(coming).tuples().all())


def _note(
    session: Session,
    subject: Subject,
    order: PurchaseOrder,
    action: str,
    at: datetime,
    **details: object,
) -> None:
    audit.record(
        session, subject, action, Resource.PURCHASE, order.id, at, order.location_id,
        details=details,
    )  # fmt: skip


def _refuse(order: PurchaseOrder, event: PurchaseEvent, reason: str) -> NoReturn:
    state = PurchaseOrderStatus(order.status)
    raise TransitionRefused(PURCHASE_ORDER.name, state, event, reason)
