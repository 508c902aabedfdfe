"""O01 to O07, O12 to O18: jobs, punctuality, hours and money per crew and truck, proof.

What needs calendars of people and trucks is in `capacity`, devices in `devices`.
"""

import polars as pl

from crm_core.simulation.truth.business import crews, jobs
from crm_core.simulation.truth.finance import MILLION, WITHIN, per_million
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds

READ = {
    "time_entries": (
        "journey_id", "kind", "is_paid", "worked_on", "started_at", "ended_at", "location_id",
        "user_id",
    ),
    "equipment_assignments": (
        "id", "equipment_id", "journey_id", "status", "start_at", "end_at", "location_id",
    ),
    "journey_steps": (
        "id", "status", "step_number", "ended_at", "approved_at", "approved_by_id",
        "location_id",
    ),
    "mobile_journey_updates": ("journey_id", "user_id", "update_type", "occurred_at"),
    "media": ("journey_id", "media_type"),
    "journey_media_requirements": ("journey_id", "is_required", "satisfied_by_media_id"),
}  # fmt: skip

WORKED = ["WORK", "TRAVEL"]
HOUR = 3_600
WEEK_SECONDS = 40 * HOUR
"""Paid time of a week beyond this is overtime."""
AUDIT_SECONDS = 48 * HOUR


