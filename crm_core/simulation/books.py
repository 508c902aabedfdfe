"""The ledger: what every document and every cost posts, so that the books tie out to the cent.

The postings of a document are those of the live product; documents are made elsewhere.
"""

from collections.abc import Mapping

import polars as pl

from crm_core.enums import (
    CostKind,
    ItemCategory,
    LedgerCategory,
    PaymentCategory,
    PaymentStatus,
    RoyaltyStatus,
    TransactionType,
)
from crm_core.simulation import market
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.organisation import World

Frames = Mapping[str, pl.DataFrame]

REVENUE = {
    ItemCategory.STORAGE_SERVICES: LedgerCategory.STORAGE_REVENUE,
    ItemCategory.EQUIPMENT_RENTAL: LedgerCategory.OTHER_REVENUE,
    ItemCategory.INSURANCE: LedgerCategory.OTHER_REVENUE,
    ItemCategory.OTHER: LedgerCategory.OTHER_REVENUE,
}
DUE_DAY = 15
"""Day of the next month by which a royalty is paid."""
LATE_FUEL_SHARE = 0.05
"""Receipts that are booked some days after the fill."""
SITE_COST_PCT = 28
"""What a storage site costs, of its rent."""
COLUMNS = (
    "client_id", "location_id", "owner_id", "type", "category", "amount", "transaction_on",
    "posted_at", "invoice_id", "payment_id", "journey_id", "reference",
)  # fmt: skip


def ledger(world: World, rows: Frames) -> pl.DataFrame:
    """Every posting, oldest first; a cancellation takes back what its invoice posted."""
    billed = _billed(rows)
    parts = [
        billed,
        _money(rows),
        _fees(rows),
        _claims(rows),
        _daily_costs(rows),
        _fuel(world, rows),
        _workshop(rows),
        _material(rows),
        _spend(rows),
        _royalties(rows),
        _sites(rows),
    ]
    posted = pl.concat([_whole(part) for part in parts]).filter(pl.col("amount") != 0)
    posted = posted.with_columns(undone=pl.lit(None, dtype=pl.UInt32))
    posted = posted.sort("posted_at", maintain_order=True).with_row_index("row")
    back = _taken_back(rows, posted)
    together = pl.concat([posted, back], how="diagonal").sort("posted_at", maintain_order=True)
    stamps = together["posted_at"].dt.epoch("ms").to_numpy()
    named = together.with_columns(id=new_ids(stamps, world.rng("ledger")))
    by_row = named.filter(pl.col("row").is_not_null()).select(undone="row", reverses_id="id")
    signed = named.join(by_row, on="undone", how="left", maintain_order="left")
    return signed.select(
        "client_id",
        "id",
        "location_id",
        "owner_id",
        "type",
        "category",
        direction=pl.when(pl.col("amount") > 0).then(1).otherwise(-1),
        transaction_amount=pl.col("amount").abs(),
        currency=pl.lit("CAD"),
        transaction_on="transaction_on",
        posted_at="posted_at",
        posted_on=pl.max_horizontal(
            "transaction_on", (pl.col("posted_at") - pl.duration(hours=8)).cast(pl.Date)
        ),
        invoice_id="invoice_id",
        payment_id="payment_id",
        journey_id="journey_id",
        reverses_id="reverses_id",
        reference="reference",
        created_at="posted_at",
        updated_at="posted_at",
    )


def _whole(part: pl.DataFrame) -> pl.DataFrame:
    """All columns, those that are missing empty."""
    missing = [pl.lit(None, dtype=pl.String).alias(n) for n in COLUMNS if n not in part.columns]
    return part.with_columns(missing).select(COLUMNS).with_columns(
        pl.col("amount").cast(pl.Decimal(18, 2)), pl.col("posted_at").cast(pl.Datetime("ms")),
        pl.col("type").cast(pl.String), pl.col("category").cast(pl.String),
    )  # fmt: skip


