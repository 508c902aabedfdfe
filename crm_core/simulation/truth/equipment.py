"""E01 to E13: availability, repair, its cost, double use and fuel of equipment.

Its use in open hours (O09) is in `capacity`.
"""

import polars as pl

from crm_core.simulation.truth.capacity import assigned, downtime, owned
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.operations import HOUR
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds, standing

READ = {
    "fuel_purchases": (
        "id", "equipment_id", "location_id", "litre_count", "amount", "odometer_km",
        "purchased_at", "purchased_on", "card_last_four",
    ),
}  # fmt: skip

FAILURES = ["CORRECTIVE", "EMERGENCY"]
LEAST_FAILURES = 3
CLOSE_SECONDS = 4 * HOUR
"""Two fills of a vehicle within this are too close."""
AGES = ((3, "0-3"), (7, "4-7"))


def availability(rows: Rows) -> pl.DataFrame:
    """E01: (calendar - down hours) ÷ calendar hours; E02: assigned ÷ (calendar - down) hours."""
    length = seconds("start", "stop").alias("seconds")
    parts = {
        name: rows.once(spells).select(
            "location_id", "on", pl.col("id").alias("unit"), length,
            pl.col("equipment_type").alias("type"),
        )
        for name, spells in (("calendar", owned), ("down", downtime), ("used", assigned))
    }  # fmt: skip
    whole = pl.concat(
        part.with_columns(*(
            (pl.col("seconds") if name == of else pl.lit(0)).cast(pl.Int64).alias(of)
            for of in parts
        ))
        for name, part in parts.items()
    )  # fmt: skip
    return whole.with_columns((pl.col("calendar") - pl.col("down")).alias("up"))


def repairs(rows: Rows) -> pl.DataFrame:
    """Work done on equipment that failed, in each 12 months up to a month end."""
    kinds = rows["equipment"].select(
        pl.col("id").alias("equipment_id"), pl.col("equipment_type").alias("type"), "model",
        "model_year",
    )  # fmt: skip
    done = (
        rows["equipment_maintenance"]
        .filter(
            pl.col("maintenance_type").is_in(FAILURES)
            & (pl.col("status") == "COMPLETED")
            & pl.col("performed_on").is_not_null()
        )
        .join(kinds, on="equipment_id")
        .with_columns(pl.col("performed_on").dt.offset_by("12mo").alias("to"))
    )
    return standing(done, "performed_on", "to", rows.ends).with_columns(age_of().alias("age"))


def age_of() -> pl.Expr:
    years = pl.col("on").dt.year() - pl.col("model_year")
    band = pl.lit("8+")
    for upto, name in reversed(AGES):
        band = pl.when(years <= upto).then(pl.lit(name)).otherwise(band)
    return band


def between_failures(rows: Rows) -> pl.DataFrame:
    """E03: hours assigned ÷ failures of the last 12 months; nothing below 3 at the branch."""
    failed = rows.once(repairs).select(
        "location_id",
        "on",
        pl.lit(0).alias("num"),
        pl.lit(HOUR).alias("den"),
        "type",
        "model",
        "age",
    )
    worked = (
        rows.once(assigned)
        .with_columns(pl.col("on").alias("month"), seconds("start", "stop").alias("num"))
        .with_columns(pl.col("month").dt.offset_by("12mo").alias("to"))
        .drop("on")
    )
    used = standing(worked, "month", "to", rows.ends).with_columns(age_of().alias("age")).select(
        "location_id", "on", "num", pl.lit(0).alias("den"),
        pl.col("equipment_type").alias("type"), "model", "age",
    )  # fmt: skip
    both = pl.concat([failed, used], how="vertical_relaxed")
    enough = pl.col("den").sum().over("on", "location_id") >= LEAST_FAILURES * HOUR
    return both.filter(enough)


def time_to_repair(rows: Rows) -> pl.DataFrame:
    """E04: Σ (up - down) ÷ repairs of the last 12 months that stopped the equipment."""
    return rows.once(repairs).filter(
        pl.col("down_from_at").is_not_null() & pl.col("up_at").is_not_null()
    ).select(
        "location_id", "on", seconds("down_from_at", "up_at").alias("num"),
        pl.lit(HOUR).alias("den"), "type", pl.col("supplier_id").alias("technician"),
    )  # fmt: skip


def maintenance(rows: Rows) -> pl.DataFrame:
    """Maintenance that was not cancelled, with the kind of equipment."""
    kinds = rows["equipment"].select(
        pl.col("id").alias("equipment_id"), pl.col("equipment_type").alias("type"),
        "current_value_amount",
    )  # fmt: skip
    return rows["equipment_maintenance"].filter(pl.col("status") != "CANCELLED").join(
        kinds, on="equipment_id"
    ).with_columns(
        (pl.col("labour_amount").fill_null(0) + pl.col("parts_amount").fill_null(0)).alias("cost")
    )  # fmt: skip


