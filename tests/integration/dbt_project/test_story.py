"""Every mart of the story of November 2026 holds what a person reckons from its rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from holidays import country_holidays

from tests.integration.dbt_project.builds import Built
from tests.integration.dbt_project.companies import nov

pytestmark = pytest.mark.long

D = Decimal


def by_branch(built: Built, mart: str, columns: str, order: str = "2") -> list[tuple[Any, ...]]:
    """Rows of a mart with the branch's code first, '-' for Unassigned, in order."""
    return built.rows(
        f"select coalesce(branch_code, '-') as branch, {columns} from marts.{mart} as facts"
        " left join (select client_id, location_id, branch_code from marts.dim_locations) as codes"
        f" using (client_id, location_id) order by branch, {order}"
    )


def days(built: Built, mart: str, branch: str, columns: str) -> dict[int, tuple[Any, ...]]:
    """A daily mart of one branch by day of the month."""
    rows = by_branch(built, mart, f"as_of_on, {columns}")
    return {row[1].day: row[2:] for row in rows if row[0] == branch}


def test_leads_are_valid_and_booked(story_built: Built) -> None:
    found = by_branch(
        story_built, "fct_leads", "created_on, is_valid, is_booked, response_minutes, source",
        "created_on, is_valid desc, source desc",
    )  # fmt: skip
    assert found == [
        ("-", nov(4), True, False, None, "organic"),
        ("DTOR", nov(3), True, False, None, "organic"),
        ("DTOR", nov(4), True, True, None, "referral"),
        ("DTOR", nov(5), True, True, None, "organic"),
        ("RIVR", nov(19), True, True, None, "organic"),
        ("VANC", nov(2), True, True, 12, "organic"),
        ("VANC", nov(2), False, False, None, "pay_per_click"),
        ("VANC", nov(3), True, False, None, "organic"),
    ]


def test_one_quote_decides_a_family(story_built: Built) -> None:
    found = by_branch(
        story_built,
        "fct_quotes",
        "subtotal_amount, is_decided, is_accepted, is_superseded, decided_on",
    )
    assert found == [
        ("-", D("70.00"), False, False, False, None),
        ("DTOR", D("200.00"), True, True, False, nov(5)),
        ("DTOR", D("250.00"), True, False, False, nov(9)),
        ("DTOR", D("300.00"), False, False, True, None),
        ("DTOR", D("500.00"), True, True, False, nov(6)),
        ("RIVR", D("10.00"), False, False, False, nov(19)),
        ("RIVR", D("20.00"), True, True, False, nov(19)),
        ("RIVR", D("30.00"), False, False, False, nov(20)),
        ("VANC", D("40.00"), True, False, False, nov(10)),
        ("VANC", D("80.00"), False, False, True, None),
        ("VANC", D("100.00"), True, True, False, nov(7)),
    ]


def test_bookings_are_first_acceptances(story_built: Built) -> None:
    found = by_branch(
        story_built,
        "fct_bookings",
        "booked_on, service_on, lead_time_days, booked_amount, source, is_cancelled, cancelled_on",
    )
    assert found == [
        ("DTOR", nov(5), nov(12), 7, D("200.00"), "referral", False, None),
        ("DTOR", nov(6), nov(25), 19, D("500.00"), "organic", True, nov(15)),
        ("RIVR", nov(19), nov(30), 11, D("20.00"), "organic", False, None),
        ("VANC", nov(7), nov(20), 13, D("100.00"), "organic", False, None),
    ]


def test_months_are_dense_and_begin_with_the_history(story_built: Built) -> None:
    found = by_branch(
        story_built,
        "fct_bookings_monthly",
        "month_on, bookings_count, booked_amount, is_history, is_complete",
    )
    september, october, november = (date(2026, month, 1) for month in (9, 10, 11))
    assert found == [
        ("-", september, 0, D("0.00"), False, True),
        ("-", october, 0, D("0.00"), False, True),
        ("-", november, 0, D("0.00"), False, False),
        ("DTOR", november, 2, D("700.00"), False, False),
        ("RIVR", november, 1, D("20.00"), False, False),
        ("VANC", september, 5, D("1000.00"), True, True),
        ("VANC", october, 7, D("1500.50"), True, True),
        ("VANC", november, 1, D("100.00"), False, False),
    ]


