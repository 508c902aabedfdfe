"""I01 to I08: stock by its ledger: value, turnover, stock-outs, losses and drift.

What is ordered from suppliers is in no figure.
"""

import polars as pl

from crm_core.simulation.truth.business import jobs
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import balances, by_months, standing

READ = {
    "inventory_items": (
        "id", "location_id", "sku", "category", "quantity", "min_quantity", "unit_cost_amount",
    ),
    "inventory_transactions": (
        "id", "inventory_item_id", "location_id", "journey_id", "transaction_type", "quantity",
        "total_cost_amount", "occurred_on",
    ),
}  # fmt: skip

LOST = ["DAMAGE", "EXPIRY"]
MONEY = pl.Decimal(18, 2)
MONTHS = 12


def items(rows: Rows) -> pl.DataFrame:
    """What an item is: its branch, number, category, least quantity and cost."""
    return rows["inventory_items"].rename({"id": "inventory_item_id"})


def on_hand(rows: Rows) -> pl.DataFrame:
    """Items at month ends by their ledger: `balance`, since the first movement."""
    spells = balances(
        rows["inventory_transactions"], "inventory_item_id", "occurred_on", "quantity"
    )
    return standing(spells, "from", "to", rows.ends).join(rows.once(items), on="inventory_item_id")


def stock(rows: Rows) -> pl.DataFrame:
    """I01: Σ on-hand × unit cost, to the cent per item; I05: items below their least quantity."""
    below = pl.col("balance") < pl.col("min_quantity")
    return rows.once(on_hand).select(
        "location_id", "on", _value().alias("value"), below.cast(pl.Int64).alias("below"),
        "category", "sku", "inventory_item_id",
    )  # fmt: skip


def _value() -> pl.Expr:
    """On-hand × unit cost in cents, rounded half up."""
    quantity = (pl.col("balance") * 100).cast(pl.Int64)
    cost = (pl.col("unit_cost_amount") * 10_000).cast(pl.Int64)
    cents = (quantity * cost + 5_000) // 10_000
    return (cents.cast(pl.Decimal(20, 2)) / 100).cast(MONEY)


def costs(rows: Rows) -> pl.DataFrame:
    """Cost of movements, positive for what was used or lost: `used`, `lost`, on their days."""
    kind, cost = pl.col("transaction_type"), pl.col("total_cost_amount").abs()
    nothing = cost * 0
    gone = kind.is_in(LOST) | ((kind == "ADJUSTMENT") & (pl.col("quantity") < 0))
    back = pl.when(kind == "RETURN").then(-cost).otherwise(nothing)
    known = rows.once(items).select("inventory_item_id", "sku", "category")
    return rows["inventory_transactions"].join(known, on="inventory_item_id").select(
        "location_id", pl.col("occurred_on").alias("on"), "journey_id",
        pl.when(kind == "USAGE").then(cost).otherwise(back).alias("used"),
        pl.when(gone).then(cost).otherwise(nothing).alias("lost"), "sku", "category",
    )  # fmt: skip


def turnover(rows: Rows) -> pl.DataFrame:
    """I02: yearly cost of usage ÷ mean stock value, over the last 12 months or fewer.

    With n months: (usage × 12 ÷ n) ÷ (Σ values at month ends ÷ n) = usage × 12 ÷ Σ values.
    I03: mean stock value ÷ cost of usage a day = Σ values × 365 ÷ (usage × 12).
    """
    value = rows.once(stock).select("location_id", "on", "value", "sku", "category")
    held = standing(
        value.with_columns(pl.col("on").dt.offset_by("12mo").alias("to"),
                           pl.col("on").alias("from")).drop("on"),
        "from", "to", rows.ends,
    ).select("location_id", "on", pl.col("value").alias("held"), "sku", "category")  # fmt: skip
    used = standing(
        rows.once(costs).with_columns(pl.col("on").dt.offset_by("12mo").alias("to"),
                                      pl.col("on").alias("from")).drop("on"),
        "from", "to", rows.ends,
    ).select("location_id", "on", "used", "sku", "category")  # fmt: skip
    zero = pl.lit(0).cast(MONEY)
    both = pl.concat(
        [
            held.select("location_id", "on", "held", zero.alias("used"), "sku", "category"),
            used.select("location_id", "on", zero.alias("held"), "used", "sku", "category"),
        ],
        how="vertical_relaxed",
    )  # fmt: skip
    return both.with_columns(
        (pl.col("used") * MONTHS).alias("yearly"),
        (pl.col("held") * 365).alias("held_days"),
    )


