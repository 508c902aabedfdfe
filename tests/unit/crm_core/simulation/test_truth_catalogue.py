"""The registry against the KPI catalogue, and what holds of the values of every company."""

import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from crm_core.simulation.network import plan
from crm_core.simulation.truth import Figures, kpi_catalogue
from crm_core.simulation.truth.catalogue import KPIS, UNKNOWN
from crm_core.simulation.truth.kernel import COMPANY, Kind
from tests.unit.crm_core.simulation.conftest import UNTIL, Company, generated
from tests.unit.crm_core.simulation.truth_rows import figures

LETTERS = {
    "S": 33, "F": 26, "O": 20, "Q": 6, "T": 12, "E": 13, "I": 8, "C": 7, "M": 6, "G": 7, "A": 9,
    "P": 7,
}  # fmt: skip
TIED = ("F07_residual", "F26_count", "F26_value", "I08", "T06_residual")
"""Receivables, the ledger, stock and the bridge of recurring revenue leave nothing over."""
ZERO = ("F05", "E10", "C03")
SEEDS = (1, 2, 3, 4, 5)


def catalogue_ids() -> set[str]:
    """The ids of the reference beside the project; without it, as many as it counts."""
    for folder in Path(__file__).resolve().parents:
        page = folder / "shared" / "product" / "kpis.md"
        if page.exists():
            return set(re.findall(r"^\| ([A-Z]\d\d) \|", page.read_text(), re.MULTILINE))
    return {f"{letter}{n:02}" for letter, count in LETTERS.items() for n in range(1, count + 1)}


def test_every_figure_of_the_catalogue_is_declared_or_unknown_with_a_reason() -> None:
    declared = {kpi.id for kpi in KPIS}
    assert len(catalogue_ids()) == 154
    assert declared.isdisjoint(UNKNOWN)
    assert declared | UNKNOWN.keys() == catalogue_ids()
    assert len(declared) >= 120


def test_a_metric_is_declared_once_with_at_least_two_dimensions() -> None:
    names = [kpi.metric for kpi in KPIS]
    assert len(names) == len(set(names))
    without_branch = {"G", "P"}
    for kpi in KPIS:
        places = 0 if kpi.id[0] in without_branch else 2
        assert places + len(kpi.dimensions) >= 2, kpi.metric
        assert kpi.facts.__doc__, kpi.metric


def test_most_figures_have_values_by_two_of_their_dimensions(small: Company) -> None:
    """A quarter of three branches knows no year before, no second quarter and nothing overdue."""
    found = kpi_catalogue(Figures("northway", small.frames, UNTIL))
    known = found.filter(pl.col("value").is_not_null())
    split: dict[str, set[str]] = defaultdict(set)
    for kpi, branch, dimension in known.select("kpi", "branch", "dimension").iter_rows():
        split[kpi].add(dimension or ("" if branch == COMPANY else "branch"))
    whole = {kpi for kpi, dimensions in split.items() if len(dimensions - {""}) >= 2}
    assert len(whole) >= 135, sorted(catalogue_ids() - whole)


def test_a_company_without_rows_has_no_figure_but_its_idle_capacity() -> None:
    assert set(kpi_catalogue(figures())["metric"]) == {"O10"}


@pytest.mark.parametrize("table", ["leads", "quotes", "truck_journeys", "invoices", "customers"])
def test_a_table_that_is_missing_is_no_error(small: Company, table: str) -> None:
    frames = {name: frame for name, frame in small.frames.items() if name != table}
    found = kpi_catalogue(Figures("northway", frames, UNTIL))
    assert found.columns[0] == "client"


@pytest.fixture(scope="module", params=SEEDS)
def company(request: pytest.FixtureRequest) -> Company:
    return generated(plan("S", request.param, UNTIL))


def test_identities_hold_to_the_cent_on_simulated_companies(company: Company) -> None:
    found = kpi_catalogue(Figures("northway", company.frames, UNTIL))
    whole = found.filter(pl.col("dimension") != "class")
    for metric in (*TIED, *ZERO):
        values = {Decimal(v) for v in whole.filter(pl.col("metric") == metric)["value"]}
        assert values == {Decimal(0)} if metric in TIED else values <= {Decimal(0)}, metric
    assert_parts_make_the_whole(found)
    assert_buckets_make_the_receivables(found)
    assert_the_rows_that_are_there_are_used(company, found)


def assert_parts_make_the_whole(found: pl.DataFrame) -> None:
    """Branches, and the members of every dimension, add up to the company."""
    additive = [kpi.metric for kpi in KPIS if kpi.is_additive]
    sums: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    company: dict[tuple[object, ...], Decimal] = {}
    rows = found.filter(pl.col("metric").is_in(additive)).select(
        "metric", "month", "branch", "dimension", "value"
    )
    for metric, month, branch, dimension, value in rows.iter_rows():
        if branch == COMPANY and not dimension:
            company[metric, month] = Decimal(value)
        else:
            sums[metric, month, dimension] += Decimal(value)
    assert company
    for (metric, month, dimension), value in sums.items():
        assert value == company[metric, month], (metric, month, dimension)


def assert_buckets_make_the_receivables(found: pl.DataFrame) -> None:
    whole = found.filter((pl.col("dimension") == "") & (pl.col("branch") != COMPANY))
    parts: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for metric, branch, month, value in whole.select(
        "metric", "branch", "month", "value"
    ).iter_rows():
        if metric.startswith("F08_"):
            parts[branch, month] += Decimal(value)
        elif metric == "F07":
            parts[branch, month] -= Decimal(value)
    assert parts
    assert set(parts.values()) == {Decimal(0)}


def assert_the_rows_that_are_there_are_used(company: Company, found: pl.DataFrame) -> None:
    known = set(found["metric"])
    for table, metric in (
        ("financial_transactions", "F26_count"),
        ("inventory_transactions", "I08"),
        ("storage_bookings", "T06_residual"),
        ("invoices", "F07_residual"),
    ):
        if len(company.frames.get(table, pl.DataFrame())):
            assert metric in known, metric


def test_ratios_are_their_parts(small: Company) -> None:
    found = kpi_catalogue(Figures("northway", small.frames, UNTIL))
    percent = [k.metric for k in KPIS if k.kind is Kind.RATIO and k.unit == "%"]
    rows = found.filter(pl.col("metric").is_in(percent) & pl.col("value").is_not_null())
    assert len(rows)
    for value, num, den in rows.select("value", "numerator", "denominator").iter_rows():
        assert abs(Decimal(value) - Decimal(num) * 100 / Decimal(den)) <= Decimal("0.0000005")
