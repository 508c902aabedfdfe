"""F01 to F06 and F14 to F24: revenue, cash, and cost against revenue.

Receivables (F07 to F12) are in `receivables`, the ledger (F13, F25, F26) is in `ledger`.
"""

from datetime import timedelta

import polars as pl

from crm_core.simulation.truth.business import bills, jobs, money_in, postings
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows
from crm_core.simulation.truth.spans import seconds, standing

READ = {
    "invoice_items": ("invoice_id", "category", "total_amount"),
    "journey_costs": ("journey_id", "kind", "amount"),
}  # fmt: skip

MILLION = 1_000_000
WITHIN = MILLION // 10
UNBILLED_DAYS = 2


def invoiced(rows: Rows) -> pl.DataFrame:
    """F01 Σ subtotal less discounts and credits, F06 Σ tax: on issue, negative on cancellation."""
    return rows.once(postings).select(
        "location_id",
        "on",
        (pl.col("net") * pl.col("sign")).alias("net"),
        (pl.col("tax_amount") * pl.col("sign")).alias("tax"),
        (pl.col("total_amount") * pl.col("sign")).alias("total"),
        "service",
        pl.col("segment").alias("customer_type"),
        pl.col("tax_province").alias("tax_province"),
    )


def served(rows: Rows) -> pl.DataFrame:
    """F02: Σ revenue of standing bills on the day of the work; rent is no job's."""
    return (
        rows.once(bills)
        .filter(~pl.col("is_cancelled") & pl.col("storage_booking_id").is_null())
        .select(
            "location_id", pl.col("served_on").alias("on"), pl.col("net").alias("value"),
            "service", pl.col("segment").alias("customer_type"),
        )
    )  # fmt: skip


def closed(rows: Rows) -> pl.DataFrame:
    """F03: Σ revenue of standing bills on the day they were settled in full."""
    return (
        rows.once(bills)
        .filter(~pl.col("is_cancelled"))
        .select(
            "location_id", pl.col("paid_on").alias("on"), pl.col("net").alias("value"), "service"
        )
    )


def collected(rows: Rows) -> pl.DataFrame:
    """F04: Σ completed payments less refunds, on the day they were received."""
    return rows.once(money_in).select(
        "location_id", "on", pl.col("amount").alias("value"),
        pl.col("payment_method").alias("method"), "gateway",
    )  # fmt: skip


def bridge(rows: Rows) -> pl.DataFrame:
    """F05: F04 - F01 less every classed difference; the residual is zero.

    Classes: service (F02 - F01: another month, or taken back), closing (F03 - F02: not settled
    in the month of the work), cash (F04 - F03: tax, part payments, deposits, refunds).
    """
    parts = {
        "issued": rows.once(invoiced).select("location_id", "on", value="net"),
        "served": rows.once(served).select("location_id", "on", "value"),
        "closed": rows.once(closed).select("location_id", "on", "value"),
        "collected": rows.once(collected).select("location_id", "on", "value"),
    }
    steps = (
        ("service", "issued", "served"),
        ("closing", "served", "closed"),
        ("cash", "closed", "collected"),
    )

    def part(name: str, sign: int, kind: str) -> pl.DataFrame:
        return parts[name].with_columns(pl.col("value") * sign, pl.lit(kind).alias("class"))

    return pl.concat(
        [
            part("collected", 1, "whole"),
            part("issued", -1, "whole"),
            *(part(after, -1, kind) for kind, _, after in steps),
            *(part(before, 1, kind) for kind, before, _ in steps),
        ],
        how="vertical_relaxed",
    )


def margins(rows: Rows) -> pl.DataFrame:
    """F14 (revenue - direct cost) ÷ revenue of completed jobs, by service date."""
    return rows.once(jobs).select(
        "location_id", pl.col("service_on").alias("on"),
        (pl.col("revenue") - pl.col("cost")).alias("num"), pl.col("revenue").alias("den"),
        "service", "crew",
    )  # fmt: skip


def labour(rows: Rows) -> pl.DataFrame:
    """F17: labour posted to completed jobs ÷ their revenue, by service date."""
    costs = (
        rows["journey_costs"]
        .filter(pl.col("kind") == "LABOUR")
        .group_by("journey_id")
        .agg(pl.col("amount").sum().alias("num"))
    )
    found = rows.once(jobs) if len(costs) else rows.once(jobs).head(0)
    return found.join(costs, on="journey_id", how="left").select(
        "location_id", pl.col("service_on").alias("on"),
        pl.col("num").fill_null(0), pl.col("revenue").alias("den"), "crew", "service",
    )  # fmt: skip


