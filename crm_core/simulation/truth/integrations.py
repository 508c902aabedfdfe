"""G01 to G07: runs of integrations and deliveries of webhooks; they belong to no branch.

What integrations bring is no part of the truth.
"""

import polars as pl

from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds, standing

READ = {
    "integrations": ("id", "name"),
    "integration_sync_logs": (
        "id", "integration_id", "run_id", "type", "status", "records_processed",
        "records_failed", "started_at", "completed_at",
    ),
    "webhooks": ("id", "name"),
    "webhook_deliveries": (
        "id", "webhook_id", "event", "status", "attempt_count", "created_at", "attempted_at",
        "delivered_at",
    ),
}  # fmt: skip

RETRY_WINDOW_DAYS = 1
"""A delivery older than this is tried no more."""
FINISHED = ["COMPLETED", "FAILED"]


def company_dated(rows: Rows, frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The frame with the company's own calendar day as `on`, and the wall-clock time as `wall`."""
    placed = frame.with_columns(pl.lit(None, dtype=pl.String).alias("location_id"))
    return (
        rows.at_wall(placed, column, "wall")
        .drop("location_id")
        .with_columns(pl.col("wall").dt.date().alias("on"))
    )


def runs(rows: Rows) -> pl.DataFrame:
    """Runs with all their streams: a run is COMPLETED if no stream failed; on the day it began.

    G01 completed ÷ finished runs; G02 failed ÷ processed records; G04 p95 of the seconds.
    """
    names = rows["integrations"].select(
        pl.col("id").alias("integration_id"), pl.col("name").alias("integration")
    )
    whole = (
        rows["integration_sync_logs"]
        .filter(pl.col("status").is_in(FINISHED))
        .group_by("integration_id", "run_id")
        .agg(
            pl.col("type").min(),
            (pl.col("status") == "COMPLETED").all().cast(pl.Int64).alias("completed"),
            pl.col("records_processed").sum().alias("processed"),
            pl.col("records_failed").sum().alias("failed"),
            pl.col("started_at").min(),
            pl.col("completed_at").max(),
        )
        .join(names, on="integration_id", how="left")
        .with_columns(
            pl.lit(1).alias("finished"), seconds("started_at", "completed_at").alias("seconds")
        )
    )
    return company_dated(rows, whole, "started_at")


def freshness(rows: Rows) -> pl.DataFrame:
    """G03: end of the day - last completed run, in minutes; of the company, the longest."""
    good = rows.once(runs).filter((pl.col("completed") == 1) & pl.col("completed_at").is_not_null())
    done = (
        company_dated(rows, good.drop("on", "wall"), "completed_at")
        .sort("integration_id", "wall")
        .with_columns(
            pl.col("on").alias("from"),
            pl.col("on").shift(-1).over("integration_id").alias("to"),
        )
        .drop("on")
    )
    midnight = (pl.col("on") + pl.duration(days=1)).cast(pl.Datetime("ms"))
    return standing(done, "from", "to", rows.ends).select(
        "on", (midnight - pl.col("wall")).dt.total_seconds().alias("value"), "integration", "type"
    )


def deliveries(rows: Rows) -> pl.DataFrame:
    """Deliveries of webhooks: webhook, event, whether and how fast they arrived."""
    hooks = rows["webhooks"].select(
        pl.col("id").alias("webhook_id"), pl.col("name").alias("webhook")
    )
    arrived = pl.col("status") == "DELIVERED"
    return (
        rows["webhook_deliveries"]
        .join(hooks, on="webhook_id", how="left")
        .with_columns(
            arrived.cast(pl.Int64).alias("delivered"),
            (arrived & (pl.col("attempt_count") == 1)).cast(pl.Int64).alias("at_once"),
            pl.lit(1).alias("all"),
            seconds("created_at", "delivered_at").alias("latency"),
        )
    )


def tried(rows: Rows) -> pl.DataFrame:
    """G05: delivered at the first try ÷ deliveries tried, on the day of the last try."""
    return company_dated(
        rows, rows.once(deliveries).filter(pl.col("attempt_count") > 0), "attempted_at"
    )


def made(rows: Rows) -> pl.DataFrame:
    """G07: p95(delivered - created), on the day it was created."""
    return company_dated(rows, rows.once(deliveries), "created_at")


def settled(rows: Rows) -> pl.DataFrame:
    """G06: delivered ÷ those that are older than the retry window."""
    return rows.once(made).filter(
        pl.col("on") < pl.lit(rows.until) - pl.duration(days=RETRY_WINDOW_DAYS)
    )


UP, DOWN = Direction.UP, Direction.DOWN
_RUN, _HOOK = ("integration", "type"), ("webhook", "event")

KPIS = (
    Kpi("G01", runs, Unit.PERCENT, UP, "run", _RUN, Kind.RATIO, num="completed", den="finished"),
    Kpi("G02", runs, Unit.PERCENT, DOWN, "run", _RUN, Kind.RATIO, num="failed", den="processed"),
    Kpi("G03", freshness, Unit.MINUTES, DOWN, "as-of", _RUN, Kind.MAX, per=60),
    Kpi("G04", runs, Unit.SECONDS, DOWN, "run", _RUN, Kind.P95, value="seconds"),
    Kpi("G05", tried, Unit.PERCENT, UP, "attempt", _HOOK, Kind.RATIO, num="at_once", den="all"),
    Kpi("G06", settled, Unit.PERCENT, UP, "created", _HOOK, Kind.RATIO,
        num="delivered", den="all"),
    Kpi("G07", made, Unit.SECONDS, DOWN, "created", _HOOK, Kind.P95, value="latency"),
)  # fmt: skip
