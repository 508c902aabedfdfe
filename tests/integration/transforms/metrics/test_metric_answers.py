"""Figures of hand-made marts: every expected number was added up on paper."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.integration.transforms.metrics.stand_in import StandInDoor
from transforms.metrics.answer import answer, explain
from transforms.metrics.errors import (
    CannotBeAdded,
    DimensionUnknown,
    GrainImpossible,
    MetricNotAllowed,
    MoneyInexact,
    UnknownMetric,
)
from transforms.metrics.period import Grain, Period
from transforms.metrics.query import Comparison, Filter, MetricQuery
from transforms.metrics.result import MetricResult

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
OUTLOOK = Period(date(2026, 11, 1), date(2027, 1, 1))


def by_branch(result: MetricResult, metric: str) -> dict[str, Decimal | None]:
    """Branch code: value."""
    return {str(row.keys["branch"]): row.values[metric] for row in result.rows}


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("new_leads", Decimal(7)),
        ("lead_booking_rate", Decimal("0.428571")),  # 3 of 7
        ("quote_booking_rate", Decimal("0.5")),  # 2 of 4
        ("bookings", Decimal(5)),
        ("booked_amount", Decimal("1650.65")),
        ("average_booked_value", Decimal("330.13")),
        ("booking_lead_time", Decimal(20)),  # of 1, 10, 20, 21, 30
        ("cancellation_rate", Decimal(0)),  # one booking served in October, none cancelled
        ("open_pipeline", Decimal("900.00")),
        ("invoiced_revenue", Decimal("140.00")),
        ("tax_collected", Decimal("9.99")),
        ("service_revenue", Decimal("238.33")),
        ("average_job_value", Decimal("77.78")),  # 233.33 / 3
        ("cash_collected", Decimal("100.00")),
        ("receivables", Decimal("18.34")),  # 12.34 + 5.00 + 1.00 unassigned
        ("jobs_completed", Decimal(3)),
        ("on_time_rate", Decimal("0.5")),  # 1 of 2 started with a window
    ],
)
def test_the_company_in_october(door: StandInDoor, metric: str, expected: Decimal) -> None:
    result = answer(door, MetricQuery((metric,), OCTOBER))
    assert result.rows[0].keys == {}
    assert result.rows[0].values[metric] == expected
    assert result.totals == {metric: expected}


def test_bookings_by_branch_are_dense_and_named(door: StandInDoor) -> None:
    result = answer(door, MetricQuery(("bookings", "average_booked_value"), OCTOBER, ("branch",)))
    assert result.columns == ("branch", "bookings", "average_booked_value")
    assert by_branch(result, "bookings") == {
        "HALI": Decimal(0),
        "MONT": Decimal(1),
        "VANC": Decimal(3),
        "Unassigned": Decimal(1),
    }
    assert by_branch(result, "average_booked_value") == {
        "HALI": None,
        "MONT": Decimal("1000.05"),
        "VANC": Decimal("200.20"),
        "Unassigned": Decimal("50.00"),
    }
    assert [row.text("branch") for row in result.rows] == [
        "Halifax",
        "Montreal",
        "Vancouver",
        "Unassigned",
    ]
    assert result.totals["bookings"] == Decimal(5)


def test_a_branch_that_was_closed_shows_only_while_it_was_open(door: StandInDoor) -> None:
    earlier = answer(door, MetricQuery(("bookings",), OCTOBER.last_year(), ("branch",)))
    assert by_branch(earlier, "bookings") == {
        "HALI": Decimal(0),
        "MONT": Decimal(0),
        "SHUT": Decimal(1),
        "VANC": Decimal(1),
    }


def test_comparison_keeps_groups_of_either_period(door: StandInDoor) -> None:
    query = MetricQuery(("bookings",), OCTOBER, ("branch",), compare=Comparison.LAST_YEAR)
    result = answer(door, query)
    compared = {row.keys["branch"]: row.compared["bookings"] for row in result.rows}
    assert compared == {
        "HALI": Decimal(0),
        "MONT": Decimal(0),
        "SHUT": Decimal(1),
        "VANC": Decimal(1),
        "Unassigned": Decimal(0),
    }
    assert by_branch(result, "bookings")["SHUT"] == Decimal(0)
    assert result.compared_period == Period(date(2025, 10, 1), date(2025, 11, 1))
    assert result.compared_totals == {"bookings": Decimal(2)}


def test_months_are_dense_and_the_future_is_unknown(door: StandInDoor) -> None:
    period = Period(date(2026, 8, 1), date(2027, 1, 1))
    result = answer(door, MetricQuery(("booked_amount",), period, grain=Grain.MONTH))
    assert [(row.keys["month"], row.values["booked_amount"]) for row in result.rows] == [
        (date(2026, 8, 1), Decimal(0)),
        (date(2026, 9, 1), Decimal("400.00")),
        (date(2026, 10, 1), Decimal("1650.65")),
        (date(2026, 11, 1), Decimal(0)),
        (date(2026, 12, 1), None),
    ]


def test_weeks_are_compared_by_position(door: StandInDoor) -> None:
    period = Period(date(2026, 9, 28), date(2026, 10, 12))
    query = MetricQuery(("new_leads",), period, grain=Grain.WEEK, compare=Comparison.PREVIOUS)
    rows = answer(door, query).rows
    assert [row.keys["week"] for row in rows] == [date(2026, 9, 28), date(2026, 10, 5)]
    assert [row.values["new_leads"] for row in rows] == [Decimal(5), Decimal(1)]
    assert [row.compared["new_leads"] for row in rows] == [Decimal(0), Decimal(0)]


def test_filters_by_branch_province_and_missing_values(door: StandInDoor) -> None:
    def leads(*where: Filter) -> Decimal | None:
        return answer(door, MetricQuery(("new_leads",), OCTOBER, where=where)).totals["new_leads"]

    assert leads(Filter("branch", ("vanc", "MONT"))) == Decimal(6)
    assert leads(Filter("branch", ("Unassigned",))) == Decimal(1)
    assert leads(Filter("branch", ("MONT", "Unassigned"))) == Decimal(3)
    assert leads(Filter("province", ("QC",))) == Decimal(2)
    assert leads(Filter("is_corporate", ("false",))) == Decimal(0)
    assert leads(Filter("source", (None,))) == Decimal(1)
    assert leads(Filter("source", ("WEB",)), Filter("branch", ("VANC",))) == Decimal(2)
    assert leads(Filter("source", ("x' or '1'='1",))) == Decimal(0)


def test_two_dimensions_keep_missing_values_apart(door: StandInDoor) -> None:
    result = answer(door, MetricQuery(("new_leads",), OCTOBER, ("branch", "source")))
    assert [(tuple(row.keys.values()), row.values["new_leads"]) for row in result.rows] == [
        (("MONT", "PHONE"), Decimal(1)),
        (("MONT", "WEB"), Decimal(1)),
        (("VANC", "PHONE"), Decimal(1)),
        (("VANC", "WEB"), Decimal(2)),
        (("VANC", None), Decimal(1)),
        (("Unassigned", "WEB"), Decimal(1)),
    ]


def test_a_state_is_taken_at_each_branch_s_last_day(door: StandInDoor) -> None:
    result = answer(door, MetricQuery(("receivables",), NOVEMBER, ("branch",)))
    assert by_branch(result, "receivables") == {
        "HALI": Decimal("7.00"),
        "MONT": None,
        "VANC": Decimal("20.00"),
        "Unassigned": Decimal("2.00"),
    }
    assert result.totals["receivables"] == Decimal("29.00")
    by_month = Period(date(2026, 9, 1), date(2026, 12, 1))
    months = answer(door, MetricQuery(("receivables",), by_month, grain=Grain.MONTH))
    assert [row.values["receivables"] for row in months.rows] == [
        Decimal("10.00"),
        Decimal("18.34"),
        Decimal("29.00"),
    ]
    assert months.totals["receivables"] == Decimal("29.00")


def test_metrics_of_several_marts_share_rows(door: StandInDoor) -> None:
    names = ("jobs_completed", "cash_collected", "receivables")
    rows = answer(door, MetricQuery(names, OCTOBER, ("branch",))).rows
    found = {row.keys["branch"]: tuple(row.values.values()) for row in rows}
    assert found == {
        "HALI": (Decimal(0), Decimal(0), Decimal("5.00")),
        "MONT": (Decimal(1), Decimal(0), None),
        "VANC": (Decimal(2), Decimal("100.00"), Decimal("12.34")),
        "Unassigned": (Decimal(0), Decimal(0), Decimal("1.00")),
    }


def test_one_scan_answers_all_metrics_of_a_mart_and_date(door: StandInDoor) -> None:
    asked = MetricQuery(("bookings", "booked_amount", "average_booked_value"), OCTOBER)
    answer(door, asked)
    scans = [sql for sql in door.asked if '"lake"."marts"."fct_bookings"' in sql]
    assert len(scans) == 1  # not split, the row is the total
    answer(door, replace(asked, by=("service_type",)))
    scans = [sql for sql in door.asked if '"lake"."marts"."fct_bookings"' in sql]
    assert len(scans) == 3  # the rows, and the totals asked anew


# forecasts


def test_point_forecasts_add_up(door: StandInDoor) -> None:
    result = answer(door, MetricQuery(("bookings_forecast",), OUTLOOK, grain=Grain.MONTH))
    assert [row.values["bookings_forecast"] for row in result.rows] == [
        Decimal(30),
        Decimal("33.30"),
    ]
    assert result.totals["bookings_forecast"] == Decimal("63.30")
    split = answer(door, MetricQuery(("bookings_forecast",), NOVEMBER, ("branch",)))
    assert by_branch(split, "bookings_forecast") == {
        "HALI": None,
        "MONT": Decimal("9.50"),
        "VANC": Decimal("20.50"),
    }


def test_a_company_s_bound_is_its_own_row(door: StandInDoor) -> None:
    names = ("bookings_forecast", "bookings_forecast_lo_80", "bookings_forecast_hi_80")
    result = answer(door, MetricQuery(names, OUTLOOK, grain=Grain.MONTH))
    assert [tuple(row.values.values()) for row in result.rows] == [
        (Decimal(30), Decimal(25), Decimal(35)),
        (Decimal("33.30"), Decimal(26), Decimal(40)),
    ]
    assert result.totals["bookings_forecast_hi_80"] is None


def test_a_branch_s_bound_is_its_own_row(door: StandInDoor, branch_door: StandInDoor) -> None:
    query = MetricQuery(("bookings_forecast_hi_80",), NOVEMBER, ("branch",))
    assert by_branch(answer(door, query), "bookings_forecast_hi_80") == {
        "HALI": None,
        "MONT": Decimal(14),
        "VANC": Decimal(26),
    }
    only = MetricQuery(("bookings_forecast_hi_80",), NOVEMBER)
    assert answer(branch_door, only).totals == {"bookings_forecast_hi_80": Decimal(26)}
    filtered = MetricQuery(only.metrics, NOVEMBER, where=(Filter("branch", ("MONT",)),))
    assert answer(door, filtered).totals == {"bookings_forecast_hi_80": Decimal(14)}


def test_bounds_of_several_branches_or_months_are_refused(door: StandInDoor) -> None:
    bound = ("bookings_forecast_hi_80",)
    with pytest.raises(CannotBeAdded, match="over 2 branches"):
        answer(door, MetricQuery(bound, NOVEMBER, ("is_corporate",)))
    with pytest.raises(CannotBeAdded, match="does not add up over months"):
        answer(door, MetricQuery(bound, OUTLOOK))


def test_a_scope_of_several_branches_has_no_bound_of_its_own(definitions: str) -> None:
    door = StandInDoor(definitions, where="location_id is not null")
    names = ("bookings_forecast", "bookings_forecast_hi_80")
    result = answer(door, MetricQuery(names, OUTLOOK, grain=Grain.MONTH))
    assert [tuple(row.values.values()) for row in result.rows] == [
        (Decimal(30), None),
        (Decimal("33.30"), None),
    ]


# refusals


def test_a_mart_outside_the_door_is_refused_by_name(definitions: str) -> None:
    door = StandInDoor(definitions, hidden=("fct_payments",))
    with pytest.raises(
        MetricNotAllowed, match=r"cash_collected needs marts\.fct_payments.* PAYMENT"
    ):
        answer(door, MetricQuery(("bookings", "cash_collected"), OCTOBER))


def test_unknown_words_name_the_near_or_right_ones(door: StandInDoor) -> None:
    with pytest.raises(UnknownMetric, match="bookings"):
        answer(door, MetricQuery(("booking",), OCTOBER))
    with pytest.raises(
        DimensionUnknown, match="it has branch, customer_type, is_corporate, province"
    ):
        answer(door, MetricQuery(("receivables",), OCTOBER, ("source",)))
    with pytest.raises(DimensionUnknown, match=r"'servicetype', did you mean service_type.*: it"):
        answer(door, MetricQuery(("bookings",), OCTOBER, ("servicetype",)))
    with pytest.raises(DimensionUnknown, match=r"no branch 'VANK'.*VANC"):
        answer(door, MetricQuery(("bookings",), OCTOBER, where=(Filter("branch", ("VANK",)),)))
    with pytest.raises(GrainImpossible, match="known by month"):
        answer(door, MetricQuery(("bookings_forecast",), OUTLOOK, grain=Grain.WEEK))


def test_a_branch_outside_the_scope_is_unknown(branch_door: StandInDoor) -> None:
    with pytest.raises(DimensionUnknown, match="no branch 'MONT' in your scope"):
        answer(
            branch_door, MetricQuery(("bookings",), OCTOBER, where=(Filter("branch", ("MONT",)),))
        )


def test_money_that_lost_its_decimals_is_refused(door: StandInDoor) -> None:
    door.sql("select 1")
    door._connection.execute(
        "alter table lake.marts.fct_payments alter collected_amount type double"
    )
    with pytest.raises(MoneyInexact, match=r"cash_collected: marts\.fct_payments"):
        answer(door, MetricQuery(("cash_collected",), OCTOBER))


def test_explanation_runs_at_the_door(door: StandInDoor) -> None:
    query = MetricQuery(("bookings",), OCTOBER, where=(Filter("branch", ("VANC",)),))
    explained = explain(door, "bookings", query)
    assert explained.formula == "Number of first acceptances of a quote family."
    assert explained.publication.id == 7
    assert door.sql(explained.sql.rstrip(";")).rows() == [(3,)]