def _kind(kind: TransactionType, category: LedgerCategory) -> list[pl.Expr]:
    return [pl.lit(kind.value).alias("type"), pl.lit(category.value).alias("category")]


def _billed(rows: Frames) -> pl.DataFrame:
    """Revenue by category after its part of the discount, and tax, which is none."""
    issued = rows["invoices"].filter(pl.col("issued_at").is_not_null())
    about = issued.select(
        "client_id", "location_id", "owner_id", "journey_id", invoice_id="id",
        transaction_on="issued_on", posted_at="issued_at", tax="tax_amount",
        off=(pl.col("discount_amount") * 100).cast(pl.Int64),
        whole=(pl.col("subtotal_amount") * 100).cast(pl.Int64),
    )  # fmt: skip
    names = {item.value: kind.value for item, kind in REVENUE.items()}
    lines = (
        rows["invoice_items"]
        .with_columns(
            category=pl.col("category").replace_strict(
                names, default=LedgerCategory.MOVING_REVENUE.value
            ),
            cents=(pl.col("total_amount") * 100).cast(pl.Int64),
        )
        .group_by("invoice_id", "category", maintain_order=True)
        .agg(pl.col("cents").sum())
        .join(about, on="invoice_id", maintain_order="left")
        .with_columns(share=pl.when(pl.col("off") > 0)
                      .then(pl.col("off") * pl.col("cents") // pl.col("whole")).otherwise(0))
    )  # fmt: skip
    first = pl.int_range(pl.len()).over("invoice_id") == 0
    left = pl.col("off") - pl.col("share").sum().over("invoice_id")
    share = pl.col("share") + pl.when(first).then(left).otherwise(0)
    revenue = lines.with_columns(
        pl.lit(TransactionType.INCOME.value).alias("type"),
        amount=((pl.col("cents") - share).cast(pl.Decimal(20, 2)) / 100).cast(pl.Decimal(18, 2)),
    )
    taxes = about.with_columns(
        *_kind(TransactionType.ADJUSTMENT, LedgerCategory.TAX), amount=pl.col("tax")
    )
    return pl.concat([_whole(revenue), _whole(taxes)])


def _taken_back(rows: Frames, posted: pl.DataFrame) -> pl.DataFrame:
    """The reverse of what cancelled invoices posted, on the day of the cancellation."""
    gone = rows["invoices"].filter(
        pl.col("cancelled_at").is_not_null() & pl.col("issued_at").is_not_null()
    )
    days = gone.select(
        invoice_id="id",
        off_on="cancelled_on",
        off_at=pl.col("cancelled_at").cast(pl.Datetime("ms")),
    )
    return (
        posted.filter(pl.col("payment_id").is_null())
        .join(days, on="invoice_id", maintain_order="left")
        .with_columns(
            amount=-pl.col("amount"), transaction_on="off_on", posted_at="off_at", undone="row",
            row=pl.lit(None, dtype=pl.UInt32),
        )
        .drop("off_on", "off_at")
    )  # fmt: skip


def _paid(rows: Frames) -> pl.DataFrame:
    done = [PaymentStatus.COMPLETED.value, PaymentStatus.REFUNDED.value]
    journeys = rows["invoices"].select("journey_id", invoice_id="id")
    return (
        rows["payments"]
        .filter(pl.col("status").is_in(done))
        .join(journeys, on="invoice_id", how="left", maintain_order="left")
        .with_columns(payment_id="id", transaction_on="received_on", posted_at="received_at")
    )


def _money(rows: Frames) -> pl.DataFrame:
    """Money in and out, which is no income: the invoice was."""
    is_refund = pl.col("payment_category") == PaymentCategory.REFUND.value
    return _paid(rows).with_columns(
        pl.lit(TransactionType.ADJUSTMENT.value).alias("type"),
        pl.when(is_refund)
        .then(pl.lit(LedgerCategory.REFUND.value))
        .otherwise(pl.lit(LedgerCategory.PAYMENT.value))
        .alias("category"),
        amount=pl.when(is_refund).then(-pl.col("payment_amount")).otherwise("payment_amount"),
    )


def _fees(rows: Frames) -> pl.DataFrame:
    return _paid(rows).with_columns(
        *_kind(TransactionType.EXPENSE, LedgerCategory.PROCESSING_FEE), amount=-pl.col("fee_amount")
    )


def _claims(rows: Frames) -> pl.DataFrame:
    settled = rows["claims"].filter(pl.col("settled_amount").is_not_null())
    return settled.with_columns(
        *_kind(TransactionType.EXPENSE, LedgerCategory.CLAIMS),
        amount=-pl.col("settled_amount"), transaction_on="closed_on", posted_at="updated_at",
        reference="id",
    )  # fmt: skip


def _daily_costs(rows: Frames) -> pl.DataFrame:
    """Wages and truck leases, one posting per branch and day."""
    kinds = {
        CostKind.LABOUR.value: LedgerCategory.LABOUR.value,
        CostKind.TRUCK.value: LedgerCategory.OTHER.value,
    }
    return (
        rows["journey_costs"]
        .filter(pl.col("kind").is_in(list(kinds)))
        .group_by("client_id", "location_id", "kind", "incurred_on", maintain_order=True)
        .agg(amount=-pl.col("amount").sum(), posted_at=pl.col("created_at").max())
        .with_columns(
            pl.lit(TransactionType.EXPENSE.value).alias("type"),
            category=pl.col("kind").replace_strict(kinds),
            transaction_on="incurred_on",
        )
    )


def _fuel(world: World, rows: Frames) -> pl.DataFrame:
    """Every receipt; some are handed in late and booked back to their day."""
    bought = rows["fuel_purchases"]
    rng = world.rng("late receipts")
    late = (rng.random(len(bought)) < LATE_FUEL_SHARE) * rng.integers(1, 6, len(bought))
    end = pl.lit(world.plan.as_of.replace(tzinfo=None)).cast(pl.Datetime("ms"))
    return bought.with_columns(pl.Series("late", late)).with_columns(
        *_kind(TransactionType.EXPENSE, LedgerCategory.FUEL),
        amount=-pl.col("amount"), transaction_on="purchased_on", reference="id",
        posted_at=pl.min_horizontal(pl.col("purchased_at") + pl.duration(days="late"), end),
    )  # fmt: skip


def _workshop(rows: Frames) -> pl.DataFrame:
    done = rows["equipment_maintenance"].filter(pl.col("performed_on").is_not_null())
    return done.with_columns(
        *_kind(TransactionType.EXPENSE, LedgerCategory.MAINTENANCE),
        amount=-(pl.col("labour_amount") + pl.col("parts_amount")),
        transaction_on="performed_on", posted_at="performed_at", reference="id",
        owner_id=pl.lit(None, dtype=pl.String),
    )  # fmt: skip


def _material(rows: Frames) -> pl.DataFrame:
    bought = rows["inventory_transactions"].filter(pl.col("purchase_order_item_id").is_not_null())
    return bought.with_columns(
        *_kind(TransactionType.EXPENSE, LedgerCategory.MATERIALS),
        amount=-pl.col("total_cost_amount"), transaction_on="occurred_on",
        posted_at="occurred_at", reference="id", journey_id=pl.lit(None, dtype=pl.String),
    )  # fmt: skip


def _spend(rows: Frames) -> pl.DataFrame:
    return rows["marketing_spend"].with_columns(
        *_kind(TransactionType.EXPENSE, LedgerCategory.MARKETING),
        amount=-pl.col("spend_amount"), transaction_on=pl.col("created_at").cast(pl.Date),
        posted_at="created_at", reference="id",
    )  # fmt: skip


def _royalties(rows: Frames) -> pl.DataFrame:
    owed = rows["royalties"]
    return owed.with_columns(
        *_kind(TransactionType.EXPENSE, LedgerCategory.ROYALTY),
        amount=-pl.col("royalty_amount"), transaction_on=pl.col("month_on").dt.month_end(),
        posted_at="created_at", reference="id",
    )  # fmt: skip


def _sites(rows: Frames) -> pl.DataFrame:
    """The cost of storage sites: a share of the month's rent, posted with its bills."""
    rent = rows["invoices"].filter(pl.col("is_recurring") & pl.col("issued_at").is_not_null())
    return (
        rent.group_by("client_id", "location_id", "issued_on", maintain_order=True)
        .agg(cents=(pl.col("subtotal_amount").sum() * 100).cast(pl.Int64),
             posted_at=pl.col("issued_at").max())
        .with_columns(
            *_kind(TransactionType.EXPENSE, LedgerCategory.RENT),
            amount=((pl.col("cents") * -SITE_COST_PCT // 100).cast(pl.Decimal(20, 2)) / 100),
            transaction_on="issued_on",
        )
    )  # fmt: skip


def royalties(world: World, rows: Frames) -> Mapping[str, pl.DataFrame]:
    """Rates of the franchises, and what each owes for every month that is over."""
    branches = world.company.branches
    franchise = pl.DataFrame(
        {"location_id": world.location_ids, "pays": [not b.is_corporate for b in branches],
         "valid_from_on": [max(b.opened_on, world.plan.start_on) for b in branches]}
    ).filter(pl.col("pays"))  # fmt: skip
    rate = f"{market.ROYALTY_PCT / 100:.5f}"
    count = len(franchise)
    stamp = franchise["valid_from_on"].cast(pl.Datetime("ms"))
    rates = pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, count, eager=True),
            "id": new_ids(stamp.dt.epoch("ms").to_numpy(), world.rng("royalty rates")),
            "location_id": franchise["location_id"],
            "rate": pl.repeat(rate, count, eager=True),
            "valid_from_on": franchise["valid_from_on"],
            "created_at": stamp,
            "updated_at": stamp,
        }
    )
    billed = _billed(rows).filter(pl.col("type") == TransactionType.INCOME.value)
    end = pl.lit(world.plan.until)
    owed = (
        billed.join(franchise, on="location_id")
        .with_columns(month_on=pl.col("transaction_on").dt.truncate("1mo"))
        .group_by("client_id", "location_id", "month_on", maintain_order=True)
        .agg(base_amount=pl.col("amount").sum())
        .filter((pl.col("month_on").dt.offset_by("1mo") < end) & (pl.col("base_amount") > 0))
        .sort("month_on", "location_id")
        .with_columns(
            cents=((pl.col("base_amount") * 100).cast(pl.Int64) * market.ROYALTY_PCT + 50) // 100,
            due_on=pl.col("month_on").dt.offset_by("1mo").dt.offset_by(f"{DUE_DAY - 1}d"),
            created_at=pl.col("month_on").dt.offset_by("1mo").cast(pl.Datetime("ms"))
            + pl.duration(hours=12),
        )
    )
    is_paid = pl.col("due_on") < end
    made = owed.select(
        "client_id",
        "location_id",
        "month_on",
        "base_amount",
        id=new_ids(owed["created_at"].dt.epoch("ms").to_numpy(), world.rng("royalties")),
        status=pl.when(is_paid)
        .then(pl.lit(RoyaltyStatus.PAID.value))
        .otherwise(pl.lit(RoyaltyStatus.DUE.value)),
        rate=pl.lit(rate),
        royalty_amount=(pl.col("cents").cast(pl.Decimal(20, 2)) / 100).cast(pl.Decimal(18, 2)),
        currency=pl.lit("CAD"),
        due_on="due_on",
        paid_on=pl.when(is_paid).then("due_on"),
        created_at="created_at",
        updated_at="created_at",
    )
    return {"royalty_rates": rates, "royalties": made}
