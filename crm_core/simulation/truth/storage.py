"""T01 to T12: units let, rent at month ends and what moved it, stays and late rent.

Rent is what the renter pays in a cycle, less the discount, made to a month of 30.4375 days.
"""

import polars as pl

from crm_core.simulation.truth.business import bills, money_in, postings
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.receivables import owed
from crm_core.simulation.truth.spans import standing

READ = {
    "storage_units": (
        "id", "location_id", "type", "size_class", "status", "area_sq_ft", "current_amount",
    ),
    "storage_price_changes": ("booking_id", "new_amount", "effective_on"),
}  # fmt: skip

# Cents of a month in 1/280000 of a cent of the cycle's rent: 30.4375 days and 7 are exact so.
MONTH_PARTS = {"MONTHLY": 280_000, "WEEKLY": 1_217_500, "DAILY": 8_522_500}
WHOLE = 280_000
OUT = "OUT_OF_SERVICE"
LATE_DAYS = 30
TENURES = ((90, "0-90"), (365, "91-365"))
MONEY = pl.Decimal(18, 2)


def stays(rows: Rows) -> pl.DataFrame:
    """Rentals that began, with their unit's type, size, area and street rate."""
    units = rows["storage_units"].select(
        pl.col("id").alias("unit_id"), "type", pl.col("size_class").alias("size"),
        "area_sq_ft", "current_amount",
    )  # fmt: skip
    return (
        rows["storage_bookings"]
        .filter(pl.col("activated_on").is_not_null())
        .join(units, on="unit_id", how="left")
    )


def rentable(rows: Rows) -> pl.DataFrame:
    """Units at month ends that are not out of service, by their history: one row each."""
    events = rows.changes("storage_units").sort("entity_id", "occurred_at")
    spells = events.select(
        pl.col("entity_id").alias("id"),
        "to_status",
        pl.col("on").alias("from"),
        pl.col("on").shift(-1).over("entity_id").alias("to"),
    )
    out = standing(spells.filter(pl.col("to_status") == OUT), "from", "to", rows.ends)
    never = rows["storage_units"].join(events, left_on="id", right_on="entity_id", how="anti")
    always_out = never.filter(pl.col("status") == OUT).get_column("id")
    days = pl.DataFrame({"on": rows.ends}, schema={"on": pl.Date})
    return (
        rows["storage_units"]
        .filter(~pl.col("id").is_in(always_out.implode()))
        .join(days, how="cross")
        .join(out.select("id", "on").unique(), on=["id", "on"], how="anti")
        .rename({"size_class": "size"})
    )


def occupancy(rows: Rows) -> pl.DataFrame:
    """T01 let ÷ rentable units, T02 let ÷ rentable area; T10 in-place ÷ street rate of let units.

    The street rate is the unit's present one: the core keeps no history of it.
    """
    let = standing(rows.once(stays), "activated_on", "moved_out_on", rows.ends)
    taken = let.select(pl.col("unit_id").alias("id"), "on").unique()
    free = rows.once(rentable).join(
        taken.with_columns(pl.lit(1).alias("let")), on=["id", "on"], how="left"
    )
    is_let = pl.col("let").fill_null(0)
    return free.select(
        "location_id", "on", is_let.alias("let"), pl.lit(1).alias("units"),
        (pl.col("area_sq_ft").fill_null(0) * is_let).alias("let_area"),
        pl.col("area_sq_ft").fill_null(0).alias("area"), "current_amount", "type", "size",
    )  # fmt: skip


def rates(rows: Rows) -> pl.DataFrame:
    """The rent of each rental over time: from, to, cents a month rounded half up per rental."""
    known = rows.once(stays)
    changed = rows["storage_price_changes"].join(
        known.select(pl.col("id").alias("booking_id"), "activated_on"), on="booking_id"
    )
    first = known.select("id", pl.col("activated_on").alias("from"), rent="rate_amount")
    later = changed.filter(pl.col("effective_on") > pl.col("activated_on")).select(
        pl.col("booking_id").alias("id"), pl.col("effective_on").alias("from"), rent="new_amount"
    )
    steps = (
        pl.concat([first, later])
        .sort("id", "from")
        .with_columns(pl.col("from").shift(-1).over("id").alias("next"))
    )
    parts = pl.col("billing_cycle").replace_strict(MONTH_PARTS, return_dtype=pl.Int64)
    cents = ((pl.col("rent") - pl.col("discount_amount").fill_null(0)) * 100).cast(pl.Int64)
    monthly = (cents.clip(0) * parts * 2 + WHOLE) // (2 * WHOLE)
    return steps.join(known, on="id").select(
        "id", "location_id", "type", "from",
        pl.min_horizontal("next", "moved_out_on").alias("to"),
        (monthly.cast(pl.Decimal(20, 2)) / 100).cast(MONEY).alias("monthly"),
        "current_amount",
    )  # fmt: skip


