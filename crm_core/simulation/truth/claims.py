"""Q01, Q02 and Q04 to Q06: claims against the jobs they are about.

The loss ratio (Q03) needs the insurance premium, which no table of the core holds.
"""

import polars as pl

from crm_core.simulation.truth.business import bookings, jobs
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import standing

READ = {
    "claims": (
        "journey_id", "claim_type", "location_id", "opened_on", "closed_on", "settled_amount",
    ),
    "quote_items": ("quote_id", "category", "is_selected", "total_amount"),
    "journey_entries": ("journey_id", "tag"),
}  # fmt: skip


def on_jobs(rows: Rows) -> pl.DataFrame:
    """Completed jobs with their claims: Q01 claims ÷ jobs, Q02 paid ÷ revenue, Q06 without damage.

    A job is damage-free without a claim and without a DAMAGE tag.
    """
    made = (
        rows["claims"]
        .group_by("journey_id")
        .agg(pl.len().cast(pl.Int64).alias("claims"), pl.col("settled_amount").sum().alias("paid"))
    )
    tagged = rows["journey_entries"].filter(pl.col("tag") == "DAMAGE").get_column("journey_id")
    found = rows.once(jobs) if len(made) else rows.once(jobs).head(0)
    clean = pl.col("claims").is_null() & ~pl.col("journey_id").is_in(tagged.implode())
    return found.join(made, on="journey_id", how="left").select(
        "location_id",
        pl.col("completed_on").alias("on"),
        pl.col("claims").fill_null(0),
        pl.col("paid").fill_null(0),
        "revenue",
        clean.cast(pl.Int64).alias("clean"),
        pl.lit(1).alias("jobs"),
        "crew",
        "service",
    )


def opened(rows: Rows) -> pl.DataFrame:
    """Q01, event form: claims opened in the month ÷ jobs completed in it."""
    made = rows["claims"].select(
        "location_id", pl.col("opened_on").alias("on"), pl.lit(1).alias("num"),
        pl.lit(0).alias("den"),
    )  # fmt: skip
    done = rows.once(on_jobs).select(
        "location_id", "on", pl.lit(0).alias("num"), pl.lit(1).alias("den")
    )
    return pl.concat([made, done])


def valuation(rows: Rows) -> pl.DataFrame:
    """Q04: valuation sold with booked moves - settlements paid, of the last 12 months."""
    sold = (
        rows["quote_items"]
        .filter((pl.col("category") == "INSURANCE") & pl.col("is_selected"))
        .group_by(pl.col("quote_id").alias("id"))
        .agg(pl.col("total_amount").sum().alias("value"))
    )
    income = (
        rows.once(bookings)
        .join(sold, on="id")
        .select(
            "location_id",
            pl.col("accepted_on").alias("from"),
            "value",
            pl.lit("sold").alias("part"),
        )
    )
    paid = rows["claims"].filter(pl.col("settled_amount") > 0).select(
        "location_id", pl.col("closed_on").alias("from"),
        (-pl.col("settled_amount")).alias("value"), pl.lit("settled").alias("part"),
    )  # fmt: skip
    both = pl.concat([income, paid], how="vertical_relaxed").with_columns(
        pl.col("from").dt.offset_by("12mo").alias("to")
    )
    if rows["claims"].is_empty():
        both = both.head(0)
    return standing(both, "from", "to", rows.ends).select("location_id", "on", "value", "part")


def cycle(rows: Rows) -> pl.DataFrame:
    """Q05: median(closed - opened) in days, on the day of closing."""
    return rows["claims"].filter(pl.col("closed_on").is_not_null()).select(
        "location_id", pl.col("closed_on").alias("on"),
        (pl.col("closed_on") - pl.col("opened_on")).dt.total_days().alias("value"),
        pl.col("claim_type").alias("type"),
    )  # fmt: skip


def open_age(rows: Rows) -> pl.DataFrame:
    """Q05: p90 of the age of claims open at the day, in days."""
    return standing(rows["claims"], "opened_on", "closed_on", rows.ends).select(
        "location_id", "on",
        (pl.col("on") - pl.col("opened_on")).dt.total_days().alias("value"),
        pl.col("claim_type").alias("type"),
    )  # fmt: skip


UP, DOWN = Direction.UP, Direction.DOWN
_COHORT = "completed cohort"

KPIS = (
    Kpi("Q01_cohort", on_jobs, Unit.PERCENT, DOWN, _COHORT, ("crew", "service"), Kind.RATIO,
        num="claims", den="jobs", matures_days=90),
    Kpi("Q01_event", opened, Unit.PERCENT, DOWN, "opened", (), Kind.RATIO),
    Kpi("Q02", on_jobs, Unit.PERCENT, DOWN, _COHORT, ("crew",), Kind.RATIO,
        num="paid", den="revenue", matures_days=90),
    Kpi("Q04", valuation, Unit.MONEY, UP, "month", ("part",)),
    Kpi("Q05_closed", cycle, Unit.DAYS, DOWN, "closed", ("type",), Kind.MEDIAN),
    Kpi("Q05_open_p90", open_age, Unit.DAYS, DOWN, "as-of", ("type",), Kind.P90),
    Kpi("Q06", on_jobs, Unit.PERCENT, UP, "completed", ("crew",), Kind.RATIO,
        num="clean", den="jobs"),
)  # fmt: skip
