"""The components that `crm verify metrics` compares, per branch and month, from the rows alone.

The whole catalogue is in the modules beside this one. What an integration brings later is not in
it: compare branches that take their bookings elsewhere (scale S: HALI; M: BURL, STCA, WIND) only
before the integration has run.
"""

from datetime import date

import polars as pl

from crm_core.enums import PaymentCategory
from crm_core.simulation.truth.business import COLLECTED, DECIDED, DONE, NOT_REVENUE, OFF, WON
from crm_core.simulation.truth.reading import Figures, Tables, fit, month_ends

FILE_NAME = "kpi_truth.csv"

# What is read of each table; other columns play no part.
READ = {
    "locations": ("id", "code"),
    "leads": ("id", "location_id", "created_on", "is_bad"),
    "quotes": (
        "id", "lead_id", "location_id", "family_id", "version", "status", "created_on", "sent_on",
        "valid_until_on", "accepted_on", "decided_on", "move_on", "subtotal_amount",
        "discount_amount",
    ),
    "truck_journeys": (
        "quote_id", "location_id", "status", "service_on", "completed_on", "started_at",
        "arrived_at", "arrival_window_end_at",
    ),
    "invoices": (
        "id", "location_id", "credit_of_invoice_id", "journey_id", "status", "issued_on",
        "cancelled_on",
        "service_on", "subtotal_amount", "discount_amount", "tax_amount", "total_amount",
    ),
    "payments": (
        "invoice_id", "location_id", "status", "payment_category", "payment_amount", "received_on",
    ),
}  # fmt: skip


def kpi_truth(figures: Figures) -> pl.DataFrame:
    """One row per branch, month and metric with something to say; the value as text."""
    figures = fit(figures, READ)
    parts = [
        *_sales(figures.tables),
        *_bookings(figures.tables),
        *_operations(figures.tables),
        *_finance(figures.tables),
        *_balances(figures),
    ]
    codes = figures.tables["locations"].select(pl.col("id").alias("location_id"), "code")
    together = pl.concat([part.with_columns(pl.col("value").cast(pl.String)) for part in parts])
    return (
        together.join(codes, on="location_id", how="inner")
        .select(
            pl.lit(figures.client).alias("client"),
            pl.col("code").alias("branch"),
            pl.col("on").dt.truncate("1mo").alias("month"),
            "metric",
            "value",
        )
        .sort("client", "branch", "month", "metric")
    )


def _monthly(rows: pl.DataFrame, metric: str, on: str, value: pl.Expr) -> pl.DataFrame:
    """A metric summed by branch and month of the date column `on`; rows without a date are out."""
    return (
        rows.filter(pl.col(on).is_not_null())
        .with_columns(pl.col(on).dt.truncate("1mo").alias("on"))
        .group_by("location_id", "on")
        .agg(value.alias("value"))
        .select("location_id", "on", pl.lit(metric).alias("metric"), "value")
    )


def _sales(tables: Tables) -> list[pl.DataFrame]:
    """S01, S07 and S08 with their components."""
    quotes, leads = tables["quotes"], tables["leads"].filter(~pl.col("is_bad"))
    booked = quotes.filter(pl.col("accepted_on").is_not_null()).get_column("lead_id")
    decided = (
        quotes.filter(pl.col("status").is_in(DECIDED))
        .sort(pl.col("status").is_in(WON), "version", descending=True)
        .unique("family_id", keep="first", maintain_order=True)
    )
    return [
        _monthly(leads, "new_leads", "created_on", pl.len()),
        _monthly(leads, "leads_booked", "created_on", pl.col("id").is_in(booked.implode()).sum()),
        _monthly(decided, "quotes_decided", "decided_on", pl.len()),
        _monthly(decided, "quotes_accepted", "decided_on", pl.col("status").is_in(WON).sum()),
    ]


def _bookings(tables: Tables) -> list[pl.DataFrame]:
    """S16 by booking date, S22 by service date: a booking is a family's first acceptance."""
    quotes = tables["quotes"]
    booked = (
        quotes.filter(pl.col("accepted_on").is_not_null())
        .sort("accepted_on", "version")
        .unique("family_id", keep="first", maintain_order=True)
        .with_columns((pl.col("subtotal_amount") - pl.col("discount_amount")).alias("net"))
    )
    off = pl.col("status") == OFF
    work = (
        tables["truck_journeys"]
        .filter(pl.col("quote_id").is_not_null())
        .join(quotes.select(pl.col("id").alias("quote_id"), "family_id"), on="quote_id")
        .group_by("family_id")
        .agg(
            pl.col("service_on").filter(~off).min().alias("live_on"),
            pl.col("service_on").min().alias("first_on"),
            off.all().alias("is_cancelled"),
        )
    )
    dated = booked.join(work, on="family_id", how="left").with_columns(
        pl.coalesce("live_on", "first_on", "move_on").alias("service_on"),
        pl.col("is_cancelled").fill_null(False),
    )
    cancelled = pl.col("is_cancelled").sum()
    return [
        _monthly(booked, "bookings", "accepted_on", pl.len()),
        _monthly(booked, "booked_amount", "accepted_on", pl.col("net").sum()),
        _monthly(dated, "bookings_by_service", "service_on", pl.len()),
        _monthly(dated, "bookings_cancelled_by_service", "service_on", cancelled),
    ]


