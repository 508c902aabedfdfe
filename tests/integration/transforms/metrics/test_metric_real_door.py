"""The metric layer at doors of the demo company: it answers, it adds up, it respects the scope."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from crm_core.services.tenancy.access import subject_of
from tests.conftest import Demo
from transforms.lake.door import Door, open_door
from transforms.metrics.answer import answer, explain
from transforms.metrics.arithmetic import add
from transforms.metrics.catalogue import BRANCH, catalogue
from transforms.metrics.period import Grain, parse_period
from transforms.metrics.query import Filter, MetricQuery

pytestmark = pytest.mark.long


@pytest.fixture
def company(demo: Demo) -> Iterator[Door]:
    with open_door(subject_of("exec@northway.example")) as door:
        yield door


@pytest.fixture
def branch(demo: Demo) -> Iterator[Door]:
    with open_door(subject_of("manager.vanc@northway.example")) as door:
        yield door


NOT_OF_A_TRAILING_MONTH = {"jobs_today", "jobs_completed_today"}
ZERO_WHEN_ALL_IS_WELL = {
    "assignment_conflicts", "basis_residual", "critical_events", "double_bookings",
    "duplicate_deliveries", "ledger_breaks", "ledger_breaks_value", "receivables_residual",
    "scope_violations", "stock_drift", "storage_rent_residual",
}  # fmt: skip
NOT_IN_A_YOUNG_COMPANY = {
    "account_churn", "account_retention", "booking_pace", "bulk_exports", "cross_branch_reads",
    "dormant_accounts", "forecast_coverage_80", "forecast_coverage_95", "forecast_skill",
    "maintenance_cost_to_value", "overdue_equipment", "overdue_equipment_days",
    "privilege_overrides", "privilege_overrides_endless", "receivables_opening",
    "receivables_over_90", "second_factor_coverage", "silent_devices",
    "storage_rent_contraction", "storage_rent_expansion", "write_off_rate",
}  # fmt: skip
"""What three months may not bring: last year's accounts and bookings, old debts, new rents, late
services, second factors, forecasts whose time has come, large exports, rights of single people."""
TOO_SHORT = (
    "cash_collected", "crew_hours", "invoiced_revenue", "jobs_completed", "new_leads",
    "receivables", "service_revenue", "stock_used", "truck_days",
)  # fmt: skip
"""Figures with fewer than eight whole months: no forecast by month."""
NOT_FORECAST = {
    f"{name}_forecast{bound}"
    for name in TOO_SHORT
    for bound in ("", "_lo_80", "_hi_80", "_lo_95", "_hi_95")
}
WITHOUT = NOT_OF_A_TRAILING_MONTH | ZERO_WHEN_ALL_IS_WELL | NOT_IN_A_YOUNG_COMPANY | NOT_FORECAST


def test_every_metric_answers_and_what_is_additive_adds_up(demo: Demo, company: Door) -> None:
    today = demo.as_of.date()
    known = catalogue(company.publication.definitions)
    answered: dict[str, Decimal | None] = {}
    for metric in known.offered:
        name = "next_6_months" if metric.basis == "forecast" else "trailing_3_months"
        period = parse_period(name, today)
        if metric.single_row:
            rows = answer(company, MetricQuery((metric.name,), period, grain=Grain.MONTH)).rows
            known_bounds = [row for row in rows if row.values[metric.name] is not None]
            answered[metric.name] = Decimal(len(known_bounds))
            continue
        for dimension in sorted({"branch", "province", "source"} & set(metric.dimensions)):
            result = answer(company, MetricQuery((metric.name,), period, (dimension,)))
            total = result.totals[metric.name]
            answered[metric.name] = total
            if metric.additivity != "non_additive":
                parts = add(metric, (row.values[metric.name] for row in result.rows), "groups")
                assert (parts or 0) == (total or 0), (metric.name, dimension)
    assert {name for name, value in answered.items() if not value} <= WITHOUT
    assert {name: answered[name] for name in ZERO_WHEN_ALL_IS_WELL if answered[name]} == {}


def test_a_branch_sees_exactly_its_own_part(demo: Demo, company: Door, branch: Door) -> None:
    names = ("new_leads", "bookings", "booked_amount", "service_revenue", "receivables")
    period = parse_period("trailing_3_months", demo.as_of.date())
    own = answer(branch, MetricQuery(names, period))
    part = answer(company, MetricQuery(names, period, where=(Filter(BRANCH, ("VANC",)),)))
    assert own.totals == part.totals
    split = answer(branch, MetricQuery(names, period, (BRANCH,)))
    assert [row.keys[BRANCH] for row in split.rows] == ["VANC"]


def test_the_company_s_forecast_is_the_sum_of_its_branches(demo: Demo, company: Door) -> None:
    period = parse_period("next_6_months", demo.as_of.date())
    for metric in ("bookings_forecast", "booked_amount_forecast"):
        rows = answer(company, MetricQuery((metric,), period, grain=Grain.MONTH)).rows
        own = company.sql(
            "select yhat from lake.marts.fct_forecasts where level = 'company'"
            " and cadence = 'month' and metric_name = $1 order by month_on",
            [metric.removesuffix("_forecast")],
        )
        assert [row.values[metric] for row in rows] == [
            Decimal(repr(value)).quantize(Decimal("0.01")) for value in own["yhat"]
        ]


def test_an_explanation_runs_as_it_stands(demo: Demo, company: Door) -> None:
    query = MetricQuery(("booked_amount",), parse_period("last_month", demo.as_of.date()))
    explained = explain(company, "booked_amount", query)
    (value,) = company.sql(explained.sql.rstrip(";")).row(0)
    assert value == answer(company, query).totals["booked_amount"]
