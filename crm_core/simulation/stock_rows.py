"""Articles, movements, suppliers and purchase orders as rows.

What moves and when is decided in `crm_core.simulation.stock`.
"""

import numpy as np
import polars as pl

from crm_core.enums import InventoryTransactionType, PurchaseOrderStatus, UserRole
from crm_core.simulation.frames import NEVER, choice, days, gather, instants, money, numbered, only
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import Frames, World
from crm_core.simulation.span import first_day, opened_days
from crm_core.simulation.status_log import Lives
from crm_core.simulation.stock import MATERIALS, Stock, unit_costs
from crm_core.simulation.zones import DAY

KINDS = (
    InventoryTransactionType.ADJUSTMENT,
    InventoryTransactionType.PURCHASE,
    InventoryTransactionType.USAGE,
    InventoryTransactionType.DAMAGE,
)
SUPPLIERS = ("Boxwell Packaging", "Paperline Supply", "Northern Wrap Works")
SUPPLIER_OF = np.arange(len(MATERIALS)) % len(SUPPLIERS)
LEAST = 40


def stock_frames(world: World, moved: Stock, journey: pl.Series) -> tuple[Frames, list[Lives]]:
    """Suppliers, articles, orders with their lines, and the ledger."""
    rng = world.rng("stock rows")
    start = np.full(len(SUPPLIERS), first_day(world) * DAY)
    supplier_ids = new_ids(start * 1000, rng)
    items = _items(world, rng, moved, supplier_ids)
    orders, lines, life = _orders(world, rng, moved, supplier_ids, items)
    branch = moved.item // len(MATERIALS)
    cost = unit_costs()[moved.item % len(MATERIALS)]
    total = moved.quantity * cost
    cents = np.sign(total) * ((np.abs(total) + 50) // 100)
    stamp = instants(moved.at)
    reasons = pl.select(
        pl.when(pl.Series(moved.is_count & (moved.sequence == 1)))
        .then(pl.lit("opening count"))
        .when(pl.Series(moved.is_count))
        .then(pl.lit("count"))
    ).to_series()
    ledger = pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(moved.item), eager=True),
            "id": new_ids(moved.at * 1000, rng),
            "location_id": world.location_ids.gather(branch),
            "inventory_item_id": items["id"].gather(moved.item),
            "journey_id": gather(journey, moved.job),
            "purchase_order_item_id": gather(lines["id"], moved.line),
            "transaction_type": choice([k.value for k in KINDS], moved.kind),
            "quantity": money(moved.quantity * 100),
            "unit_cost_amount": _fine(cost),
            "total_cost_amount": money(cents),
            "occurred_at": stamp,
            "occurred_on": days(world.zones.local(moved.at, branch) // DAY),
            "sequence": moved.sequence,
            "balance_after": money(moved.balance * 100),
            "reason": reasons,
            "created_at": stamp,
            "updated_at": stamp,
        }
    )
    suppliers = pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(SUPPLIERS), eager=True),
            "id": supplier_ids,
            "name": pl.Series(SUPPLIERS),
            "category": pl.repeat("PACKING", len(SUPPLIERS), eager=True),
            "lead_time_days": [5, 6, 7],
            "rating": ["4.50", "4.10", "3.80"],
            "created_at": instants(start),
            "updated_at": instants(start),
        }
    )
    frames = {
        "suppliers": suppliers,
        "inventory_items": items,
        "purchase_orders": orders,
        "purchase_order_items": lines,
        "inventory_transactions": ledger,
    }
    return frames, [life]


