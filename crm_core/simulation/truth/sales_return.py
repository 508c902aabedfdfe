"""S26 to S31: what a lead, a booking and a customer cost and bring, and who comes back.

Lifetime values (S32, S33) are forecasts, not facts: they are in no truth.
"""

import polars as pl

from crm_core.simulation.truth.business import bookings, jobs, leads
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows

READ = {"marketing_spend": ("location_id", "source", "month_on", "spend_amount")}

ACCOUNTS = ["COMMERCIAL", "CORPORATE_ACCOUNT"]
NOTHING = pl.lit(0)


def spend(rows: Rows) -> pl.DataFrame:
    """Marketing spend by branch, source and month: on, source, amount."""
    return rows["marketing_spend"].select(
        "location_id", "source", pl.col("month_on").alias("on"), pl.col("spend_amount")
    )


def cost_per_lead(rows: Rows) -> pl.DataFrame:
    """S26: spend ÷ leads created in the month."""
    return _over_spend(rows, rows.once(leads).select("location_id", "source", on="created_on"))


def cost_per_booking(rows: Rows) -> pl.DataFrame:
    """S27: spend ÷ bookings from the leads that came in the month, whenever they booked."""
    found = rows.once(bookings)
    return _over_spend(rows, found.select("location_id", "source", on="lead_created_on"))


def acquisition(rows: Rows) -> pl.DataFrame:
    """S28: (marketing + cost of sales activities) ÷ customers with their first completed job.

    By quarter; the sales cost is what the activities say they cost.
    """
    activities = rows["sales_activities"].join(
        rows["leads"].select(pl.col("id").alias("lead_id"), "source"), on="lead_id", how="left"
    )
    touched = activities.filter(pl.col("cost_amount") > 0).select(
        "location_id", "source", pl.col("completed_on").alias("on"),
        pl.col("cost_amount").alias("num"), NOTHING.alias("den"),
    )  # fmt: skip
    first = (
        rows.once(jobs)
        .sort("completed_on", "journey_id")
        .unique("customer_id", keep="first", maintain_order=True)
        .select(
            "location_id", "source", pl.col("completed_on").alias("on"),
            _no_money().alias("num"), pl.lit(1).alias("den"),
        )
    )  # fmt: skip
    paid = _spent(rows)
    return _quarterly(pl.concat([paid, touched, first], how="vertical_relaxed"), rows)


def source_return(rows: Rows) -> pl.DataFrame:
    """S29: (gross margin of the source's jobs - spend) ÷ spend, by quarter of service."""
    earned = rows.once(jobs).select(
        "location_id", "source", pl.col("service_on").alias("on"),
        (pl.col("revenue") - pl.col("cost")).alias("num"), _no_money().alias("den"),
    )  # fmt: skip
    paid = spend(rows).select(
        "location_id", "source", "on", (-pl.col("spend_amount")).alias("num"),
        pl.col("spend_amount").alias("den"),
    )  # fmt: skip
    return _quarterly(pl.concat([earned, paid], how="vertical_relaxed"), rows)


def repeats(rows: Rows) -> pl.DataFrame:
    """S30: jobs of customers with an earlier completed job of another quote ÷ jobs."""
    found = rows.once(jobs).with_columns(pl.coalesce("family_id", "journey_id").alias("deal"))
    deals = (
        found.group_by("customer_id", "deal")
        .agg(pl.col("completed_on").min().alias("done_on"))
        .sort("customer_id", "done_on", "deal")
    )
    first = deals.unique("customer_id", keep="first", maintain_order=True).select(
        "customer_id", pl.col("deal").alias("first_deal"), pl.col("done_on").alias("first_on")
    )
    again = (pl.col("deal") != pl.col("first_deal")) & (pl.col("first_on") < pl.col("service_on"))
    return found.join(first, on="customer_id", how="left").select(
        "location_id",
        pl.col("service_on").alias("on"),
        again.fill_null(False).cast(pl.Int64).alias("num"),
        pl.lit(1).alias("den"),
        "segment",
        "service",
    )


def retention(rows: Rows) -> pl.DataFrame:
    """S31: business customers invoiced in this quarter and the one before ÷ in the one before.

    A customer belongs to its own branch; churn is the rest.
    """
    active = (
        rows["invoices"]
        .filter(pl.col("issued_on").is_not_null() & pl.col("credit_of_invoice_id").is_null())
        .select("customer_id", pl.col("issued_on").dt.truncate("1q").alias("quarter"))
        .unique()
    )
    owners = rows["customers"].filter(pl.col("type").is_in(ACCOUNTS))
    before = active.join(owners, left_on="customer_id", right_on="id").with_columns(
        pl.col("quarter").dt.offset_by("1q").alias("on")
    )
    stayed = before.join(
        active.with_columns(pl.lit(1).alias("kept")),
        left_on=["customer_id", "on"], right_on=["customer_id", "quarter"], how="left",
    ).filter(pl.col("on").dt.offset_by("1q").dt.offset_by("-1d") <= rows.until)  # fmt: skip
    return stayed.select(
        "location_id",
        "on",
        pl.col("kept").fill_null(0).alias("kept"),
        (1 - pl.col("kept").fill_null(0)).alias("lost"),
        pl.lit(1).alias("den"),
        pl.col("type").alias("segment"),
    )


def _over_spend(rows: Rows, counted: pl.DataFrame) -> pl.DataFrame:
    """Spend of each month over what is counted in it; without any spend there is nothing."""
    if rows["marketing_spend"].is_empty():
        return _spent(rows)
    return pl.concat(
        [
            _spent(rows),
            counted.select(
                "location_id", "source", "on", _no_money().alias("num"), pl.lit(1).alias("den")
            ),
        ],
        how="vertical_relaxed",
    )


def _spent(rows: Rows) -> pl.DataFrame:
    return spend(rows).select(
        "location_id", "source", "on", pl.col("spend_amount").alias("num"), NOTHING.alias("den")
    )


def _no_money() -> pl.Expr:
    return pl.lit(0).cast(pl.Decimal(18, 2))


def _quarterly(facts: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """The facts on the first day of their quarter; without any spend there is nothing."""
    if rows["marketing_spend"].is_empty():
        return facts.head(0)
    return facts.with_columns(pl.col("on").dt.truncate("1q"))


UP, DOWN = Direction.UP, Direction.DOWN

KPIS = (
    Kpi("S26", cost_per_lead, Unit.MONEY, DOWN, "month", ("source",), Kind.RATIO),
    Kpi("S27", cost_per_booking, Unit.MONEY, DOWN, "month of the lead", ("source",), Kind.RATIO),
    Kpi("S28", acquisition, Unit.MONEY, DOWN, "quarter", ("source",), Kind.RATIO),
    Kpi("S29", source_return, Unit.PERCENT, UP, "quarter", ("source",), Kind.RATIO),
    Kpi("S30", repeats, Unit.PERCENT, UP, "service", ("segment",), Kind.RATIO),
    Kpi("S31_retention", retention, Unit.PERCENT, UP, "quarter", ("segment",), Kind.RATIO,
        num="kept"),
    Kpi("S31_churn", retention, Unit.PERCENT, DOWN, "quarter", ("segment",), Kind.RATIO,
        num="lost"),
)  # fmt: skip