def recurring(rows: Rows) -> pl.DataFrame:
    """T05: Σ monthly rent of rentals let at the last day; T10 beside the street rate."""
    return standing(rows.once(rates), "from", "to", rows.ends).select(
        "id", "location_id", "on", pl.col("monthly").alias("value"), "current_amount", "type"
    )


def rent_bridge(rows: Rows) -> pl.DataFrame:
    """T06: opening + new + expansion - contraction - churn - closing = 0, per rental and month.

    Each part with its sign as a class; `value` adds up to the residual.
    """
    held = rows.once(recurring).select("id", "location_id", "type", "on", now="value")
    ends = pl.DataFrame({"on": rows.ends[:-1], "next": rows.ends[1:]}, schema_overrides=_DATES)
    before = held.join(ends, on="on").select(
        "id", "location_id", "type", pl.col("next").alias("on"), was="now"
    )
    both = held.join(before, on=["id", "location_id", "type", "on"], how="full", coalesce=True)
    zero = pl.lit(0).cast(MONEY)
    was, now = pl.col("was").fill_null(0), pl.col("now").fill_null(0)
    came, left = pl.col("was").is_null(), pl.col("now").is_null()
    stayed = ~came & ~left
    return both.select(
        "location_id", "on", "type",
        was.alias("opening"),
        pl.when(came).then(now).otherwise(zero).alias("new"),
        pl.when(stayed).then((now - was).clip(0)).otherwise(zero).alias("expansion"),
        pl.when(stayed).then((was - now).clip(0)).otherwise(zero).alias("contraction"),
        pl.when(left).then(was).otherwise(zero).alias("churn"),
        now.alias("closing"),
    ).with_columns(
        (
            pl.col("opening") + pl.col("new") + pl.col("expansion") - pl.col("contraction")
            - pl.col("churn") - pl.col("closing")
        ).alias("residual")
    )  # fmt: skip


_DATES = {"on": pl.Date, "next": pl.Date}
BRIDGE = ("opening", "new", "expansion", "contraction", "churn", "closing", "residual")


def moves(rows: Rows) -> pl.DataFrame:
    """T07: move-ins less move-outs, in units and in area, on their days."""
    known = rows.once(stays)
    area = pl.col("area_sq_ft").fill_null(0)
    return pl.concat(
        known.select(
            "location_id", pl.col(day).alias("on"), pl.lit(sign).alias("value"),
            (area * sign).alias("area"), "type", pl.lit(name).alias("way"),
        )
        for day, sign, name in (("activated_on", 1, "in"), ("moved_out_on", -1, "out"))
    ).filter(pl.col("on") <= rows.until)  # fmt: skip


def unit_churn(rows: Rows) -> pl.DataFrame:
    """T08: move-outs of rentals let at the opening ÷ rentals let at the opening, by tenure then."""
    known = rows.once(stays)
    ends = pl.DataFrame({"on": rows.ends[:-1], "next": rows.ends[1:]}, schema_overrides=_DATES)
    let = standing(known, "activated_on", "moved_out_on", rows.ends).join(ends, on="on")
    left = (pl.col("moved_out_on") <= pl.col("next")).fill_null(False)
    days = (pl.col("on") - pl.col("activated_on")).dt.total_days()
    band = pl.lit("366+")
    for upto, name in reversed(TENURES):
        band = pl.when(days <= upto).then(pl.lit(name)).otherwise(band)
    return let.select(
        "location_id", pl.col("next").alias("on"), left.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), band.alias("tenure"), "type",
    )  # fmt: skip


def lengths(rows: Rows) -> pl.DataFrame:
    """T09: median(moved out - moved in) of closed stays in days, on the day of moving out."""
    return rows.once(stays).filter(pl.col("moved_out_on").is_not_null()).select(
        "location_id", pl.col("moved_out_on").alias("on"),
        (pl.col("moved_out_on") - pl.col("activated_on")).dt.total_days().alias("value"), "type",
    )  # fmt: skip


def rent_bills(rows: Rows, facts: pl.DataFrame) -> pl.DataFrame:
    """Of some facts on bills, those of rentals, with the unit's type."""
    types = rows.once(stays).select(pl.col("id").alias("storage_booking_id"), "type")
    return facts.filter(pl.col("storage_booking_id").is_not_null()).join(
        types, on="storage_booking_id", how="left"
    )


