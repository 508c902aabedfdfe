"""Exact arithmetic: ratios, rounding, and what does not add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.metrics.arithmetic import (
    Value,
    add,
    difference,
    ratio,
    relative_change,
    settle,
)
from transforms.metrics.catalogue import Additivity, Metric, Unit
from transforms.metrics.errors import CannotBeAdded, DimensionUnknown, PeriodMissing
from transforms.metrics.period import Grain
from transforms.metrics.query import Filter, MetricQuery

amounts = st.decimals(-(10**9), 10**9, places=2)


def metric(additivity: Additivity) -> Metric:
    return Metric(
        name="sample",
        id="X01",
        label="Sample",
        label_fr="Échantillon",
        unit="money",
        direction="up",
        basis="issued",
        additivity=additivity,
        owner="finance",
        formula="Sum of samples.",
        numerator=((1, "sample"),),
        denominator=(),
        dimensions=("branch",),
        finest=Grain.DAY,
        is_component=False,
        single_row=None,
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (Decimal(1), Decimal(4), Decimal("0.25")),
        (Decimal(0), Decimal(4), Decimal(0)),
        (Decimal(1), Decimal(0), None),
        (None, Decimal(4), None),
        (Decimal(1), None, None),
    ],
)
def test_ratio(numerator: Value, denominator: Value, expected: Value) -> None:
    assert ratio(numerator, denominator) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (Decimal("2.345"), "money", Decimal("2.35")),
        (Decimal("-2.345"), "money", Decimal("-2.35")),
        (Decimal("5"), "money", Decimal("5.00")),
        (Decimal("0.4285714"), "percent", Decimal("0.428571")),
        (Decimal("20.0"), "days", Decimal("20")),
        (Decimal("20.5"), "days", Decimal("20.5")),
        (Decimal("7"), "count", Decimal("7")),
        (Decimal("12.345"), "count", Decimal("12.35")),
        (None, "money", None),
    ],
)
def test_settled_to_the_unit(value: Value, unit: Unit, expected: Value) -> None:
    assert settle(value, unit) == expected


@given(amounts, amounts)
def test_a_difference_leads_back(now: Decimal, then: Decimal) -> None:
    change = difference(now, then)
    assert change is not None
    assert then + change == now


@given(amounts)
def test_growth_from_nothing_is_unknown(now: Decimal) -> None:
    assert relative_change(now, Decimal(0)) is None
    assert relative_change(now, None) is None


def test_growth_from_a_loss_keeps_its_sign() -> None:
    assert relative_change(Decimal(50), Decimal(-100)) == Decimal("1.5")


@given(st.lists(amounts, min_size=1))
def test_additive_figures_add_up(values: list[Decimal]) -> None:
    assert add(metric("additive"), values, "time") == sum(values, Decimal(0))


def test_unknown_figures_count_as_nothing() -> None:
    assert add(metric("additive"), [Decimal(1), None], "groups") == Decimal(1)
    assert add(metric("additive"), [None, None], "groups") is None


def test_a_state_adds_up_over_branches_only() -> None:
    assert add(metric("semi_additive"), [Decimal(1), Decimal(2)], "groups") == Decimal(3)
    with pytest.raises(CannotBeAdded, match="not over time"):
        add(metric("semi_additive"), [Decimal(1), Decimal(2)], "time")


def test_a_rate_never_adds_up() -> None:
    with pytest.raises(CannotBeAdded, match="cannot be added up"):
        add(metric("non_additive"), [Decimal(1)], "groups")


def test_a_query_needs_a_period() -> None:
    with pytest.raises(PeriodMissing):
        MetricQuery(("bookings",), None)  # type: ignore[arg-type]


def test_filters_are_written_with_an_equals_sign() -> None:
    assert Filter.parse("branch=VANC, BURN") == Filter("branch", ("VANC", "BURN"))
    for text in ("branch", "=VANC", "branch="):
        with pytest.raises(DimensionUnknown, match="write it like"):
            Filter.parse(text)
