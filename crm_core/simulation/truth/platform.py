"""P02 and P03: reports sent twice, and how old their figures were.

P01 needs the promised time, P04 to P07 the stores of published figures, forecasts and checks: none
of them is a table of the core.
"""

import polars as pl

from crm_core.simulation.truth.integrations import company_dated
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds

READ = {
    "report_deliveries": (
        "id", "report_name", "window_key", "recipient_user_id", "state", "sent_at",
    ),
    "report_runs": ("id", "report_name", "format", "status", "as_of", "finished_at"),
}  # fmt: skip


def duplicates(rows: Rows) -> pl.DataFrame:
    """P02: mails accepted beyond the first for one report, period and recipient."""
    sent = rows["report_deliveries"].filter(pl.col("state") == "SENT").sort("sent_at", "id")
    again = pl.int_range(pl.len()).over("report_name", "window_key", "recipient_user_id") > 0
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


KPIS = (
    Kpi("P02", duplicates, Unit.NUMBER, Direction.ZERO, "period", ("report", "period")),
    Kpi("P03", data_age, Unit.MINUTES, Direction.DOWN, "send", ("report", "format"), Kind.P95,
        per=60),
)  # fmt: skip