def variances(rows: Rows) -> pl.DataFrame:
    """F15 (invoiced - quoted) ÷ quoted, F16 (actual - estimated cost) ÷ estimated; completed.

    Signed: Σ differences ÷ Σ base. Per job in millionths, rounded half up: median of the absolute,
    share within ±10 %. Jobs without a base or not billed yet are in none.
    """
    found = rows.once(jobs)
    billed = rows["invoices"].filter(pl.col("issued_on").is_not_null())
    is_billed = pl.col("journey_id").is_in(billed.get_column("journey_id").implode()) | pl.col(
        "quote_id"
    ).is_in(billed.get_column("quote_id").implode())
    quoted = (pl.col("quoted_amount") > 0) & is_billed
    costed = (pl.col("estimated_cost_amount") > 0) & (pl.col("cost") > 0)
    return found.select(
        "location_id",
        pl.col("completed_on").alias("on"),
        *_variance("quote", "revenue", "quoted_amount", quoted),
        *_variance("cost", "cost", "estimated_cost_amount", costed),
        "rep",
        "size",
    )


def _variance(name: str, actual: str, base: str, counted: pl.Expr) -> list[pl.Expr]:
    off = _cents(actual) - _cents(base)
    share = per_million(off, _cents(base))
    return [
        pl.when(counted).then(off).alias(f"{name}_off"),
        pl.when(counted).then(_cents(base)).alias(f"{name}_base"),
        pl.when(counted).then(share).alias(f"{name}_abs"),
        pl.when(counted).then((share <= WITHIN).cast(pl.Int64)).alias(f"{name}_within"),
        counted.cast(pl.Int64).alias(f"{name}_jobs"),
    ]


def per_million(off: pl.Expr, base: pl.Expr) -> pl.Expr:
    """|off| ÷ base in millionths, rounded half up."""
    return (off.abs() * MILLION * 2 + base) // (base * 2)


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).cast(pl.Int64)


def first_bills(rows: Rows) -> pl.DataFrame:
    """The first issue of each journey's own bill or its quote's: journey_id, issued_at, _on."""
    found = rows.once(bills).filter(pl.col("credit_of_invoice_id").is_null())
    by_quote = found.filter(pl.col("journey_id").is_null()).join(
        rows["truck_journeys"].select(pl.col("id").alias("of"), "quote_id"), on="quote_id"
    )
    return (
        pl.concat(
            [
                found.select(pl.col("journey_id").alias("of"), "issued_at", "issued_on"),
                by_quote.select("of", "issued_at", "issued_on"),
            ]
        )
        .filter(pl.col("of").is_not_null())
        .group_by(pl.col("of").alias("journey_id"))
        .agg(pl.col("issued_at").min(), pl.col("issued_on").min())
    )


def invoice_lag(rows: Rows) -> pl.DataFrame:
    """F18: median(first issued - completed) in days, by the day of completion."""
    return rows.once(jobs).join(rows.once(first_bills), on="journey_id").select(
        "location_id", pl.col("completed_on").alias("on"),
        seconds("completed_at", "issued_at").alias("value"), "service",
    )  # fmt: skip


def unbilled(rows: Rows) -> pl.DataFrame:
    """F19: jobs completed more than 2 days ago with no bill issued: count and quoted value."""
    waiting = (
        rows.once(jobs)
        .join(rows.once(first_bills), on="journey_id", how="left")
        .with_columns((pl.col("completed_on") + timedelta(days=UNBILLED_DAYS + 1)).alias("since"))
    )
    return standing(waiting, "since", "issued_on", rows.ends).select(
        "location_id", "on", pl.lit(1).alias("value"), pl.col("quoted_amount").alias("worth"),
        "service",
    )  # fmt: skip


def attempts(rows: Rows) -> pl.DataFrame:
    """F20: FAILED ÷ (FAILED + COMPLETED) attempts; one refunded later was completed."""
    status = pl.col("status")
    return (
        rows["payments"]
        .filter(
            status.is_in(["FAILED", "COMPLETED", "REFUNDED"])
            & (pl.col("payment_category") != "REFUND")
        )
        .select(
            "location_id", pl.col("received_on").alias("on"),
            (status == "FAILED").cast(pl.Int64).alias("num"), pl.lit(1).alias("den"),
            pl.col("payment_method").alias("method"), "gateway",
        )
    )  # fmt: skip


def processing(rows: Rows) -> pl.DataFrame:
    """F21 Σ fees ÷ Σ collected; F22 Σ refunds ÷ Σ collected before refunds, on their days."""
    amount = pl.col("payment_amount")
    nothing = amount * 0
    return rows.once(money_in).select(
        "location_id",
        "on",
        pl.col("fee_amount").alias("fees"),
        pl.col("amount").alias("net"),
        pl.when("is_refund").then(amount).otherwise(nothing).alias("refunded"),
        pl.when("is_refund").then(nothing).otherwise(amount).alias("taken"),
        pl.col("payment_method").alias("method"),
        "gateway",
    )