def completed(rows: Rows) -> pl.DataFrame:
    """O01: journeys that reached COMPLETED, on the day they did; O04 beside it.

    O04 |actual - planned minutes| ÷ planned: median and share within ±10 %.
    """
    span = seconds("planned_start_at", "planned_end_at") // 60
    planned = pl.coalesce("estimated_minutes", span)
    spent = pl.coalesce("actual_minutes", seconds("started_at", "completed_at") // 60)
    share = per_million(spent - planned, planned)
    counted = (planned > 0) & spent.is_not_null()
    return rows.once(jobs).select(
        "location_id",
        pl.col("completed_on").alias("on"),
        pl.lit(1).alias("value"),
        pl.when(counted).then(share).alias("off"),
        pl.when(counted).then((share <= WITHIN).cast(pl.Int64)).alias("within"),
        counted.cast(pl.Int64).alias("timed"),
        "service",
        "size",
        "crew",
    )


def arrivals(rows: Rows) -> pl.DataFrame:
    """O02: arrived by the end of the promised window ÷ started jobs with one, by service date."""
    promised = rows["truck_journeys"].filter(
        pl.col("started_at").is_not_null() & pl.col("arrival_window_end_at").is_not_null()
    )
    known = promised.join(rows.once(crews), left_on="id", right_on="journey_id", how="left")
    in_time = (pl.col("arrived_at") <= pl.col("arrival_window_end_at")).fill_null(False)
    return rows.at_wall(known, "arrival_window_end_at", "wall").select(
        "location_id", pl.col("service_on").alias("on"), in_time.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "crew", pl.col("wall").dt.hour().alias("hour"),
    )  # fmt: skip


def completions(rows: Rows) -> pl.DataFrame:
    """O03: completed by the planned end ÷ completed, by service date."""
    in_time = (pl.col("completed_at") <= pl.col("planned_end_at")).fill_null(False)
    return rows.once(jobs).select(
        "location_id", pl.col("service_on").alias("on"), in_time.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "crew", "service",
    )  # fmt: skip


def entries(rows: Rows) -> pl.DataFrame:
    """Finished time entries with their seconds."""
    return (
        rows["time_entries"]
        .filter(pl.col("ended_at").is_not_null())
        .with_columns(seconds("started_at", "ended_at").alias("seconds"))
    )


def crew_hours(rows: Rows) -> pl.DataFrame:
    """O05: revenue ÷ Σ worked crew hours of completed jobs, by service date."""
    hours = (
        rows.once(entries)
        .filter(pl.col("kind").is_in(WORKED))
        .group_by("journey_id")
        .agg(pl.col("seconds").sum().alias("worked"))
    )
    return rows.once(jobs).join(hours, on="journey_id").select(
        "location_id", pl.col("service_on").alias("on"),
        (pl.col("revenue") * HOUR).alias("earned"), "worked", "crew", "service",
    )  # fmt: skip


def drives(rows: Rows) -> pl.DataFrame:
    """O12: time from departure to the first arrival ÷ time from departure to completion.

    The way to the first address is the one the core knows of every job.
    """
    return (
        rows.once(jobs)
        .filter(pl.col("started_at").is_not_null() & pl.col("arrived_at").is_not_null())
        .select(
            "location_id", pl.col("service_on").alias("on"),
            seconds("started_at", "arrived_at").alias("num"),
            seconds("started_at", "completed_at").alias("den"), "service", "crew",
        )
    )  # fmt: skip


def crew_days(rows: Rows) -> pl.DataFrame:
    """O06: (revenue - direct cost) ÷ distinct days of crews, by service date."""
    led = rows.once(jobs).filter(pl.col("crew").is_not_null())
    return led.select(
        "location_id",
        pl.col("service_on").alias("on"),
        (pl.col("revenue") - pl.col("cost")).alias("num"),
        first_of("location_id", "crew", "service_on").alias("den"),
        "crew",
    )


def first_of(*keys: str) -> pl.Expr:
    """1 on the first row of each group, 0 on the others: their sum counts distinct groups."""
    return (pl.int_range(pl.len()).over(*keys) == 0).cast(pl.Int64)


def truck_days(rows: Rows) -> pl.DataFrame:
    """O07 revenue and O11 jobs ÷ distinct days of trucks assigned, by service date.

    A truck-day belongs to the journey's branch; a job with several trucks counts with the first.
    """
    used = (
        rows["equipment_assignments"]
        .filter((pl.col("status") != "CANCELLED") & pl.col("journey_id").is_not_null())
        .sort("journey_id", "start_at", "id")
        .select("journey_id", pl.col("equipment_id").alias("truck"))
    )
    found = rows.once(jobs) if len(used) else rows.once(jobs).head(0)
    driven = found.join(used, on="journey_id", how="left", maintain_order="left_right")
    leads = first_of("journey_id")
    day = pl.concat_str("location_id", "truck", "service_on", separator=" ")
    return driven.select(
        "location_id",
        pl.col("service_on").alias("on"),
        (pl.col("revenue") * leads).alias("earned"),
        leads.alias("jobs"),
        day.alias("den"),
        "truck",
        "service",
    )


def overtime(rows: Rows) -> pl.DataFrame:
    """O13: paid time beyond 40 hours of a person's week (Monday on) ÷ paid time, by its Monday."""
    weeks = (
        rows.once(entries)
        .filter("is_paid")
        .group_by("location_id", "user_id", pl.col("worked_on").dt.truncate("1w").alias("on"))
        .agg(pl.col("seconds").sum().alias("den"))
    )
    roles = rows["users"].select(pl.col("id").alias("user_id"), "role")
    return weeks.join(roles, on="user_id", how="left").with_columns(
        (pl.col("den") - WEEK_SECONDS).clip(0).alias("num")
    )


def hours_gap(rows: Rows) -> pl.DataFrame:
    """O14: (hours entered - hours on the way of the devices) ÷ the latter, per person and job."""
    seen = (
        rows["mobile_journey_updates"]
        .filter(pl.col("update_type") == "LOCATION")
        .group_by("journey_id", "user_id")
        .agg((pl.col("occurred_at").max() - pl.col("occurred_at").min()).alias("span"))
        .with_columns(pl.col("span").dt.total_seconds().alias("inferred"))
        .filter(pl.col("inferred") > 0)
    )
    entered = (
        rows.once(entries)
        .filter(pl.col("kind").is_in(WORKED))
        .group_by("journey_id", "user_id")
        .agg(pl.col("seconds").sum().alias("entered"))
    )
    return (
        rows.once(jobs)
        .join(seen, on="journey_id")
        .join(entered, on=["journey_id", "user_id"])
        .select(
            "location_id", pl.col("service_on").alias("on"),
            (pl.col("entered") - pl.col("inferred")).alias("num"),
            pl.col("inferred").alias("den"), "crew", "service",
        )
    )  # fmt: skip


def step_decisions(rows: Rows) -> pl.DataFrame:
    """O15: steps REJECTED ÷ steps APPROVED or REJECTED, on the day of the decision.

    A step that has no history is decided as its row says.
    """
    steps = rows["journey_steps"].select(
        "id",
        "location_id",
        "status",
        "approved_at",
        "ended_at",
        pl.col("step_number").alias("step"),
    )
    past = rows.changes("journey_steps").drop("location_id")
    kept = past.join(steps, left_on="entity_id", right_on="id").select(
        "location_id", "on", pl.col("to_status").alias("decision"), "step"
    )
    silent = steps.join(past, left_on="id", right_on="entity_id", how="anti").with_columns(
        pl.coalesce("approved_at", "ended_at").alias("decided_at")
    )
    own = rows.dated(silent, "decided_at", "on").select(
        "location_id", "on", pl.col("status").alias("decision"), "step"
    )
    return (
        pl.concat([kept, own])
        .filter(pl.col("decision").is_in(["APPROVED", "REJECTED"]))
        .select(
            "location_id", "on", (pl.col("decision") == "REJECTED").cast(pl.Int64).alias("num"),
            pl.lit(1).alias("den"), "step",
        )
    )  # fmt: skip


def approval_lag(rows: Rows) -> pl.DataFrame:
    """O16: median(approved - step ended), on the day of approval, in hours."""
    approved = rows["journey_steps"].filter(
        pl.col("approved_at").is_not_null() & pl.col("ended_at").is_not_null()
    )
    return rows.dated(approved, "approved_at", "on").select(
        "location_id", "on", seconds("ended_at", "approved_at").alias("value"),
        pl.col("approved_by_id").alias("approver"), pl.col("step_number").alias("step"),
    )  # fmt: skip


def proofs(rows: Rows) -> pl.DataFrame:
    """O17: completed jobs with a signature and all required media ÷ completed."""
    signed = rows["media"].filter(pl.col("media_type") == "SIGNATURE").get_column("journey_id")
    needed = rows["journey_media_requirements"].filter("is_required")
    lacking = needed.filter(pl.col("satisfied_by_media_id").is_null()).get_column("journey_id")
    found = rows.once(jobs) if len(rows["media"]) else rows.once(jobs).head(0)
    journey = pl.col("journey_id")
    whole = journey.is_in(signed.implode()) & ~journey.is_in(lacking.implode())
    return found.select(
        "location_id", pl.col("completed_on").alias("on"), whole.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "crew", "service",
    )  # fmt: skip


def audits(rows: Rows) -> pl.DataFrame:
    """O18: jobs AUDITED within 48 h of COMPLETED ÷ completed, on the day of completion."""
    audited = (
        rows.changes("truck_journeys")
        .filter(pl.col("to_status") == "AUDITED")
        .group_by(pl.col("entity_id").alias("journey_id"))
        .agg(pl.col("occurred_at").min().alias("audited_at"))
    )
    found = rows.once(jobs) if len(rows["status_events"]) else rows.once(jobs).head(0)
    quick = (seconds("completed_at", "audited_at") <= AUDIT_SECONDS).fill_null(False)
    return found.join(audited, on="journey_id", how="left").select(
        "location_id", pl.col("completed_on").alias("on"), quick.cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"), "service",
    )  # fmt: skip


UP, DOWN, BAND = Direction.UP, Direction.DOWN, Direction.BAND

KPIS = (
    Kpi("O01", completed, Unit.NUMBER, UP, "completed", ("service",)),
    Kpi("O02", arrivals, Unit.PERCENT, UP, "service", ("crew", "hour"), Kind.RATIO),
    Kpi("O03", completions, Unit.PERCENT, UP, "service", ("crew",), Kind.RATIO),
    Kpi("O04_median_abs", completed, Unit.PERCENT, BAND, "job / completed", ("size", "crew"),
        Kind.MEDIAN, value="off", per=MILLION),
    Kpi("O04_within_10", completed, Unit.PERCENT, BAND, "job / completed", ("size", "crew"),
        Kind.RATIO, num="within", den="timed"),
    Kpi("O05", crew_hours, Unit.MONEY_PER_HOUR, UP, "service", ("crew", "service"), Kind.RATIO,
        num="earned", den="worked"),
    Kpi("O06", crew_days, Unit.MONEY, UP, "service", ("crew",), Kind.RATIO),
    Kpi("O07", truck_days, Unit.MONEY, UP, "service", ("truck",), Kind.RATIO, num="earned",
        is_distinct=True),
    Kpi("O11", truck_days, Unit.NUMBER, UP, "service", ("service",), Kind.RATIO, num="jobs",
        is_distinct=True),
    Kpi("O12", drives, Unit.PERCENT, DOWN, "job / service", ("service",), Kind.RATIO),
    Kpi("O13", overtime, Unit.PERCENT, DOWN, "pay week", ("role",), Kind.RATIO),
    Kpi("O14", hours_gap, Unit.PERCENT, BAND, "job / service", ("crew",), Kind.RATIO),
    Kpi("O15", step_decisions, Unit.PERCENT, DOWN, "decision", ("step",), Kind.RATIO),
    Kpi("O16", approval_lag, Unit.HOURS, DOWN, "approved", ("approver", "step"), Kind.MEDIAN,
        per=HOUR),
    Kpi("O17", proofs, Unit.PERCENT, UP, "completed", ("crew",), Kind.RATIO),
    Kpi("O18", audits, Unit.PERCENT, UP, "completed", ("service",), Kind.RATIO),
)  # fmt: skip
