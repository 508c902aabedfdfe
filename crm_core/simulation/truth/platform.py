"""P01 to P03 and P07: reports in time, sent twice, how old their figures were, letters held back.

P04 to P06 need the stores of published figures and forecasts: none of them is a table of the core.
"""

import polars as pl

from crm_core.simulation.truth.integrations import company_dated
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds

READ = {
    "report_deliveries": (
        "id", "occasion_id", "report_name", "window_key", "recipient_user_id", "revision", "state",
        "sent_at",
    ),
    "report_occasions": ("id", "due_at", "is_asked"),
    "audit_entries": ("action", "resource_id", "occurred_at"),
    "report_runs": ("id", "report_name", "format", "status", "as_of", "finished_at"),
}  # fmt: skip


GRACE_SECONDS = 600


def punctual(rows: Rows) -> pl.DataFrame:
    """P01: letters of scheduled reports accepted by ten minutes after the due time ÷ letters due.

    What had nothing to say was not due.
    """
    due = rows["report_occasions"].filter(~pl.col("is_asked")).select(
        pl.col("id").alias("occasion_id"), "due_at"
    )  # fmt: skip
    letters = rows["report_deliveries"].filter(pl.col("state") != "SKIPPED")
    in_time = (pl.col("state") == "SENT") & (seconds("due_at", "sent_at") <= GRACE_SECONDS)
    return company_dated(rows, letters.join(due, on="occasion_id"), "due_at").select(
        "on", in_time.fill_null(False).cast(pl.Int64).alias("num"), pl.lit(1).alias("den"),
        pl.col("report_name").alias("report"), pl.col("window_key").alias("period"),
    )  # fmt: skip


def duplicates(rows: Rows) -> pl.DataFrame:
    """P02: mails accepted beyond the first for one report, period and member of staff.

    A second sending that somebody asked for is a revision of its own.
    """
    to_staff = pl.col("recipient_user_id").is_not_null()
    sent = rows["report_deliveries"].filter((pl.col("state") == "SENT") & to_staff)
    sent = sent.sort("sent_at", "id")
    key = ["report_name", "window_key", "recipient_user_id", "revision"]
    again = pl.int_range(pl.len()).over(key) > 0
    return company_dated(rows, sent, "sent_at").select(
        "on", again.cast(pl.Int64).alias("value"), pl.col("report_name").alias("report"),
        pl.col("window_key").alias("period"),
    )  # fmt: skip


def data_age(rows: Rows) -> pl.DataFrame:
    """P03: p95(report finished - instant its figures are true at) in minutes."""
    done = rows["report_runs"].filter(
        (pl.col("status") == "COMPLETED") & pl.col("finished_at").is_not_null()
    )
    return company_dated(rows, done, "finished_at").select(
        "on", seconds("as_of", "finished_at").alias("value"),
        pl.col("report_name").alias("report"), "format",
    )  # fmt: skip


def violations(rows: Rows) -> pl.DataFrame:
    """P07: letters held back because they named a branch beyond their reader's reach, by day."""
    letters = rows["report_deliveries"].select(
        pl.col("id").alias("resource_id"), "report_name", "window_key"
    )
    held = rows["audit_entries"].filter(pl.col("action") == "SCOPE_EXCEEDED")
    return company_dated(rows, held, "occurred_at").join(
        letters, on="resource_id", how="left"
    ).select(
        "on", pl.lit(1).alias("value"), pl.col("report_name").alias("report"),
        pl.col("window_key").alias("period"),
    )  # fmt: skip


KPIS = (
    Kpi("P01", punctual, Unit.PERCENT, Direction.UP, "due", ("report", "period"), Kind.RATIO),
    Kpi("P02", duplicates, Unit.NUMBER, Direction.ZERO, "period", ("report", "period")),
    Kpi("P03", data_age, Unit.MINUTES, Direction.DOWN, "send", ("report", "format"), Kind.P95,
        per=60),
    Kpi("P07", violations, Unit.NUMBER, Direction.ZERO, "run", ("report", "period")),
)  # fmt: skip
