"""F13, F25 and F26: what the ledger says, and whether it agrees with the documents.

The documents themselves are in `finance`.
"""

import polars as pl

from crm_core.simulation.truth.business import bills, money_in
from crm_core.simulation.truth.finance import invoiced
from crm_core.simulation.truth.kernel import Direction, Kind, Kpi, Unit
from crm_core.simulation.truth.reading import Rows

READ = {
    "financial_transactions": (
        "type", "category", "subcategory", "direction", "transaction_amount", "transaction_on",
        "invoice_id", "payment_id", "location_id",
    ),
}  # fmt: skip

WRITE_OFF = "write_off"
NOT_BILLED = ["CLAIMS", "ROYALTY"]
"""Costs that may name an invoice without being a part of it."""
MONEY = pl.Decimal(18, 2)


def postings(rows: Rows) -> pl.DataFrame:
    """All postings with their signed amount: `posted`."""
    return rows["financial_transactions"].with_columns(
        (pl.col("transaction_amount") * pl.col("direction")).alias("posted"),
        (pl.col("subcategory") == WRITE_OFF).fill_null(False).alias("is_write_off"),
    )


def write_offs(rows: Rows) -> pl.DataFrame:
    """F13: written off ÷ invoiced (F01), by month."""
    ledger = rows.once(postings)
    lost = ledger.filter("is_write_off").select(
        "location_id", pl.col("transaction_on").alias("on"), (-pl.col("posted")).alias("num"),
        pl.lit(0).cast(MONEY).alias("den"),
    )  # fmt: skip
    earned = rows.once(invoiced) if len(ledger) else rows.once(invoiced).head(0)
    return pl.concat(
        [
            lost,
            earned.select(
                "location_id", "on", pl.lit(0).cast(MONEY).alias("num"), pl.col("net").alias("den")
            ),
        ],
        how="vertical_relaxed",
    )


def results(rows: Rows) -> pl.DataFrame:
    """F25: (INCOME - EXPENSE) ÷ INCOME, by the business day of the posting."""
    posted = pl.col("posted")
    return (
        rows.once(postings)
        .filter(pl.col("type").is_in(["INCOME", "EXPENSE"]))
        .select(
            "location_id", pl.col("transaction_on").alias("on"), posted.alias("num"),
            pl.when(pl.col("type") == "INCOME").then(posted).otherwise(posted * 0).alias("den"),
        )
    )  # fmt: skip


def documents(rows: Rows) -> pl.DataFrame:
    """What each document should have posted by now: voucher, id, location_id, on, due.

    A bill its total and its tax, nothing once taken back; a payment its amount and its fee.
    """
    standing = pl.when(pl.col("is_cancelled")).then(0).otherwise(1)
    billed, paid = rows.once(bills), rows.once(money_in)
    return pl.concat(
        [
            *(
                billed.select(
                    pl.lit(voucher).alias("voucher"), "id", "location_id",
                    pl.col("issued_on").alias("on"), (pl.col(amount) * standing).alias("due"),
                )
                for voucher, amount in (("invoice", "total_amount"), ("tax", "tax_amount"))
            ),
            *(
                paid.select(
                    pl.lit(voucher).alias("voucher"), "id", "location_id", "on", due.alias("due")
                )
                for voucher, due in (("payment", pl.col("amount")), ("fee", -pl.col("fee_amount")))
            ),
        ],
        how="vertical_relaxed",
    )  # fmt: skip


def posted(rows: Rows) -> pl.DataFrame:
    """What the ledger holds of each document: voucher, id, location_id, on, posted."""
    ledger = rows.once(postings)
    is_fee = pl.col("category") == "PROCESSING_FEE"
    of_payment = ledger.filter(pl.col("payment_id").is_not_null()).select(
        pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payment")).alias("voucher"),
        pl.col("payment_id").alias("id"), "location_id", "transaction_on", "posted",
    )  # fmt: skip
    of_bill = ledger.filter(
        pl.col("payment_id").is_null()
        & pl.col("invoice_id").is_not_null()
        & ~pl.col("is_write_off")
        & ~pl.col("category").is_in(NOT_BILLED)
    )
    parts = [
        of_payment,
        *(
            lines.select(
                pl.lit(voucher).alias("voucher"), pl.col("invoice_id").alias("id"), "location_id",
                "transaction_on", "posted",
            )
            for voucher, lines in (
                ("invoice", of_bill), ("tax", of_bill.filter(pl.col("category") == "TAX"))
            )
        ),
    ]  # fmt: skip
    return (
        pl.concat(parts)
        .group_by("voucher", "id")
        .agg(
            pl.col("location_id").first(),
            pl.col("transaction_on").min().alias("on"),
            pl.col("posted").sum(),
        )
    )


def breaks(rows: Rows) -> pl.DataFrame:
    """F26: documents that the ledger does not agree with, and by how much, on their own day.

    Bills against all their postings, their tax against those of tax, payments and fees against
    theirs; a posting about no such document is a break of its whole amount.
    """
    due, held = rows.once(documents), rows.once(posted)
    if held.is_empty():
        due = due.head(0)
    both = due.join(held, on=["voucher", "id"], how="full", coalesce=True)
    gap = pl.col("due").fill_null(0) - pl.col("posted").fill_null(0)
    return both.select(
        pl.coalesce("location_id", "location_id_right").alias("location_id"),
        pl.coalesce("on", "on_right").alias("on"),
        (gap != 0).cast(pl.Int64).alias("value"),
        gap.abs().alias("amount"),
        "voucher",
    )


UP, DOWN, ZERO = Direction.UP, Direction.DOWN, Direction.ZERO

KPIS = (
    Kpi("F13", write_offs, Unit.PERCENT, DOWN, "month", (), Kind.RATIO),
    Kpi("F25", results, Unit.PERCENT, UP, "month", (), Kind.RATIO),
    Kpi("F26_count", breaks, Unit.NUMBER, ZERO, "day", ("voucher",)),
    Kpi("F26_value", breaks, Unit.MONEY, ZERO, "day", ("voucher",), value="amount"),
)