def stock_outs(rows: Rows) -> pl.DataFrame:
    """I04: item-days with nothing on hand at the end of the day ÷ item-days, by month."""
    spells = balances(
        rows["inventory_transactions"], "inventory_item_id", "occurred_on", "quantity"
    ).join(rows.once(items), on="inventory_item_id")
    stamp = pl.Datetime("ms")
    end = pl.lit(rows.until).cast(pl.Date) + pl.duration(days=1)
    cut = by_months(
        spells.with_columns(
            pl.col("from").cast(stamp), pl.col("to").fill_null(end).cast(stamp)
        ),
        "from", "to",
    )  # fmt: skip
    days = (pl.col("to") - pl.col("from")).dt.total_days()
    return cut.select(
        "location_id", "on", pl.when(pl.col("balance") <= 0).then(days).otherwise(0).alias("num"),
        days.alias("den"), "sku", "category",
    )  # fmt: skip


def job_materials(rows: Rows) -> pl.DataFrame:
    """I07: cost of materials used on completed jobs ÷ completed jobs, by service date."""
    used = (
        rows.once(costs)
        .filter(pl.col("journey_id").is_not_null())
        .group_by("journey_id")
        .agg(pl.col("used").sum().alias("num"))
    )
    found = rows.once(jobs) if len(used) else rows.once(jobs).head(0)
    return found.join(used, on="journey_id", how="left").select(
        "location_id", pl.col("service_on").alias("on"), pl.col("num").fill_null(0),
        pl.lit(1).alias("den"), "size", "service",
    )  # fmt: skip


def drift(rows: Rows) -> pl.DataFrame:
    """I08: Σ |recorded on-hand - Σ signed movements| at the last day, per item."""
    moved = (
        rows["inventory_transactions"]
        .group_by("inventory_item_id")
        .agg(pl.col("quantity").sum().alias("moved"))
    )
    return rows.once(items).join(moved, on="inventory_item_id", how="left").select(
        "location_id", pl.lit(rows.until).alias("on"),
        (pl.col("quantity") - pl.col("moved").fill_null(0)).abs().alias("value"), "sku",
        "category",
    )  # fmt: skip


UP, DOWN, BAND, ZERO = Direction.UP, Direction.DOWN, Direction.BAND, Direction.ZERO
_KIND, _ITEM = ("category",), ("sku",)

KPIS = (
    Kpi("I01", stock, Unit.MONEY, BAND, "as-of", _KIND),
    Kpi("I02", turnover, Unit.TIMES, UP, "rolling 12 m", _KIND, Kind.RATIO,
        num="yearly", den="held"),
    Kpi("I03", turnover, Unit.DAYS, BAND, "as-of", _ITEM, Kind.RATIO,
        num="held_days", den="yearly"),
    Kpi("I04", stock_outs, Unit.PERCENT, DOWN, "month", _ITEM, Kind.RATIO),
    Kpi("I05", stock, Unit.NUMBER, DOWN, "as-of", _KIND, value="below"),
    Kpi("I06", costs, Unit.PERCENT, DOWN, "month", _KIND, Kind.RATIO, num="lost", den="used"),
    Kpi("I07", job_materials, Unit.MONEY, DOWN, "service", ("size",), Kind.RATIO),
    Kpi("I08", drift, Unit.NUMBER, ZERO, "as-of", _ITEM),
)  # fmt: skip