def _operations(tables: Tables) -> list[pl.DataFrame]:
    """O01 by completion date, O02 by service date: against the end of the promised window."""
    journeys = tables["truck_journeys"]
    done = journeys.filter(pl.col("status").is_in(DONE))
    promised = journeys.filter(
        pl.col("started_at").is_not_null() & pl.col("arrival_window_end_at").is_not_null()
    )
    in_time = (pl.col("arrived_at") <= pl.col("arrival_window_end_at")).fill_null(False).sum()
    return [
        _monthly(done, "jobs_completed", "completed_on", pl.len()),
        _monthly(promised, "jobs_with_window", "service_on", pl.len()),
        _monthly(promised, "jobs_on_time", "service_on", in_time),
    ]


def _finance(tables: Tables) -> list[pl.DataFrame]:
    """F01, F02 (of jobs), F04, F06; credit notes carry negative amounts, refunds are taken off."""
    bills = tables["invoices"].filter(~pl.col("status").is_in(NOT_REVENUE))
    jobs = tables["invoices"].filter(pl.col("journey_id").is_not_null()).get_column("id")
    of_job = pl.coalesce("credit_of_invoice_id", "id").is_in(jobs.implode())
    net = (pl.col("subtotal_amount") - pl.col("discount_amount")).sum()
    return [
        _monthly(bills, "invoiced_revenue", "issued_on", net),
        _monthly(bills.filter(of_job), "service_revenue", "service_on", net),
        _monthly(bills, "tax_collected", "issued_on", pl.col("tax_amount").sum()),
        _monthly(_money_in(tables), "cash_collected", "received_on", pl.col("amount").sum()),
    ]


def _money_in(tables: Tables) -> pl.DataFrame:
    """Payments that came in, on their day whatever became of them later, and refunds negative."""
    is_refund = pl.col("payment_category") == PaymentCategory.REFUND.value
    signed = pl.when(is_refund).then(-pl.col("payment_amount")).otherwise("payment_amount")
    return (
        tables["payments"]
        .filter(pl.col("status").is_in(COLLECTED))
        .with_columns(signed.alias("amount"))
    )


def _balances(figures: Figures) -> list[pl.DataFrame]:
    """F07 and S18 at the end of each month, the last month as far as it has come."""
    days = figures.tables["invoices"].get_column("issued_on").drop_nulls()
    sent = figures.tables["quotes"].get_column("sent_on").drop_nulls()
    first = min([figures.until, *_earliest(days), *_earliest(sent)])
    return [
        part
        for last_day in month_ends(first, figures.until)
        for part in (_receivables(figures.tables, last_day), _pipeline(figures.tables, last_day))
    ]


def _earliest(days: pl.Series) -> list[date]:
    earliest = days.min()
    return [earliest] if isinstance(earliest, date) else []


def _receivables(tables: Tables, day: date) -> pl.DataFrame:
    """What is owed on each invoice with its credit notes on a day, never less than nothing."""
    bills = tables["invoices"].with_columns(
        pl.coalesce("credit_of_invoice_id", "id").alias("account")
    )
    is_standing = pl.col("cancelled_on").is_null() | (pl.col("cancelled_on") > day)
    standing = bills.filter((pl.col("issued_on") <= day) & is_standing)
    paid = (
        _money_in(tables)
        .filter(pl.col("received_on") <= day)
        .join(standing.select(pl.col("id").alias("invoice_id"), "account"), on="invoice_id")
        .select("account", (-pl.col("amount")).alias("owed"))
    )
    owed = pl.concat(
        [standing.select("account", pl.col("total_amount").alias("owed")), paid],
        how="vertical_relaxed",
    )
    accounts = owed.group_by("account").agg(pl.col("owed").sum()).filter(pl.col("owed") > 0)
    placed = accounts.join(
        bills.select(pl.col("id").alias("account"), "location_id"), on="account"
    ).with_columns(pl.lit(day).alias("day"))
    return _monthly(placed, "receivables", "day", pl.col("owed").sum())


def _pipeline(tables: Tables, day: date) -> pl.DataFrame:
    """Offers that are out, valid, undecided and not replaced on a day, before tax."""
    quotes = tables["quotes"]
    replaced = quotes.filter((pl.col("version") > 1) & (pl.col("created_on") <= day)).select(
        "family_id", (pl.col("version") - 1).alias("version")
    )
    is_undecided = pl.col("decided_on").is_null() | (pl.col("decided_on") > day)
    is_out = (pl.col("sent_on") <= day) & (pl.col("valid_until_on") >= day)
    offers = (
        quotes.filter(is_out & is_undecided)
        .join(replaced, on=["family_id", "version"], how="anti")
        .with_columns(
            (pl.col("subtotal_amount") - pl.col("discount_amount")).alias("net"),
            pl.lit(day).alias("day"),
        )
    )
    return _monthly(offers, "open_pipeline", "day", pl.col("net").sum())