def preventive(rows: Rows) -> pl.DataFrame:
    """E05: preventive jobs performed by the due day ÷ preventive jobs due so far."""
    in_time = (pl.col("performed_on") <= pl.col("scheduled_on")).fill_null(False)
    return rows.once(maintenance).filter(
        (pl.col("maintenance_type") == "PREVENTIVE") & (pl.col("scheduled_on") <= rows.until)
    ).select(
        "location_id", pl.col("scheduled_on").alias("on"), in_time.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "type",
    )  # fmt: skip


def overdue(rows: Rows) -> pl.DataFrame:
    """E06: equipment past its next service at the day: count and days.

    The next service is the one that the last work set; the service after it ends the delay.
    """
    is_service = (pl.col("maintenance_type") == "PREVENTIVE") | pl.col("next_due_on").is_not_null()
    done = (
        rows.once(maintenance)
        .filter(pl.col("performed_on").is_not_null() & is_service)
        .sort("equipment_id", "performed_on", "id")
        .with_columns(
            pl.col("performed_on").shift(-1).over("equipment_id").alias("next_on"),
            (pl.col("next_due_on") + pl.duration(days=1)).alias("late_on"),
        )
    )
    gone = rows["equipment"].select(
        pl.col("id").alias("equipment_id"),
        pl.min_horizontal("retired_on", "sold_on").alias("gone_on"),
    )
    ended = done.join(gone, on="equipment_id", how="left").with_columns(
        pl.min_horizontal("next_on", "gone_on").alias("end_on")
    )
    return standing(ended, "late_on", "end_on", rows.ends).select(
        "location_id", "on", pl.lit(1).alias("value"),
        (pl.col("on") - pl.col("next_due_on")).dt.total_days().alias("days"), "type",
    )  # fmt: skip


def work(rows: Rows) -> pl.DataFrame:
    """E07 preventive ÷ all minutes of work; E08 its cost ÷ hours assigned, by month."""
    minutes = pl.col("labour_minutes").fill_null(0)
    planned = pl.col("maintenance_type") == "PREVENTIVE"
    done = rows.once(maintenance).filter(pl.col("performed_on").is_not_null()).select(
        "location_id", pl.col("performed_on").alias("on"),
        pl.when(planned).then(minutes).otherwise(0).alias("planned"), minutes.alias("minutes"),
        (pl.col("cost") * HOUR).alias("cost"), pl.lit(0).alias("used"), "type",
        pl.col("equipment_id").alias("unit"),
    )  # fmt: skip
    if done.is_empty():
        return done
    used = rows.once(assigned).select(
        "location_id", "on", pl.lit(0).alias("planned"), pl.lit(0).alias("minutes"),
        pl.lit(0).cast(pl.Decimal(18, 2)).alias("cost"), seconds("start", "stop").alias("used"),
        pl.col("equipment_type").alias("type"), pl.col("id").alias("unit"),
    )  # fmt: skip
    return pl.concat([done, used], how="vertical_relaxed")


def cost_to_value(rows: Rows) -> pl.DataFrame:
    """E09: maintenance of the last 12 months ÷ book value, at the last day: the value is today's.

    Equipment that is gone or has no book value is left out.
    """
    yearly = rows.once(maintenance).with_columns(
        pl.col("performed_on").dt.offset_by("12mo").alias("to")
    )
    recent = standing(yearly, "performed_on", "to", rows.ends[-1:]).select(
        pl.col("equipment_id").alias("id"), "cost"
    )
    held = rows["equipment"].filter(
        (pl.col("current_value_amount") > 0) & ~pl.col("status").is_in(["SOLD", "RETIRED"])
    )
    spent = recent.group_by("id").agg(pl.col("cost").sum().alias("num"))
    if recent.is_empty():
        held = held.head(0)
    return held.join(spent, on="id", how="left").select(
        "location_id", pl.lit(rows.until).alias("on"), pl.col("num").fill_null(0),
        pl.col("current_value_amount").alias("den"), pl.col("id").alias("unit"),
        pl.col("equipment_type").alias("type"),
    )  # fmt: skip