def rent(rows: Rows) -> pl.DataFrame:
    """T03 rent billed ÷ street rate of all rentable units; collected; T11 billed ÷ unit-months."""
    billed = rent_bills(rows, rows.once(postings)).select(
        "location_id", "on", "type", (pl.col("net") * pl.col("sign")).alias("billed")
    )
    of = rent_bills(rows, rows.once(bills)).select(pl.col("id").alias("invoice_id"), "type")
    paid = (
        rows.once(money_in)
        .join(of, on="invoice_id")
        .select("location_id", "on", "type", pl.col("amount").alias("collected"))
    )
    units = rows.once(occupancy).select(
        "location_id", "on", "type", pl.col("current_amount").alias("street"), "units"
    )
    if rows["storage_bookings"].is_empty():
        units = units.head(0)
    return pl.concat([billed, paid, units], how="diagonal_relaxed").with_columns(
        pl.col("billed", "collected", "street").fill_null(0), pl.col("units").fill_null(0)
    )


def late_tenants(rows: Rows) -> pl.DataFrame:
    """T12: rentals past due by more than 30 days ÷ rentals; their debt ÷ rent billed in the month.

    At month ends, over rentals let on the day.
    """
    let = standing(rows.once(stays), "activated_on", "moved_out_on", rows.ends)
    debts = (
        rows.once(owed)
        .filter((pl.col("late_days") > LATE_DAYS) & pl.col("storage_booking_id").is_not_null())
        .group_by(pl.col("storage_booking_id").alias("id"), "on")
        .agg(pl.col("value").sum().alias("debt"))
    )
    held = let.join(debts, on=["id", "on"], how="left").select(
        "location_id", "on", "type", pl.col("debt").is_not_null().cast(pl.Int64).alias("late"),
        pl.lit(1).alias("tenants"), pl.col("debt").fill_null(0),
    )  # fmt: skip
    billed = rows.once(rent).select("location_id", "on", "type", "billed")
    return pl.concat([held, billed], how="diagonal_relaxed").with_columns(
        pl.col("late", "tenants", "debt", "billed").fill_null(0)
    )


UP, DOWN, BAND, NONE = Direction.UP, Direction.DOWN, Direction.BAND, Direction.NONE
_KIND = ("type",)

KPIS = (
    Kpi("T01", occupancy, Unit.PERCENT, BAND, "as-of day", ("type", "size"), Kind.RATIO,
        num="let", den="units"),
    Kpi("T02", occupancy, Unit.PERCENT, BAND, "as-of", ("type", "size"), Kind.RATIO,
        num="let_area", den="area"),
    Kpi("T03", rent, Unit.PERCENT, UP, "month", _KIND, Kind.RATIO, num="billed", den="street"),
    Kpi("T03_collected", rent, Unit.PERCENT, UP, "month", _KIND, Kind.RATIO,
        num="collected", den="street"),
    Kpi("T04", occupancy, Unit.POINTS, DOWN, "month", _KIND, Kind.DIFFERENCE, of=("T01", "T03")),
    Kpi("T05", recurring, Unit.MONEY, UP, "month end", _KIND),
    *(
        Kpi(f"T06_{name}", rent_bridge, Unit.MONEY, NONE, "month", _KIND, value=name)
        for name in BRIDGE
    ),
    Kpi("T07_units", moves, Unit.NUMBER, UP, "month", ("type", "way")),
    Kpi("T07_area", moves, Unit.AREA, UP, "month", ("type", "way"), value="area"),
    Kpi("T08", unit_churn, Unit.PERCENT, DOWN, "month", ("tenure", "type"), Kind.RATIO),
    Kpi("T09", lengths, Unit.DAYS, UP, "move-out", _KIND, Kind.MEDIAN),
    Kpi("T10", recurring, Unit.PERCENT, UP, "as-of", _KIND, Kind.RATIO,
        num="value", den="current_amount"),
    Kpi("T11", rent, Unit.MONEY, UP, "month", _KIND, Kind.RATIO, num="billed", den="units"),
    Kpi("T12", late_tenants, Unit.PERCENT, DOWN, "as-of", _KIND, Kind.RATIO,
        num="late", den="tenants"),
    Kpi("T12_value", late_tenants, Unit.PERCENT, DOWN, "as-of", _KIND, Kind.RATIO,
        num="debt", den="billed"),
)  # fmt: skip
