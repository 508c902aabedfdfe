"""O08 to O10: time of people and trucks in use against the time there is.

Hours are of the wall clock of the branch, cut at the ends of months.
"""

from datetime import datetime, time, timedelta

import polars as pl

from crm_core.simulation.truth.business import OFF
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.operations import WORKED, entries
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import (
    by_months,
    merged,
    month_range,
    seconds,
    with_open_seconds,
)

READ = {
    "availabilities": (
        "user_id", "location_id", "available_on", "start_at", "end_at", "is_available",
        "approval_status",
    ),
    "equipment": (
        "id", "location_id", "equipment_type", "model", "model_year", "purchased_on",
        "retired_on", "sold_on", "current_value_amount", "status",
    ),
    "equipment_maintenance": (
        "id", "equipment_id", "location_id", "supplier_id", "maintenance_type", "status",
        "scheduled_on", "performed_on", "down_from_at", "up_at", "labour_minutes",
        "labour_amount", "parts_amount", "next_due_on",
    ),
}  # fmt: skip

REFUSED = ["REJECTED", "PENDING"]


def crew_use(rows: Rows) -> pl.DataFrame:
    """O08: hours on jobs ÷ hours offered less leave, by day."""
    roles = rows["users"].select(pl.col("id").alias("user_id"), "role")
    offered = rows["availabilities"].filter(
        pl.col("is_available") & ~pl.col("approval_status").is_in(REFUSED)
    )
    leave = rows["availabilities"].filter(
        ~pl.col("is_available") & ~pl.col("approval_status").is_in(REFUSED)
    )
    away = merged(leave, ["user_id"], "start_at", "end_at").rename(
        {"start_at": "from", "end_at": "to"}
    )
    overlap = offered.join(away, on="user_id").with_columns(
        pl.max_horizontal("start_at", "from").alias("from"),
        pl.min_horizontal("end_at", "to").alias("to"),
    )
    parts = [
        rows.once(entries)
        .filter(pl.col("kind").is_in(WORKED) & pl.col("journey_id").is_not_null())
        .select("location_id", "user_id", pl.col("worked_on").alias("on"),
                pl.col("seconds").alias("num"), pl.lit(0).alias("den")),
        offered.select("location_id", "user_id", pl.col("available_on").alias("on"),
                       pl.lit(0).alias("num"), seconds("start_at", "end_at").alias("den")),
        overlap.filter(pl.col("from") < pl.col("to")).select(
            "location_id", "user_id", pl.col("available_on").alias("on"),
            pl.lit(0).alias("num"), (-seconds("from", "to")).alias("den")),
    ]  # fmt: skip
    if offered.is_empty():
        return pl.concat([part.head(0) for part in parts], how="vertical_relaxed")
    return (
        pl.concat(parts, how="vertical_relaxed")
        .filter(pl.col("on") <= rows.until)
        .join(roles, on="user_id", how="left")
    )


def midnight(rows: Rows) -> datetime:
    """The end of the last day, on the wall clock."""
    return datetime.combine(rows.until + timedelta(days=1), time.min)


def owned(rows: Rows) -> pl.DataFrame:
    """Equipment in the fleet cut by months: id, location, type, model, year, start, stop, on."""
    first = datetime.combine(rows.ends[0].replace(day=1), time.min)
    stamp = pl.Datetime("ms")
    fleet = rows["equipment"].with_columns(
        pl.max_horizontal(pl.col("purchased_on").cast(stamp), pl.lit(first).cast(stamp)).alias(
            "start"
        ),
        pl.min_horizontal(
            pl.col("retired_on").cast(stamp), pl.col("sold_on").cast(stamp),
            pl.lit(midnight(rows)).cast(stamp),
        ).alias("stop"),
    )  # fmt: skip
    return by_months(fleet, "start", "stop")