def test_pipeline_of_every_past_day(story_built: Built) -> None:
    nothing = (0, D("0.00"))

    def open_on(branch: str) -> dict[int, tuple[Any, ...]]:
        stages = by_branch(
            story_built, "fct_pipeline_daily", "as_of_on, open_quotes_count, open_pipeline_amount"
        )
        found: dict[int, tuple[Any, ...]] = {}
        for _, day, count, amount in (row for row in stages if row[0] == branch):
            before = found.get(day.day, nothing)
            found[day.day] = (before[0] + count, before[1] + amount)
        return found

    vancouver = open_on("VANC")
    assert list(vancouver) == list(range(2, 21))
    assert [vancouver[day] for day in range(2, 10)] == [
        nothing,
        (2, D("120.00")),
        (2, D("120.00")),
        (3, D("220.00")),
        (3, D("220.00")),
        (1, D("40.00")),
        (1, D("40.00")),
        nothing,
    ]
    toronto = open_on("DTOR")
    assert list(toronto) == list(range(3, 22))
    assert [toronto[day] for day in range(3, 10)] == [
        nothing,
        (2, D("500.00")),
        (1, D("300.00")),
        (1, D("250.00")),
        (1, D("250.00")),
        (1, D("250.00")),
        nothing,
    ]
    unassigned = open_on("-")
    assert list(unassigned) == list(range(2, 22))
    assert (unassigned[9], unassigned[10], unassigned[21]) == (
        nothing, (1, D("70.00")), (1, D("70.00"))
    )  # fmt: skip
    assert list(open_on("RIVR")) == [19, 20]


def test_receivables_of_every_past_day(story_built: Built) -> None:
    columns = (
        "billed_amount, paid_amount, receivable_amount, overdue_amount, customer_credit_amount"
    )
    vancouver = days(story_built, "fct_receivables_daily", "VANC", columns)
    assert {day: tuple(map(str, row)) for day, row in vancouver.items() if day >= 9} == {
        9: ("0.00", "0.00", "0.00", "0.00", "20.00"),
        10: ("105.00", "0.00", "85.00", "0.00", "0.00"),
        **dict.fromkeys(range(11, 16), ("0.00", "0.00", "85.00", "0.00", "0.00")),
        16: ("0.00", "0.00", "85.00", "85.00", "0.00"),
        17: ("0.00", "50.00", "35.00", "35.00", "0.00"),
        18: ("-10.50", "0.00", "24.50", "24.50", "0.00"),
        19: ("0.00", "0.00", "24.50", "24.50", "0.00"),
        20: ("0.00", "0.00", "24.50", "24.50", "0.00"),
    }
    toronto = days(story_built, "fct_receivables_daily", "DTOR", columns)
    assert {day: tuple(map(str, row)) for day, row in toronto.items() if 11 <= day <= 20} == {
        11: ("0.00", "0.00", "0.00", "0.00", "0.00"),
        12: ("200.00", "0.00", "200.00", "0.00", "0.00"),
        13: ("50.00", "60.00", "200.00", "0.00", "10.00"),
        14: ("-200.00", "0.00", "0.00", "0.00", "10.00"),
        **dict.fromkeys(range(15, 19), ("0.00", "0.00", "0.00", "0.00", "10.00")),
        19: ("0.00", "-10.00", "0.00", "0.00", "0.00"),
        20: ("0.00", "0.00", "0.00", "0.00", "0.00"),
    }


def test_invoices_and_payments(story_built: Built) -> None:
    revenue = by_branch(
        story_built, "fct_invoices", "status, revenue_amount, tax_amount, balance_amount",
        "revenue_amount, status",
    )  # fmt: skip
    assert revenue == [
        ("DTOR", "CANCELLED", D("0.00"), D("10.00"), D("200.00")),
        ("DTOR", "DRAFT", D("0.00"), D("45.00"), D("945.00")),
        ("DTOR", "PAID", D("47.00"), D("3.00"), D("0.00")),
        ("VANC", "SENT", D("-10.00"), D("-0.50"), D("-10.50")),
        ("VANC", "PARTIAL_PAID", D("100.00"), D("5.00"), D("35.00")),
    ]
    collected = by_branch(
        story_built, "fct_payments", "received_on, collected_amount, fee_amount, source"
    )
    assert collected == [
        ("DTOR", nov(13), D("60.00"), D("1.20"), "referral"),
        ("DTOR", nov(19), D("-10.00"), D("0.00"), "referral"),
        ("VANC", nov(8), D("20.00"), D("0.00"), "organic"),
        ("VANC", nov(17), D("50.00"), D("0.00"), "organic"),
        ("VANC", nov(18), D("0.00"), D("0.00"), "organic"),
    ]


