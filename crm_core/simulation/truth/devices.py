"""O19 and O20: what the crews' devices sent, how late, and which stay silent.

Hours inferred from positions are in `operations`.
"""

import polars as pl

from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds, standing

READ = {
    "mobile_journey_updates": (
        "session_id", "journey_id", "user_id", "location_id", "update_type", "occurred_at",
        "occurred_on", "synced_at", "sync_error",
    ),
    "mobile_sessions": (
        "id", "app_version", "location_id", "user_id", "started_at", "ended_at", "expires_at",
    ),
}  # fmt: skip


def updates(rows: Rows) -> pl.DataFrame:
    """O19: p90(synced - made) in minutes; updates with an error ÷ updates, on their day."""
    versions = rows["mobile_sessions"].select(pl.col("id").alias("session_id"), "app_version")
    return rows["mobile_journey_updates"].join(versions, on="session_id", how="left").select(
        "location_id", pl.col("occurred_on").alias("on"),
        seconds("occurred_at", "synced_at").alias("lag"),
        pl.col("sync_error").is_not_null().cast(pl.Int64).alias("failed"),
        pl.lit(1).alias("sent"), "app_version", pl.col("update_type").alias("type"),
    )  # fmt: skip


def silent_sessions(rows: Rows) -> pl.DataFrame:
    """O20: sessions open at the end of the day without a position in its last 30 minutes."""
    sessions = rows["mobile_sessions"].with_columns(
        pl.min_horizontal("ended_at", "expires_at").alias("over_at")
    )
    sessions = rows.dated(rows.dated(sessions, "started_at", "from"), "over_at", "to")
    open_then = standing(sessions, "from", "to", rows.ends)
    seen = rows.at_wall(
        rows["mobile_journey_updates"].filter(pl.col("update_type") == "LOCATION"),
        "occurred_at", "seen",
    ).select(pl.col("session_id").alias("id"), "seen")  # fmt: skip
    midnight = (pl.col("on") + pl.duration(days=1)).cast(pl.Datetime("ms"))
    recent = (
        open_then.select("id", "on")
        .join(seen, on="id")
        .filter(pl.col("seen").is_between(midnight - pl.duration(minutes=30), midnight))
        .select("id", "on")
        .unique()
        .with_columns(pl.lit(0).alias("value"))
    )
    return open_then.join(recent, on=["id", "on"], how="left").select(
        "location_id", "on", pl.col("value").fill_null(1), "app_version"
    )


UP, DOWN = Direction.UP, Direction.DOWN

KPIS = (
    Kpi("O19_lag", updates, Unit.MINUTES, DOWN, "event", ("app_version", "type"), Kind.P90,
        value="lag", per=60),
    Kpi("O19_failure", updates, Unit.PERCENT, DOWN, "event", ("app_version", "type"), Kind.RATIO,
        num="failed", den="sent"),
    Kpi("O20", silent_sessions, Unit.NUMBER, DOWN, "as-of", ("app_version",)),
)  # fmt: skip