def _fine(hundredths_of_cents: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    """Hundredths of a cent as decimal(18,4)."""
    return (pl.Series(hundredths_of_cents).cast(pl.Decimal(22, 4)) / 10_000).cast(pl.Decimal(18, 4))


def _items(
    world: World, rng: np.random.Generator, moved: Stock, supplier_ids: pl.Series
) -> pl.DataFrame:
    hand, count = moved.last()
    kinds = len(MATERIALS)
    branch, material = np.arange(moved.items) // kinds, np.arange(moved.items) % kinds
    stamp = (opened_days(world)[branch] * DAY).astype(np.int64)
    last = np.zeros(moved.items, dtype=np.int64)
    np.maximum.at(last, moved.item, moved.at)
    reorder = np.array([m.reorder for m in MATERIALS])[material]
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, moved.items, eager=True),
            "id": new_ids(stamp * 1000, rng),
            "location_id": world.location_ids.gather(branch),
            "supplier_id": supplier_ids.gather(SUPPLIER_OF[material]),
            "sku": choice([m.sku for m in MATERIALS], material),
            "name": choice([m.name for m in MATERIALS], material),
            "category": choice([m.category for m in MATERIALS], material),
            "quantity": money(hand * 100),
            "transaction_count": count,
            "min_quantity": money(np.full(moved.items, LEAST * 100)),
            "reorder_quantity": money(reorder * 100),
            "pack_quantity": money(np.array([m.pack for m in MATERIALS])[material] * 100),
            "lead_time_days": np.full(moved.items, 6),
            "unit_cost_amount": _fine(unit_costs()[material]),
            "unit_price_amount": money(np.array([m.price for m in MATERIALS])[material]),
            "created_at": instants(stamp),
            "updated_at": instants(np.maximum(last, stamp)),
        }
    )


def _orders(
    world: World,
    rng: np.random.Generator,
    moved: Stock,
    supplier_ids: pl.Series,
    items: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame, Lives]:
    bought = moved.orders
    made = bought.ordered_on * DAY + 15 * 3600
    came = bought.received_at <= world.as_of
    manager, _ = world.posts(UserRole.MANAGER)
    numbers, _ = numbered("PO", bought.ordered_on, made)
    received_on = world.zones.local(np.minimum(bought.received_at, world.as_of), bought.branch)
    statuses = [PurchaseOrderStatus.SENT.value, PurchaseOrderStatus.RECEIVED.value]
    orders = pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(made), eager=True),
            "id": new_ids(made * 1000, rng),
            "location_id": world.location_ids.gather(bought.branch),
            "supplier_id": supplier_ids.gather(bought.branch % len(SUPPLIERS)),
            "order_number": numbers,
            "status": choice(statuses, came * 1),
            "ordered_on": days(bought.ordered_on),
            "expected_on": days(bought.expected_on),
            "received_on": days(received_on // DAY, came),
            "approved_by_id": world.user_ids.gather(manager[bought.branch]),
            "approved_at": instants(made),
            "created_at": instants(made),
            "updated_at": instants(np.where(came, bought.received_at, made)),
        }
    )
    of = orders.select("client_id", "location_id", "id", "created_at", "updated_at")[bought.order]
    ordered = money(bought.quantity * 100)
    lines = pl.DataFrame(
        {
            "client_id": of["client_id"],
            "id": new_ids(made[bought.order] * 1000, rng),
            "location_id": of["location_id"],
            "purchase_order_id": of["id"],
            "inventory_item_id": items["id"].gather(bought.item),
            "ordered_quantity": ordered,
            "received_quantity": money(bought.quantity * 100 * came[bought.order]),
            "unit_cost_amount": _fine(unit_costs()[bought.item % len(MATERIALS)]),
            "created_at": of["created_at"],
            "updated_at": of["updated_at"],
        }
    )
    steps = [
        (PurchaseOrderStatus.DRAFT, orders["created_at"]),
        (PurchaseOrderStatus.SENT, instants(np.where(made < NEVER, made + 60, NEVER))),
        (PurchaseOrderStatus.RECEIVED, only(instants(bought.received_at), came)),
    ]
    lives = Lives("purchase_orders", orders.select("client_id", "id", "location_id"), steps)
    return orders, lines, lives
