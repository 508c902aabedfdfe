"""C01 to C07: slots against what happened, clashes, notice, crew for what is booked, availability.

How crews and trucks are used is in `capacity`.
"""

import polars as pl

from crm_core.simulation.truth.business import bookings
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds, standing

READ = {
    "schedules": (
        "id", "location_id", "journey_id", "schedule_type", "status", "scheduled_on", "start_at",
    ),
    "schedule_resources": (
        "id", "location_id", "kind", "user_id", "equipment_id", "start_at", "end_at",
        "is_released",
    ),
    "availabilities": ("user_id", "location_id", "available_on", "created_at"),
    "users": ("id", "location_id", "role", "status"),
    "locations": ("id", "opened_on"),
}  # fmt: skip

ADHERENCE_SECONDS = 15 * 60
NOTICE_SECONDS = 24 * 3_600
AHEAD_DAYS = 28
FIELD = ["DRIVER", "MOVER"]
DEADLINE_DAYS = 4
"""Availability is due on the Thursday before the Monday of its week."""
REFUSED = ["REJECTED", "PENDING"]


def adherence(rows: Rows) -> pl.DataFrame:
    """C01: slots whose journey started within 15 min of the plan ÷ slots started."""
    begun = rows["truck_journeys"].select(pl.col("id").alias("journey_id"), "started_at")
    slots = rows["schedules"].filter(~pl.col("status").is_in(["CANCELLED", "RESCHEDULED"]))
    near = seconds("start_at", "started_at").abs() <= ADHERENCE_SECONDS
    return (
        slots.join(begun, on="journey_id")
        .filter(pl.col("started_at").is_not_null())
        .select(
            "location_id", pl.col("scheduled_on").alias("on"), near.cast(pl.Int64).alias("num"),
            pl.lit(1).alias("den"), pl.col("schedule_type").alias("type"),
        )
    )  # fmt: skip


def slots_made(rows: Rows) -> pl.DataFrame:
    """C02: slots RESCHEDULED ÷ slots, on the day they were made, by their history."""
    made = (
        rows.changes("schedules")
        .filter(pl.col("from_status").is_null())
        .group_by(pl.col("entity_id").alias("id"))
        .agg(pl.col("on").min().alias("made_on"))
    )
    return rows["schedules"].join(made, on="id", how="left").select(
        "location_id", pl.coalesce("made_on", "scheduled_on").alias("on"),
        (pl.col("status") == "RESCHEDULED").cast(pl.Int64).alias("num"), pl.lit(1).alias("den"),
        pl.col("schedule_type").alias("type"),
    )  # fmt: skip


def double_bookings(rows: Rows) -> pl.DataFrame:
    """C03: takings of a person or asset that begin before an earlier one ends, on their day."""
    taken = (
        rows["schedule_resources"]
        .filter(~pl.col("is_released"))
        .with_columns(pl.coalesce("user_id", "equipment_id").alias("resource"))
        .sort("resource", "start_at", "id")
        .with_columns(pl.col("end_at").cum_max().shift(1).over("resource").alias("busy"))
    )
    clash = (pl.col("start_at") < pl.col("busy")).fill_null(False)
    return rows.dated(taken, "start_at", "on").select(
        "location_id", "on", clash.cast(pl.Int64).alias("value"), "kind"
    )


def lead_time(rows: Rows) -> pl.DataFrame:
    """C04: median(service day - day booked) in days, on the day booked."""
    return rows.once(bookings).select(
        "location_id", pl.col("accepted_on").alias("on"),
        (pl.col("service_on") - pl.col("accepted_on")).dt.total_days().alias("value"), "source",
        pl.col("service_type").alias("service"),
    )  # fmt: skip


