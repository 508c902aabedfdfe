"""The books tie out to the cent; rent follows from stays; nothing in the text breaks a load."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from crm_core.simulation.network import plan
from tests.unit.crm_core.simulation.conftest import Company, generated

REVENUE = ["MOVING_REVENUE", "STORAGE_REVENUE", "OTHER_REVENUE"]
SIGNED = pl.col("transaction_amount") * pl.col("direction")


def gaps(company: Company) -> dict[str, Decimal]:
    """Documents less their postings, by kind: each must be zero."""
    frames = company.frames
    ledger = frames["financial_transactions"].with_columns(posted=SIGNED)
    stands = pl.when(pl.col("cancelled_on").is_null()).then(1).otherwise(0)
    bills = (
        frames["invoices"]
        .filter(pl.col("issued_on").is_not_null())
        .select("id", due=pl.col("total_amount") * stands)
    )
    billed = ledger.filter(pl.col("payment_id").is_null() & pl.col("invoice_id").is_not_null())
    received = frames["payments"].filter(pl.col("status").is_in(["COMPLETED", "REFUNDED"]))
    sign = pl.when(pl.col("payment_category") == "REFUND").then(-1).otherwise(1)
    money = received.select("id", due=pl.col("payment_amount") * sign)
    fees = received.select("id", due=-pl.col("fee_amount"))
    of_payment = ledger.filter(pl.col("payment_id").is_not_null())
    is_fee = pl.col("category") == "PROCESSING_FEE"
    sides = {
        "invoice": (bills, billed.select(id="invoice_id", posted="posted")),
        "payment": (money, of_payment.filter(~is_fee).select(id="payment_id", posted="posted")),
        "fee": (fees, of_payment.filter(is_fee).select(id="payment_id", posted="posted")),
    }
    found = {}
    for kind, (due, posted) in sides.items():
        sums = posted.group_by("id").agg(pl.col("posted").sum())
        both = due.join(sums, on="id", how="full", coalesce=True)
        gap = (pl.col("due").fill_null(0) - pl.col("posted").fill_null(0)).abs().sum()
        found[kind] = both.select(gap).item() or Decimal(0)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_document_is_posted_to_the_cent(seed: int) -> None:
    company = generated(plan("S", seed, date(2026, 11, 22)))
    assert gaps(company) == {"invoice": 0, "payment": 0, "fee": 0}
    assert company.frames["financial_transactions"]["transaction_amount"].min() > 0


def test_a_cancelled_invoice_is_taken_back_on_its_own_day(year: Company) -> None:
    ledger = year.frames["financial_transactions"]
    back = ledger.filter(pl.col("reverses_id").is_not_null())
    first = ledger.select("id", "direction", "transaction_amount", "transaction_on")
    pairs = back.join(first, left_on="reverses_id", right_on="id", suffix="_first")
    assert len(pairs) == len(back) > 20
    assert (pairs["direction"] == -pairs["direction_first"]).all()
    assert (pairs["transaction_amount"] == pairs["transaction_amount_first"]).all()
    assert (pairs["transaction_on"] >= pairs["transaction_on_first"]).all()


def test_lines_and_taxes_add_up_to_each_invoice(small: Company) -> None:
    lines = small.frames["invoice_items"].group_by("invoice_id").agg(pl.col("total_amount").sum())
    both = small.frames["invoices"].join(
        lines, left_on="id", right_on="invoice_id", how="left", suffix="_lines"
    )
    assert both.filter(pl.col("subtotal_amount") != pl.col("total_amount_lines")).is_empty()
    taxes = (
        small.frames["invoices"]["tax_lines"].str.extract_all(r'"amount": "(-?[0-9.]+)"')
        .list.eval(pl.element().str.extract(r'(-?[0-9.]+)"$').cast(pl.Decimal(18, 2))).list.sum()
    )  # fmt: skip
    assert (taxes.fill_null(0) == small.frames["invoices"]["tax_amount"]).all()


def test_numbers_run_without_gaps_over_jobs_and_rent(year: Company) -> None:
    bills = year.frames["invoices"].filter(pl.col("invoice_number").is_not_null())
    parts = bills["invoice_number"].str.split("-")
    numbers = pl.DataFrame({"year": parts.list.get(1), "n": parts.list.get(2).cast(pl.Int64)})
    whole = numbers.group_by("year").agg(pl.col("n").max().alias("last"), pl.len(),
                                         pl.col("n").n_unique().alias("kinds"))  # fmt: skip
    assert (whole["last"] == whole["len"]).all()
    assert (whole["kinds"] == whole["len"]).all()
    assert bills["is_recurring"].sum() > 1_000


def test_stays_in_a_unit_never_overlap_and_rent_lies_within_them(year: Company) -> None:
    stays = year.frames["storage_bookings"].filter(pl.col("status") != "CANCELLED")
    ordered = stays.sort("unit_id", "starts_on").with_columns(
        following=pl.col("starts_on").shift(-1).over("unit_id")
    )
    is_open = pl.col("ends_on").is_null() & pl.col("following").is_not_null()
    assert ordered.filter(is_open | (pl.col("following") < pl.col("ends_on"))).is_empty()
    rent = year.frames["invoices"].filter(pl.col("is_recurring"))
    both = rent.join(stays, left_on="storage_booking_id", right_on="id")
    assert len(both) == len(rent)
    assert both.filter(pl.col("period_start_on") < pl.col("starts_on")).is_empty()
    assert both.filter(pl.col("period_start_on") >= pl.col("ends_on")).is_empty()
    assert not rent.select("storage_booking_id", "period_start_on").is_duplicated().any()
    let = stays.filter(pl.col("status").is_in(["ACTIVE", "OVERDUE"]))
    assert 0.6 < len(let) / len(year.frames["storage_units"]) < 0.95
    paid = rent.group_by("storage_booking_id").agg(pl.col("paid_amount").sum().alias("rent"))
    known = stays.join(paid, left_on="id", right_on="storage_booking_id", how="left")
    assert known.filter(pl.col("paid_amount") != pl.col("rent").fill_null(0)).is_empty()


def test_no_text_holds_what_would_break_the_load(small: Company) -> None:
    for table, frame in small.frames.items():
        for name, kind in frame.schema.items():
            if kind == pl.String:
                assert not frame[name].str.contains(r"[\t\n\r\\]").any(), (table, name)