def spells_of(rows: Rows, spells: pl.DataFrame) -> pl.DataFrame:
    """Spells of equipment (equipment_id, start_at, end_at) as its own, joined, cut by months."""
    places = rows["equipment"].select(
        pl.col("id").alias("equipment_id"), "location_id", "equipment_type", "model", "model_year"
    )
    known = spells.select("equipment_id", "start_at", "end_at").join(places, on="equipment_id")
    wall = rows.at_wall(rows.at_wall(known, "start_at", "start"), "end_at", "stop").with_columns(
        pl.col("stop").fill_null(midnight(rows)).clip(upper_bound=midnight(rows))
    )
    whole = merged(wall, ["equipment_id"], "start", "stop").join(places, on="equipment_id")
    return by_months(whole, "start", "stop").rename({"equipment_id": "id"})


def downtime(rows: Rows) -> pl.DataFrame:
    """Spells in which equipment could not be used; one that is not over runs on."""
    return spells_of(
        rows,
        rows["equipment_maintenance"]
        .filter(pl.col("down_from_at").is_not_null() & (pl.col("status") != "CANCELLED"))
        .select("equipment_id", start_at="down_from_at", end_at="up_at"),
    )


def assigned(rows: Rows) -> pl.DataFrame:
    """Spells in which equipment was assigned and the assignment not called off, so far."""
    return spells_of(rows, rows["equipment_assignments"].filter(pl.col("status") != "CANCELLED"))


def truck_use(rows: Rows) -> pl.DataFrame:
    """O09: assigned ÷ (fleet - maintenance) time of trucks, all within the branch's open hours."""

    def within(spells: pl.DataFrame) -> pl.DataFrame:
        trucks = spells.filter(pl.col("equipment_type") == "TRUCK")
        cut = with_open_seconds(rows, trucks, "start", "opened")
        cut = with_open_seconds(rows, cut, "stop", "closed")
        length = pl.col("closed") - pl.col("opened")
        return cut.filter(pl.col("opened").is_not_null()).select(
            "location_id", "on", length.alias("length"), "model"
        )

    used, fleet = rows.once(assigned), rows.once(owned)
    if used.is_empty():
        fleet = fleet.head(0)
    length, zero = pl.col("length"), pl.lit(0)
    parts = ((used, length, zero), (fleet, zero, length), (rows.once(downtime), zero, -length))
    return pl.concat(
        (
            within(spells).select("location_id", "on", "model", num.alias("num"), den.alias("den"))
            for spells, num, den in parts
        ),
        how="vertical_relaxed",
    )


def booked_capacity(rows: Rows) -> pl.DataFrame:
    """O10: estimated truck hours of jobs that are not cancelled ÷ trucks × open hours, by month."""
    months = month_range(rows.ends[0], rows.until)
    stamp = pl.Datetime("ms")
    days = pl.DataFrame({"on": months}, schema={"on": pl.Date}).with_columns(
        pl.col("on").cast(stamp).alias("start"),
        pl.col("on").dt.offset_by("1mo").cast(stamp).alias("stop"),
    )
    slots = rows["locations"].select(pl.col("id").alias("location_id"), "truck_count")
    room = with_open_seconds(rows, slots.join(days, how="cross"), "start", "opened")
    room = with_open_seconds(rows, room, "stop", "closed").filter(pl.col("opened").is_not_null())
    span = seconds("planned_start_at", "planned_end_at") // 60
    planned = pl.coalesce("estimated_minutes", span) * 60 * pl.col("truck_count")
    jobs = rows["truck_journeys"].filter(
        (pl.col("status") != OFF)
        & (pl.col("service_on") < days.get_column("stop").dt.date().max())
        & pl.col("location_id").is_in(room.get_column("location_id").implode())
    )
    return pl.concat(
        [
            jobs.select("location_id", pl.col("service_on").alias("on"),
                        planned.alias("num"), pl.lit(0).alias("den")),
            room.select("location_id", "on", pl.lit(0).alias("num"),
                        ((pl.col("closed") - pl.col("opened")) * pl.col("truck_count"))
                        .alias("den")),
        ],
        how="vertical_relaxed",
    )  # fmt: skip


BAND = Direction.BAND

KPIS = (
    Kpi("O08", crew_use, Unit.PERCENT, BAND, "day", ("role",), Kind.RATIO),
    Kpi("O09", truck_use, Unit.PERCENT, BAND, "day", ("model",), Kind.RATIO),
    Kpi("O10", booked_capacity, Unit.PERCENT, BAND, "service day", (), Kind.RATIO),
)