def coverage(rows: Rows) -> pl.DataFrame:
    """C05: of the 28 days after a month end, those with people free ≥ people booked by then.

    Free is who offers time that day and has no leave; days of branches that keep availabilities.
    """
    answered = rows["availabilities"].filter(~pl.col("approval_status").is_in(REFUSED))
    key = ["location_id", "user_id", "available_on"]
    free = (
        answered.filter("is_available")
        .join(answered.filter(~pl.col("is_available")), on=key, how="anti")
        .group_by("location_id", pl.col("available_on").alias("day"))
        .agg(pl.col("user_id").n_unique().cast(pl.Int64).alias("free"))
    )
    ahead = pl.DataFrame({"on": rows.ends}, schema={"on": pl.Date}).with_columns(
        pl.date_ranges(
            pl.col("on") + pl.duration(days=1), pl.col("on") + pl.duration(days=AHEAD_DAYS)
        ).alias("day")
    ).explode("day", empty_as_null=False)  # fmt: skip
    accepted = rows["quotes"].select(pl.col("id").alias("quote_id"), "accepted_on")
    known = (
        rows["truck_journeys"]
        .join(accepted, on="quote_id")
        .with_columns(pl.min_horizontal("service_on", "cancelled_on").alias("until_on"))
    )
    demand = (
        standing(known, "accepted_on", "until_on", rows.ends)
        .group_by("location_id", "on", pl.col("service_on").alias("day"))
        .agg(pl.col("crew_size").sum().alias("needed"))
    )
    places = free.select("location_id").unique().join(ahead, how="cross")
    return (
        places.join(free, on=["location_id", "day"], how="left")
        .join(demand, on=["location_id", "on", "day"], how="left")
        .select(
            "location_id", "on", pl.lit(1).alias("den"),
            (pl.col("free").fill_null(0) >= pl.col("needed").fill_null(0))
            .cast(pl.Int64).alias("num"),
            pl.col("day").dt.weekday().alias("weekday"),
        )
    )  # fmt: skip


def late_changes(rows: Rows) -> pl.DataFrame:
    """C07: slots called off or moved less than 24 h before their start ÷ slots, on their day."""
    moved = (
        rows.changes("schedules")
        .filter(pl.col("to_status").is_in(["CANCELLED", "RESCHEDULED"]))
        .group_by(pl.col("entity_id").alias("id"))
        .agg(pl.col("occurred_at").min().alias("moved_at"))
    )
    late = (seconds("moved_at", "start_at") < NOTICE_SECONDS).fill_null(False)
    return rows["schedules"].join(moved, on="id", how="left").select(
        "location_id", pl.col("scheduled_on").alias("on"), late.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), pl.col("schedule_type").alias("type"),
    )  # fmt: skip


def availability(rows: Rows) -> pl.DataFrame:
    """C06: field staff who by Thursday said something of next week ÷ active field staff, by Monday.

    Of branches that are open on that Monday, since the first month on record.
    """
    first = rows.ends[0].replace(day=1)
    mondays = pl.date_range(first, rows.until, interval="1d", eager=True).alias("on").to_frame()
    mondays = mondays.filter(pl.col("on").dt.weekday() == 1)
    opened = rows["locations"].select(pl.col("id").alias("location_id"), "opened_on")
    people = (
        rows["users"]
        .filter((pl.col("status") == "ACTIVE") & pl.col("role").is_in(FIELD))
        .select(pl.col("id").alias("user_id"), "location_id", "role")
        .join(opened, on="location_id")
        .join(mondays, how="cross")
        .filter((pl.col("opened_on") <= pl.col("on")).fill_null(True))
    )
    said = (
        rows.dated(rows["availabilities"], "created_at", "said")
        .group_by("user_id", pl.col("available_on").dt.truncate("1w").alias("on"))
        .agg(pl.col("said").min())
    )
    in_time = pl.col("said") <= pl.col("on") - pl.duration(days=DEADLINE_DAYS)
    return people.join(said, on=["user_id", "on"], how="left").select(
        "location_id", "on", in_time.fill_null(False).cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "role",
    )  # fmt: skip


UP, DOWN = Direction.UP, Direction.DOWN
_TYPE = ("type",)

KPIS = (
    Kpi("C01", adherence, Unit.PERCENT, UP, "day", _TYPE, Kind.RATIO),
    Kpi("C02", slots_made, Unit.PERCENT, DOWN, "created", _TYPE, Kind.RATIO),
    Kpi("C03", double_bookings, Unit.NUMBER, Direction.ZERO, "day", ("kind",)),
    Kpi("C04", lead_time, Unit.DAYS, Direction.NONE, "booked", ("source",), Kind.MEDIAN),
    Kpi("C05", coverage, Unit.PERCENT, UP, "forward 28 d", ("weekday",), Kind.RATIO),
    Kpi("C06", availability, Unit.PERCENT, UP, "week", ("role",), Kind.RATIO),
    Kpi("C07", late_changes, Unit.PERCENT, DOWN, "day", _TYPE, Kind.RATIO),
)
