"""F07 to F12: what customers owe at month ends, how old it is, and how fast it comes in.

Revenue and cash themselves are in `finance`.
"""

from datetime import timedelta

import polars as pl

from crm_core.simulation.truth.business import bills, money_in, postings
from crm_core.simulation.truth.finance import invoiced
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import balances, standing

READ: dict[str, tuple[str, ...]] = {}

TRAILING_DAYS = 90
BUCKETS = ((0, "not due"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
BRIDGE = ("opening", "invoiced", "credited", "collected", "closing", "residual")
OLDEST = "over 90"
BUCKET_NAMES = (*(name for _, name in BUCKETS), OLDEST)


def account_events(rows: Rows) -> pl.DataFrame:
    """What changes the debt of an account: bills, credits and cancellations, payments negative."""
    accounts = rows.once(bills).select(pl.col("id").alias("invoice_id"), "account")
    charged = rows.once(postings).select(
        "account", "on", (pl.col("total_amount") * pl.col("sign")).alias("owed"),
        pl.lit("charged").alias("what"),
    )  # fmt: skip
    paid = (
        rows.once(money_in)
        .join(accounts, on="invoice_id")
        .select("account", "on", (-pl.col("amount")).alias("owed"), pl.lit("paid").alias("what"))
    )
    return pl.concat([charged, paid], how="vertical_relaxed").filter(pl.col("on").is_not_null())


def account_facts(rows: Rows) -> pl.DataFrame:
    """Branch, due day and customer of each account: those of its invoice."""
    return (
        rows.once(bills)
        .filter(pl.col("id") == pl.col("account"))
        .select("account", "location_id", "due_on", "storage_booking_id", "customer_id",
                pl.col("segment").alias("customer_type"))
    )  # fmt: skip


def owed(rows: Rows) -> pl.DataFrame:
    """F07: Σ what each invoice with its credits is owed at the day, never less than nothing.

    F08: the same by days past due; the buckets add up to it. What is over belongs to the customer.
    """
    spells = balances(rows.once(account_events), "account", "on", "owed")
    held = standing(spells.filter(pl.col("balance") > 0), "from", "to", rows.ends)
    late = (pl.col("on") - pl.col("due_on")).dt.total_days().fill_null(0)
    bucket = pl.lit(OLDEST)
    for upto, name in reversed(BUCKETS):
        bucket = pl.when(late <= upto).then(pl.lit(name)).otherwise(bucket)
    return held.join(rows.once(account_facts), on="account", how="left").select(
        "location_id", "on", pl.col("balance").alias("value"), late.alias("late_days"),
        bucket.alias("bucket"), "customer_type", "storage_booking_id",
        *(
            pl.when(bucket == name).then("balance").otherwise(pl.col("balance") * 0).alias(name)
            for name in BUCKET_NAMES
        ),
    )  # fmt: skip


def bridge(rows: Rows) -> pl.DataFrame:
    """AR identity: opening + invoiced - credited - collected - closing = 0, with tax, per month.

    A cancellation counts with the credits; what customers paid too much is owed to them: negative.
    """
    spells = balances(rows.once(account_events), "account", "on", "owed")
    held = standing(spells.filter(pl.col("balance") != 0), "from", "to", rows.ends)
    ends = pl.DataFrame({"on": rows.ends[:-1], "next": rows.ends[1:]}, schema_overrides=_DATES)
    owed_then = pl.col("balance")
    zero, amount = pl.lit(0).cast(pl.Decimal(18, 2)), pl.col("owed")
    is_bill = pl.col("what") == "charged"
    happened = rows.once(account_events).filter(pl.col("on") <= rows.until)
    moved = happened.select(
        "account", "on",
        pl.when(is_bill & (amount > 0)).then(amount).otherwise(zero).alias("invoiced"),
        pl.when(is_bill & (amount < 0)).then(-amount).otherwise(zero).alias("credited"),
        pl.when(~is_bill).then(-amount).otherwise(zero).alias("collected"),
    )  # fmt: skip
    parts = [
        held.join(ends, on="on").select("account", on="next", opening=owed_then),
        moved,
        held.select("account", "on", closing=owed_then),
    ]
    names = ("opening", "invoiced", "credited", "collected", "closing")
    opening, invoices, credited, paid, closing = (pl.col(name) for name in names)
    return (
        pl.concat(parts, how="diagonal_relaxed")
        .with_columns(pl.col(names).fill_null(0))
        .with_columns((opening + invoices - credited - paid - closing).alias("residual"))
        .join(rows.once(account_facts), on="account", how="left")
    )


def outstanding_days(rows: Rows) -> pl.DataFrame:
    """F09 AR × 90 ÷ revenue of the 90 days up to the day; F10 not-due AR so, and the rest.

    Revenue is F01: before tax.
    """
    due = rows.once(owed)
    nothing = pl.lit(0).cast(pl.Decimal(18, 2))
    held = due.select(
        "location_id", "on",
        (pl.col("value") * TRAILING_DAYS).alias("num"),
        (pl.col("not due") * TRAILING_DAYS).alias("best"),
        ((pl.col("value") - pl.col("not due")) * TRAILING_DAYS).alias("late"),
        nothing.alias("den"), "customer_type",
    )  # fmt: skip
    earned = rows.once(invoiced).with_columns(
        pl.col("on").alias("from"), (pl.col("on") + timedelta(days=TRAILING_DAYS)).alias("to")
    ).drop("on")  # fmt: skip
    trailing = standing(earned, "from", "to", rows.ends).select(
        "location_id", "on", *(nothing.alias(name) for name in ("num", "best", "late")),
        pl.col("net").alias("den"), "customer_type",
    )  # fmt: skip
    return pl.concat([held, trailing], how="vertical_relaxed")


def effectiveness(rows: Rows) -> pl.DataFrame:
    """F11: (opening AR + revenue - closing AR) ÷ (opening AR + revenue - closing not-due AR)."""
    due = rows.once(owed)
    plain = pl.col("value")
    ends = pl.DataFrame({"on": rows.ends[:-1], "next": rows.ends[1:]}, schema_overrides=_DATES)
    opening = due.join(ends, on="on").select(
        "location_id", pl.col("next").alias("on"), plain.alias("num"), plain.alias("den"),
        "customer_type",
    )  # fmt: skip
    closing = due.select(
        "location_id", "on", (-plain).alias("num"), (-pl.col("not due")).alias("den"),
        "customer_type",
    )  # fmt: skip
    earned = rows.once(invoiced).select(
        "location_id", "on", pl.col("net").alias("num"), pl.col("net").alias("den"),
        "customer_type",
    )  # fmt: skip
    return pl.concat([opening, closing, earned], how="vertical_relaxed")


_DATES = {"on": pl.Date, "next": pl.Date}


def paid_on_time(rows: Rows) -> pl.DataFrame:
    """F12: invoices fully paid by their due day ÷ invoices due by now; taken back ones are out."""
    in_time = (pl.col("paid_on") <= pl.col("due_on")).fill_null(False)
    return (
        rows.once(bills)
        .filter(
            (pl.col("id") == pl.col("account"))
            & ~pl.col("is_cancelled")
            & (pl.col("due_on") <= rows.until)
        )
        .select(
            "location_id", pl.col("due_on").alias("on"), in_time.cast(pl.Int64).alias("num"),
            pl.lit(1).alias("den"), "segment", "service",
        )
    )  # fmt: skip


UP, DOWN = Direction.UP, Direction.DOWN
_DSO = (outstanding_days, Unit.DAYS, DOWN, "as-of", ("customer_type",), Kind.RATIO)

KPIS = (
    Kpi("F07", owed, Unit.MONEY, DOWN, "as-of", ("customer_type",)),
    *(
        Kpi(f"F08_{name.replace(' ', '_').replace('-', '_')}", owed, Unit.MONEY, DOWN, "as-of",
            ("customer_type",), value=name)
        for name in BUCKET_NAMES
    ),
    *(
        Kpi(f"F07_{name}", bridge, Unit.MONEY, Direction.NONE, "month", ("customer_type",),
            value=name)
        for name in BRIDGE
    ),
    Kpi("F09", *_DSO),
    Kpi("F10_best", *_DSO, num="best"),
    Kpi("F10_delinquency", *_DSO, num="late"),
    Kpi("F11", effectiveness, Unit.PERCENT, UP, "month", ("customer_type",), Kind.RATIO),
    Kpi("F12", paid_on_time, Unit.PERCENT, UP, "due", ("segment",), Kind.RATIO),
)  # fmt: skip