def double_use(rows: Rows) -> pl.DataFrame:
    """E10: assignments that begin before an earlier one of the asset ends, or while not ACTIVE."""
    live = (
        rows["equipment_assignments"]
        .filter(pl.col("status") != "CANCELLED")
        .sort("equipment_id", "start_at", "id")
        .with_columns(pl.col("end_at").cum_max().shift(1).over("equipment_id").alias("busy"))
    )
    spells = (
        rows.changes("equipment")
        .sort("entity_id", "occurred_at")
        .select(
            pl.col("entity_id").alias("equipment_id"), "to_status", "occurred_at",
            pl.col("occurred_at").shift(-1).over("entity_id").alias("over_at"),
        )
    )  # fmt: skip
    hit = (
        live.join(spells.filter(pl.col("to_status") != "ACTIVE"), on="equipment_id")
        .filter(
            (pl.col("start_at") >= pl.col("occurred_at"))
            & (pl.col("over_at").is_null() | (pl.col("start_at") < pl.col("over_at")))
        )
        .get_column("id")
    )
    clash = (pl.col("start_at") < pl.col("busy")).fill_null(False)
    return rows.dated(live, "start_at", "on").select(
        "location_id", "on",
        (clash | pl.col("id").is_in(hit.implode())).cast(pl.Int64).alias("value"),
    )  # fmt: skip


def fills(rows: Rows) -> pl.DataFrame:
    """E11 litres ÷ 100 km, E12 amount ÷ km: fills with a reading after one of the same vehicle.

    E13: fills without a journey of the vehicle that day, or within 4 h of the last: count, amount.
    The core knows no tank size and no norm.
    """
    busy = (
        rows.dated(
            rows["equipment_assignments"].filter(
                (pl.col("status") != "CANCELLED") & pl.col("journey_id").is_not_null()
            ),
            "start_at", "on",
        )
        .select("equipment_id", "on")
        .unique()
        .with_columns(pl.lit(1).alias("busy"))
    )  # fmt: skip
    ordered = (
        rows["fuel_purchases"]
        .sort("equipment_id", "purchased_at", "id")
        .with_columns(
            (pl.col("odometer_km") - pl.col("odometer_km").shift(1).over("equipment_id")).alias(
                "km"
            ),
            pl.col("purchased_at").shift(1).over("equipment_id").alias("last_at"),
        )
    )
    driven = (pl.col("km") > 0).fill_null(False)
    close = (seconds("last_at", "purchased_at") < CLOSE_SECONDS).fill_null(False)
    odd = (pl.col("busy").is_null() | close).cast(pl.Int64)
    return ordered.join(
        busy, left_on=["equipment_id", "purchased_on"], right_on=["equipment_id", "on"], how="left"
    ).select(
        "location_id", pl.col("purchased_on").alias("on"),
        pl.when(driven).then("litre_count").alias("litres"),
        pl.when(driven).then("amount").alias("spent"),
        pl.when(driven).then("km").alias("km"),
        odd.alias("odd"), (pl.col("amount") * odd).alias("odd_amount"),
        pl.col("equipment_id").alias("vehicle"), pl.col("card_last_four").alias("card"),
    )  # fmt: skip


UP, DOWN, BAND, ZERO = Direction.UP, Direction.DOWN, Direction.BAND, Direction.ZERO
_KIND, _UNIT = ("type",), ("type", "unit")

KPIS = (
    Kpi("E01", availability, Unit.PERCENT, UP, "month", _UNIT, Kind.RATIO,
        num="up", den="calendar"),
    Kpi("E02", availability, Unit.PERCENT, BAND, "month", _KIND, Kind.RATIO, num="used", den="up"),
    Kpi("E03", between_failures, Unit.HOURS, UP, "rolling 12 m", ("type", "model", "age"),
        Kind.RATIO),
    Kpi("E04", time_to_repair, Unit.HOURS, DOWN, "rolling 12 m", ("type", "technician"),
        Kind.RATIO),
    Kpi("E05", preventive, Unit.PERCENT, UP, "due", _KIND, Kind.RATIO),
    Kpi("E06_count", overdue, Unit.NUMBER, DOWN, "as-of", _KIND),
    Kpi("E06_days", overdue, Unit.DAYS, DOWN, "as-of", _KIND, value="days"),
    Kpi("E07", work, Unit.PERCENT, UP, "month", _KIND, Kind.RATIO, num="planned", den="minutes"),
    Kpi("E08", work, Unit.MONEY_PER_HOUR, DOWN, "month", _UNIT, Kind.RATIO,
        num="cost", den="used"),
    Kpi("E09", cost_to_value, Unit.PERCENT, DOWN, "as-of", ("unit", "type"), Kind.RATIO),
    Kpi("E10", double_use, Unit.NUMBER, ZERO, "day"),
    Kpi("E11", fills, Unit.LITRES, BAND, "month", ("vehicle",), Kind.RATIO,
        num="litres", den="km"),
    Kpi("E12", fills, Unit.MONEY_PER_KM, DOWN, "month", ("vehicle",), Kind.RATIO,
        num="spent", den="km"),
    Kpi("E13_count", fills, Unit.NUMBER, ZERO, "day", ("card", "vehicle"), value="odd"),
    Kpi("E13_amount", fills, Unit.MONEY, ZERO, "day", ("card", "vehicle"), value="odd_amount"),
)  # fmt: skip