def test_journeys_carry_their_revenue_and_punctuality(story_built: Built) -> None:
    found = by_branch(
        story_built,
        "fct_journeys",
        "service_on, is_completed, is_cancelled, is_on_time, actual_minutes, service_amount",
    )
    assert found == [
        ("DTOR", nov(12), True, False, False, 220, D("47.00")),
        ("DTOR", nov(13), False, True, None, None, D("0.00")),
        ("DTOR", nov(25), False, True, None, None, D("0.00")),
        ("VANC", nov(20), True, False, True, 220, D("90.00")),
    ]


def test_today_is_the_branch_s_own_day(story_built: Built) -> None:
    assert by_branch(story_built, "fct_journeys_today", "service_on") == [("VANC", nov(20))]
    business_dates = "select branch_code, business_on from marts.dim_locations order by 1"
    assert story_built.rows(business_dates) == [
        ("DTOR", nov(21)),
        ("RIVR", nov(20)),
        ("VANC", nov(20)),
    ]


def test_reports_on_the_integration(story_built: Built) -> None:
    (health,) = story_built.records("select * from reporting.rpt_data_health")
    wanted = {
        "stream": "opportunities",
        "runs_count": 2,
        "records_processed": 50,
        "records_quarantined": 3,
        "last_status": "FAILED",
        "last_success_at": datetime(2026, 11, 18, 19, tzinfo=UTC),
    }
    assert {name: health[name] for name in wanted} == wanted
    assert story_built.rows(
        "select month_on, reference_booked_count, core_booked_count, difference_count"
        " from reporting.rpt_smartmoving_reconciliation order by 1"
    ) == [(date(2026, 11, 1), 2, 1, -1), (date(2026, 12, 1), 1, 0, -1)]


def test_only_what_differs_from_processor_and_books_is_told(story_built: Built) -> None:
    found = story_built.records("select * from reporting.rpt_money_differences")
    names = ("provider", "figure", "is_here", "is_there", "our_amount", "their_amount")
    assert sorted(tuple(row[name] for name in names) for row in found) == [
        ("quickbooks", "BALANCE", True, True, Decimal("0.00"), Decimal("5.00")),
        ("quickbooks", "INVOICE", False, True, Decimal("0.00"), Decimal("50.00")),
        ("stripe", "CHARGE", False, True, Decimal("0.00"), Decimal("25.00")),
        ("stripe", "CHARGE", True, True, Decimal("60.00"), Decimal("61.00")),
    ]


def test_forecasts_pass_through(story_built: Built) -> None:
    assert story_built.rows(
        "select location_id is null, yhat, lo_95, hi_95 from marts.fct_forecasts order by 1"
    ) == [(False, 5.0, 2.0, 8.0), (True, 5.0, 2.0, 8.0)]


@pytest.mark.parametrize("year", range(2026, 2029))
def test_holidays_are_those_of_the_whole_country(story_built: Built, year: int) -> None:
    found = story_built.rows(
        f"select date_day from marts.dim_dates where is_holiday and year_number = {year} order by 1"
    )
    assert [day for (day,) in found] == sorted(country_holidays("CA", years=year, observed=False))


def test_calendar_covers_two_years_to_come(story_built: Built) -> None:
    assert story_built.rows(
        "select min(date_day), max(date_day), count(*) from marts.dim_dates"
    ) == [(date(2026, 1, 1), date(2028, 12, 31), 1096)]
    assert story_built.records(
        "select * from marts.dim_dates where date_day = date '2027-01-03'"
    ) == [
        {
            "date_day": date(2027, 1, 3),
            "week_start_on": date(2026, 12, 28),
            "month_start_on": date(2027, 1, 1),
            "quarter_start_on": date(2027, 1, 1),
            "year_number": 2027,
            "quarter_number": 1,
            "month_number": 1,
            "fiscal_year_number": 2027,
            "fiscal_quarter_number": 1,
            "iso_year_number": 2026,
            "iso_week": 53,
            "iso_weekday_number": 7,
            "is_weekend": True,
            "is_holiday": False,
        }
    ]
