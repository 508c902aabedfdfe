"""The true figures, from hand-made rows whose figures are known, and from a whole company."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from crm_core.simulation.truth import CATALOGUE_NAME, Figures, kpi_truth, write_truth
from tests.unit.crm_core.simulation.conftest import UNTIL, Company
from tests.unit.crm_core.simulation.truth_rows import HERE, NOVEMBER, OCTOBER, Row, figures, money


def figures_of(small: Company) -> Figures:
    return Figures("northway", small.frames, UNTIL)


def made(**rows: list[Row]) -> dict[tuple[date, str], Decimal]:
    """The figures of one branch whose rows are given."""
    found = kpi_truth(figures(**rows))
    return {(month, metric): Decimal(value) for _, _, month, metric, value in found.iter_rows()}


def quote(family: str, version: int, status: str, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": f"{family}{version}", "lead_id": f"lead {family}", "family_id": family,
        "version": version, "status": status, "created_on": date(2026, 10, 5),
        "sent_on": date(2026, 10, 5), "valid_until_on": date(2026, 11, 4),
        "subtotal_amount": money("1000.00"), "discount_amount": money("100.00"), **more,
    }  # fmt: skip


def test_sales_by_hand() -> None:
    lead = {**HERE, "created_on": date(2026, 10, 4), "is_bad": False}
    won = {"decided_on": date(2026, 11, 2), "accepted_on": date(2026, 11, 2)}
    found = made(
        leads=[
            {**lead, "id": "lead a"},
            {**lead, "id": "lead b"},
            {**lead, "id": "c", "is_bad": True},
        ],
        quotes=[
            quote("a", 1, "SUPERSEDED"),
            quote("a", 2, "CONVERTED", created_on=date(2026, 10, 20), **won),
            quote("b", 1, "REJECTED", decided_on=date(2026, 11, 3)),
        ],
        truck_journeys=[
            {**HERE, "quote_id": "a2", "status": "CANCELLED", "service_on": date(2026, 11, 5)},
            {**HERE, "quote_id": "a2", "status": "SCHEDULED", "service_on": date(2026, 12, 1)},
        ],
    )
    assert found == {
        (OCTOBER, "new_leads"): 2,
        (OCTOBER, "leads_booked"): 1,
        (OCTOBER, "open_pipeline"): 1800,
        (NOVEMBER, "quotes_decided"): 2,
        (NOVEMBER, "quotes_accepted"): 1,
        (NOVEMBER, "bookings"): 1,
        (NOVEMBER, "booked_amount"): 900,
        (date(2026, 12, 1), "bookings_by_service"): 1,
        (date(2026, 12, 1), "bookings_cancelled_by_service"): 0,
    }


def bill(number: str, status: str, issued_on: date, **more: object) -> dict[str, object]:
    return {
        **HERE, "id": number, "journey_id": "job", "status": status, "issued_on": issued_on,
        "service_on": OCTOBER,
        "subtotal_amount": money("100.00"), "discount_amount": money("0.00"),
        "tax_amount": money("13.00"), "total_amount": money("113.00"), **more,
    }  # fmt: skip


def test_finance_by_hand() -> None:
    last_of_october = date(2026, 10, 31)
    back = {"subtotal_amount": money("-100.00"), "tax_amount": money("-13.00")}
    paid = {**HERE, "payment_category": "BALANCE_DUE", "status": "COMPLETED"}
    on_open = {**paid, "invoice_id": "open", "received_on": NOVEMBER}
    found = made(
        invoices=[
            bill("open", "OVERDUE", last_of_october),
            bill("taken back", "CANCELLED", last_of_october, cancelled_on=date(2026, 11, 2)),
            bill("returned", "REFUNDED", last_of_october),
            bill("note", "PAID", date(2026, 11, 3), credit_of_invoice_id="returned",
                 journey_id=None, total_amount=money("-113.00"), **back),
            bill("rent", "SENT", NOVEMBER, journey_id=None),
        ],
        payments=[
            {**on_open, "payment_amount": money("13.00")},
            {**on_open, "payment_amount": money("50.00"), "status": "FAILED"},
            {**paid, "invoice_id": "returned", "payment_amount": money("113.00"),
             "received_on": last_of_october, "status": "REFUNDED"},
            {**paid, "invoice_id": "returned", "payment_amount": money("113.00"),
             "received_on": date(2026, 11, 3), "payment_category": "REFUND"},
        ],
    )  # fmt: skip
    assert found == {
        (OCTOBER, "invoiced_revenue"): 200,
        (OCTOBER, "service_revenue"): 100,
        (OCTOBER, "tax_collected"): 26,
        (OCTOBER, "cash_collected"): 113,
        (OCTOBER, "receivables"): 226,
        (NOVEMBER, "invoiced_revenue"): 0,
        (NOVEMBER, "tax_collected"): 0,
        (NOVEMBER, "cash_collected"): -100,
        (NOVEMBER, "receivables"): 213,
    }


def test_operations_by_hand() -> None:
    window = {
        "started_at": datetime(2026, 10, 1, 12),
        "arrival_window_end_at": datetime(2026, 10, 1, 13),
    }
    done = {**HERE, "status": "AUDITED", "service_on": OCTOBER, "completed_on": NOVEMBER}
    found = made(
        truck_journeys=[
            {**done, **window, "arrived_at": datetime(2026, 10, 1, 13)},
            {**done, **window, "arrived_at": datetime(2026, 10, 1, 13, 1)},
            {**HERE, "status": "SCHEDULED", "service_on": OCTOBER,
             "arrival_window_end_at": datetime(2026, 10, 1, 13)},
        ],
    )  # fmt: skip
    assert found == {
        (NOVEMBER, "jobs_completed"): 2,
        (OCTOBER, "jobs_with_window"): 2,
        (OCTOBER, "jobs_on_time"): 1,
    }


def total(truth: pl.DataFrame, metric: str) -> Decimal:
    return sum(map(Decimal, truth.filter(pl.col("metric") == metric)["value"]), Decimal(0))


def test_the_figures_of_all_branches_and_months_make_the_company(small: Company) -> None:
    truth = kpi_truth(figures_of(small))
    frames = small.frames
    assert total(truth, "bookings") == frames["quotes"]["accepted_on"].is_not_null().sum()
    assert total(truth, "new_leads") == (~frames["leads"]["is_bad"]).sum()
    assert total(truth, "quotes_accepted") == total(truth, "bookings")
    assert total(truth, "bookings_by_service") == total(truth, "bookings")
    rents = frames["invoices"].filter(pl.col("storage_booking_id").is_not_null())
    rent = (rents["subtotal_amount"] - rents["discount_amount"]).sum()
    assert total(truth, "invoiced_revenue") - rent == total(truth, "service_revenue") > 0
    last = truth.filter(pl.col("month") == date(2026, 11, 1))
    open_bills = frames["invoices"].filter(~pl.col("status").is_in(["DRAFT", "CANCELLED"]))
    assert total(last, "receivables") == open_bills["balance_amount"].sum()
    assert total(last, "open_pipeline") > 0


def test_the_same_company_gives_the_same_bytes(small: Company, tmp_path: Path) -> None:
    first = write_truth([figures_of(small)], tmp_path / "first")
    second = write_truth([figures_of(small)], tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_text().startswith("client,branch,month,metric,value\nnorthway,DTOR,")
    wide = [path.with_name(CATALOGUE_NAME).read_bytes() for path in (first, second)]
    assert wide[0] == wide[1]
    assert wide[0].startswith(b"client,kpi,metric,branch,month,dimension,member,value,")
