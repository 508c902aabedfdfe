"""Totals of lines: exact to the cent, whatever the amounts."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import ItemCategory, TaxCategory
from crm_core.errors import InvalidInput
from crm_core.money import allocate, cents
from crm_core.services.finance.pricing import Line, TaxLine, checked_line, price
from crm_core.services.finance.tax import PROVINCES, RatesByCategory, rates_of_move
from tests.unit.crm_core.services.test_tax import RATES

ON = date(2026, 11, 22)


def rates(destination: str, origin: str | None = None) -> RatesByCategory:
    return rates_of_move(RATES, origin=origin or destination, destination=destination, on=ON)


def service(unit: str, quantity: str = "1", discount: str = "0") -> Line:
    return Line(
        ItemCategory.MOVING_SERVICES, "x", Decimal(quantity), Decimal(unit), Decimal(discount)
    )


def goods(unit: str, quantity: str = "1") -> Line:
    return Line(ItemCategory.EQUIPMENT_RENTAL, "x", Decimal(quantity), Decimal(unit))


def test_tax_is_computed_once_on_the_total() -> None:
    totals = price([service("19.99")] * 7, Decimal(0), rates("ON"))
    assert totals.tax_lines == (
        TaxLine("HST", Decimal("0.13"), Decimal("139.93"), Decimal("18.19")),
    )
    assert totals.total_amount == Decimal("158.12")


def test_a_known_job_comes_out_as_it_was_billed() -> None:
    totals = price([service("139.00", "5")], Decimal(0), rates("ON"))
    assert (totals.tax_amount, totals.total_amount) == (Decimal("90.35"), Decimal("785.35"))


def test_quebec_levies_two_taxes_side_by_side() -> None:
    totals = price([service("100.00")], Decimal(0), rates("QC"))
    assert [(line.code, line.tax_amount) for line in totals.tax_lines] == [
        ("GST", Decimal("5.00")),
        ("QST", Decimal("9.98")),
    ]
    assert price([service("100.00")], Decimal(0), rates("QC", "ON")).tax_amount == Decimal("5.00")


def test_goods_and_services_share_the_tax_that_reaches_both() -> None:
    totals = price([service("100.00"), goods("50.00")], Decimal("30.00"), rates("BC"))
    assert [(line.code, line.base_amount, line.tax_amount) for line in totals.tax_lines] == [
        ("GST", Decimal("120.00"), Decimal("6.00")),
        ("PST", Decimal("40.00"), Decimal("2.80")),
    ]


def test_lines_that_are_not_selected_cost_nothing() -> None:
    extra = Line(
        ItemCategory.INSURANCE, "x", Decimal(1), Decimal(99), is_optional=True, is_selected=False
    )
    assert price([service("10.00"), extra], Decimal(0), rates("AB")).total_amount == Decimal(
        "10.50"
    )


def test_half_a_cent_is_rounded_up() -> None:
    # 5 % of 0.10 is half a cent; banker's rounding would drop it
    assert price([service("0.10")], Decimal(0), rates("AB")).tax_amount == Decimal("0.01")
    assert cents(Decimal("-0.005")) == Decimal("-0.01")


amounts = st.decimals(Decimal("0.00"), Decimal("5000.00"), places=2)
quantities = st.decimals(Decimal("0.01"), Decimal("50.00"), places=2)
lines = st.builds(
    Line,
    category=st.sampled_from(list(ItemCategory)),
    description=st.just("x"),
    quantity=quantities,
    unit_amount=amounts,
    is_selected=st.booleans(),
)


@given(st.lists(lines, max_size=8), st.sampled_from(sorted(PROVINCES)), st.integers(0, 100))
def test_totals_always_add_up(chosen: list[Line], destination: str, percent: int) -> None:
    selected = [line for line in chosen if line.is_selected]
    subtotal = sum((line.total_amount for line in selected), Decimal(0))
    discount = cents(subtotal * percent / 100)
    totals = price(chosen, discount, rates(destination))
    assert totals.subtotal_amount == subtotal
    assert totals.total_amount == subtotal - discount + totals.tax_amount
    assert totals.tax_amount == sum((line.tax_amount for line in totals.tax_lines), Decimal(0))
    for line in totals.tax_lines:
        exact = line.base_amount * line.rate
        assert line.tax_amount == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert 0 <= line.base_amount <= subtotal - discount
    whole = [line for line in totals.tax_lines if line.code in ("GST", "HST")]
    assert sum((line.base_amount for line in whole), Decimal(0)) == subtotal - discount


@given(
    st.decimals(Decimal("-100000.00"), Decimal("100000.00"), places=2),
    st.lists(st.decimals(Decimal(0), Decimal(1000), places=2), min_size=1, max_size=12),
)
def test_parts_add_up_and_none_is_a_cent_off(total: Decimal, weights: list[Decimal]) -> None:
    parts = allocate(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        share = total * weight / whole if whole else total / len(weights)
        assert abs(part - share) < Decimal("0.01") + Decimal("1e-15")
        assert whole == 0 or weight > 0 or part == 0


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (service("1.001"), "unit_amount"),
        (service("-1"), "unit_amount"),
        (service("NaN"), "unit_amount"),
        (service("1", "0"), "quantity"),
        (service("1", "0.005"), "quantity"),
        (service("1", "1", "1.01"), "discount_amount"),
        (Line(ItemCategory.OTHER, " ", Decimal(1), Decimal(1)), "description"),
        (Line(ItemCategory.OTHER, "a\x00b", Decimal(1), Decimal(1)), "description"),
        (Line(ItemCategory.OTHER, "\ud800", Decimal(1), Decimal(1)), "description"),
        (Line(ItemCategory.OTHER, "x" * 501, Decimal(1), Decimal(1)), "description"),
    ],
)
def test_a_wrong_line_is_refused_by_field(line: Line, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_line(line)
    assert refused.value.field == field


@pytest.mark.parametrize("discount", ["-0.01", "10.01"])
def test_a_discount_is_not_more_than_the_whole(discount: str) -> None:
    with pytest.raises(InvalidInput, match="is not between 0 and 10"):
        price([service("10.00")], Decimal(discount), rates("AB"))


def test_every_category_has_its_tax_category() -> None:
    made = {category: Line(category, "x", Decimal(1), Decimal(1)) for category in ItemCategory}
    assert {line.tax_category for line in made.values()} == set(TaxCategory)