def deposits(rows: Rows) -> pl.DataFrame:
    """F23: deposits held for booked jobs of later days ÷ their quoted value, at month ends."""
    journeys = rows["truck_journeys"].filter(pl.col("quote_id").is_not_null())
    accepted = rows["quotes"].select(pl.col("id").alias("quote_id"), "accepted_on")
    future = journeys.join(accepted, on="quote_id").with_columns(
        pl.min_horizontal("service_on", "cancelled_on").alias("until_on")
    )
    value = standing(future, "accepted_on", "until_on", rows.ends).select(
        "location_id", "on", pl.lit(0).cast(pl.Decimal(18, 2)).alias("num"),
        pl.col("quoted_amount").alias("den"), pl.col("service_type").alias("service"),
    )  # fmt: skip
    last = future.group_by("quote_id").agg(
        pl.col("until_on").max(), pl.col("service_type").first().alias("service")
    )
    direct = journeys.select(pl.col("id").alias("journey_id"), pl.col("quote_id").alias("of"))
    paid = (
        rows.once(money_in)
        .filter(pl.col("payment_category") == "DEPOSIT")
        .join(
            rows["invoices"].select(pl.col("id").alias("invoice_id"), "quote_id", "journey_id"),
            on="invoice_id",
        )
        .join(direct, on="journey_id", how="left")
        .with_columns(pl.coalesce("quote_id", "of").alias("quote_id"))
        .join(last, on="quote_id")
    )
    held = standing(paid, "received_on", "until_on", rows.ends).select(
        "location_id", "on", pl.col("amount").alias("num"),
        pl.lit(0).cast(pl.Decimal(18, 2)).alias("den"), "service",
    )  # fmt: skip
    return pl.concat([value, held], how="vertical_relaxed")


def revenue_mix(rows: Rows) -> pl.DataFrame:
    """F24: share of each category in the lines of standing bills, by service date."""
    heads = rows.once(bills).filter(~pl.col("is_cancelled"))
    return rows["invoice_items"].join(
        heads.select("location_id", "served_on", pl.col("id").alias("invoice_id")),
        on="invoice_id",
    ).select(
        "location_id", pl.col("served_on").alias("on"), pl.col("total_amount").alias("value"),
        "category",
    )  # fmt: skip


UP, DOWN, BAND = Direction.UP, Direction.DOWN, Direction.BAND
NONE, ZERO = Direction.NONE, Direction.ZERO
_DONE = "job / completed"


def _variance_kpis(number: str, name: str, dimensions: tuple[str, ...]) -> tuple[Kpi, ...]:
    share = (Unit.PERCENT, BAND, _DONE, dimensions)
    return (
        Kpi(f"{number}_signed", variances, *share, Kind.RATIO,
            num=f"{name}_off", den=f"{name}_base"),
        Kpi(f"{number}_median_abs", variances, *share, Kind.MEDIAN,
            value=f"{name}_abs", per=MILLION),
        Kpi(f"{number}_within_10", variances, *share, Kind.RATIO,
            num=f"{name}_within", den=f"{name}_jobs"),
    )  # fmt: skip


KPIS = (
    Kpi("F01", invoiced, Unit.MONEY, UP, "issued", ("service", "customer_type"), value="net"),
    Kpi("F02", served, Unit.MONEY, UP, "service", ("service", "customer_type")),
    Kpi("F03", closed, Unit.MONEY, UP, "closed", ("service",)),
    Kpi("F04", collected, Unit.MONEY, UP, "collected", ("method", "gateway")),
    Kpi("F05", bridge, Unit.MONEY, ZERO, "month", ("class",)),
    Kpi("F06", invoiced, Unit.MONEY, NONE, "issued", ("tax_province",), value="tax"),
    Kpi("F14", margins, Unit.PERCENT, UP, "service", ("service", "crew"), Kind.RATIO),
    *_variance_kpis("F15", "quote", ("rep", "size")),
    *_variance_kpis("F16", "cost", ("size",)),
    Kpi("F17", labour, Unit.PERCENT, DOWN, "service", ("crew",), Kind.RATIO),
    Kpi("F18", invoice_lag, Unit.DAYS, DOWN, "completed", ("service",), Kind.MEDIAN, per=86_400),
    Kpi("F19_count", unbilled, Unit.NUMBER, DOWN, "as-of", ("service",)),
    Kpi("F19_value", unbilled, Unit.MONEY, DOWN, "as-of", ("service",), value="worth"),
    Kpi("F20", attempts, Unit.PERCENT, DOWN, "attempt", ("method", "gateway"), Kind.RATIO),
    Kpi("F21", processing, Unit.PERCENT, DOWN, "collected", ("gateway", "method"), Kind.RATIO,
        num="fees", den="net"),
    Kpi("F22", processing, Unit.PERCENT, DOWN, "refunded", ("method",), Kind.RATIO,
        num="refunded", den="taken"),
    Kpi("F23", deposits, Unit.PERCENT, UP, "as-of", ("service",), Kind.RATIO),
    Kpi("F24", revenue_mix, Unit.PERCENT, NONE, "service", ("category",), Kind.SHARE),
)  # fmt: skip
