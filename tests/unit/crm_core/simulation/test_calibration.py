"""The company looks like the one of the domain reference: rates and sizes within bands."""

from datetime import date

import polars as pl
import pytest

from tests.unit.crm_core.simulation.conftest import Company

WINDOW = pl.col("service_on").is_between(date(2025, 11, 1), date(2026, 10, 31))


def share(frame: pl.DataFrame, predicate: pl.Expr) -> float:
    return float(frame.select(predicate.mean()).item())


def accepted(company: Company) -> pl.DataFrame:
    quotes = company.frames["quotes"]
    return quotes.filter(pl.col("accepted_on").is_not_null()).with_columns(
        (pl.col("subtotal_amount") - pl.col("discount_amount")).cast(pl.Float64).alias("net")
    )


def test_a_year_has_about_22_000_bookings_at_1050_dollars(year: Company) -> None:
    booked = accepted(year)
    whole = booked.filter(pl.col("accepted_on").is_between(date(2025, 11, 1), date(2026, 10, 31)))
    assert 21_000 < len(whole) < 25_500
    assert booked["net"].mean() == pytest.approx(1050, rel=0.04)
    assert booked["net"].median() == pytest.approx(890, rel=0.06)
    assert booked["net"].log().std() == pytest.approx(0.55, abs=0.04)


def test_quotes_book_and_leads_book_at_the_rates_of_the_reference(year: Company) -> None:
    decided = year.frames["quotes"].filter(pl.col("decided_on").is_not_null())
    assert 0.35 < len(accepted(year)) / len(decided) < 0.40
    recent = year.frames["leads"].filter(pl.col("created_on") >= date(2025, 11, 1))
    assert len(recent) / len(accepted(year)) == pytest.approx(3.5, rel=0.05)
    superseded = share(year.frames["quotes"], pl.col("status") == "SUPERSEDED")
    assert 0.03 < superseded < 0.09


def test_channels_win_as_the_reference_says(year: Company) -> None:
    rates = dict(
        year.frames["leads"]
        .filter(pl.col("created_on").is_between(date(2025, 11, 1), date(2026, 9, 30)))
        .group_by("source")
        .agg((pl.col("status") == "WON").mean())
        .iter_rows()
    )
    assert rates["repeat"] > rates["referral"] > rates["organic"] > rates["pay_per_click"]
    assert rates["lead_broker"] < 0.15


def test_work_is_cancelled_late_and_longer_as_often_as_expected(year: Company) -> None:
    journeys = year.frames["truck_journeys"].filter(WINDOW)
    assert share(journeys, pl.col("status") == "CANCELLED") == pytest.approx(0.06, abs=0.01)
    arrived = journeys.filter(
        pl.col("arrived_at").is_not_null(), pl.col("arrival_window_end_at").is_not_null()
    )
    in_time = share(arrived, pl.col("arrived_at") <= pl.col("arrival_window_end_at"))
    assert 0.87 < in_time < 0.94
    done = journeys.filter(pl.col("completed_at").is_not_null())
    taken = (pl.col("completed_at") - pl.col("started_at")).dt.total_minutes()
    planned = (pl.col("planned_end_at") - pl.col("planned_start_at")).dt.total_minutes()
    assert done.select((taken / planned).median()).item() == pytest.approx(1.03, abs=0.03)
    billed = done.filter(pl.col("billed_amount") > 0)
    margin = 1 - float(billed["actual_cost_amount"].sum() / billed["billed_amount"].sum())
    assert 0.25 < margin < 0.45


def test_seasons_and_weekdays_show_in_the_work(year: Company) -> None:
    journeys = year.frames["truck_journeys"].filter(WINDOW)
    by_month = journeys.group_by(pl.col("service_on").dt.month().alias("m")).len()
    months = dict(by_month.iter_rows())
    assert months[7] > 1.8 * months[1]
    days = dict(journeys.group_by(pl.col("service_on").dt.weekday().alias("d")).len().iter_rows())
    assert days[5] > 1.4 * days[1] > 1.4 * days[7] * 0.95


def test_most_bills_are_paid_and_some_are_not(year: Company) -> None:
    bills = year.frames["invoices"].filter(pl.col("issued_on").is_not_null())
    statuses = dict(bills.group_by("status").len().iter_rows())
    assert {"PAID", "OVERDUE", "REFUNDED", "CANCELLED", "PARTIAL_PAID"} <= set(statuses)
    assert 0.93 < statuses["PAID"] / len(bills) < 0.99
    payments = year.frames["payments"]
    assert set(payments["payment_category"]) == {"DEPOSIT", "BALANCE_DUE", "REFUND"}
    assert 0.005 < share(payments, pl.col("status") == "FAILED") < 0.03
    assert 0.008 < float(payments["fee_amount"].sum() / payments["payment_amount"].sum()) < 0.03
