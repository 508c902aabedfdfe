"""What to order, what is late, what runs out, what stock costs."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.services.inventory.stock_rules import (
    Rented,
    StockFacts,
    StockFlag,
    charge,
    flags,
    mean_cost,
    not_back,
    reorder_quantity,
)

TODAY = date(2026, 11, 20)
LOW = StockFacts(Decimal(15), Decimal(0), Decimal(20), Decimal(100), pack_quantity=Decimal(25))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (LOW, Decimal(100)),
        (replace(LOW, quantity=Decimal(21)), Decimal(0)),
        (replace(LOW, quantity=Decimal(20)), Decimal(100)),
        (replace(LOW, quantity=Decimal(30), reserved=Decimal(12)), Decimal(100)),
        (replace(LOW, max_quantity=None), Decimal(25)),
        (replace(LOW, on_order=Decimal(50)), Decimal(50)),
        (replace(LOW, on_order=Decimal(85)), Decimal(0)),
        (replace(LOW, on_order=Decimal(84), least_quantity=Decimal(40)), Decimal(50)),
        (replace(LOW, quantity=Decimal(-5)), Decimal(125)),
        (replace(LOW, min_quantity=Decimal(0), quantity=Decimal(0), max_quantity=None), Decimal(0)),
    ],
)
def test_how_much_to_order(facts: StockFacts, expected: Decimal) -> None:
    assert reorder_quantity(facts) == expected


QUANTITIES = st.decimals("0", "500", places=2)


@given(
    quantity=QUANTITIES,
    reserved=QUANTITIES,
    least=QUANTITIES,
    coming=QUANTITIES,
    pack=st.integers(1, 50),
)
def test_an_order_is_whole_packs_and_fills_up(
    quantity: Decimal, reserved: Decimal, least: Decimal, coming: Decimal, pack: int
) -> None:
    facts = StockFacts(quantity, reserved, least, None, coming, Decimal(pack))
    ordered = reorder_quantity(facts)
    there = quantity - reserved
    assert ordered % pack == 0
    if there > least:
        assert ordered == 0
    else:
        assert there + coming + ordered >= 2 * least
        assert ordered == 0 or there + coming + ordered - pack < 2 * least


def test_what_is_late_is_what_went_out_long_ago_and_did_not_come_back() -> None:
    old, new = TODAY - timedelta(days=15), TODAY - timedelta(days=14)
    assert not_back([Rented(old, Decimal(5)), Rented(new, Decimal(3))], TODAY) == 5
    assert not_back([Rented(old, Decimal(5)), Rented(TODAY, Decimal(-4))], TODAY) == 1
    assert (
        not_back(
            [Rented(old, Decimal(5)), Rented(TODAY, Decimal(-7)), Rented(new, Decimal(9))], TODAY
        )
        == 0
    )
    assert charge(Decimal("2.5"), Decimal("9.99")) == Decimal("24.98")


def test_what_a_list_points_out() -> None:
    slow = TODAY - timedelta(days=91)
    assert flags(Decimal(0), slow, TODAY) == {StockFlag.STOCK_OUT}
    assert flags(Decimal(1), slow, TODAY) == {StockFlag.SLOW_MOVER}
    assert flags(Decimal(1), TODAY - timedelta(days=90), TODAY) == set()
    assert flags(Decimal(1), None, TODAY) == set()


def test_the_cost_of_stock_is_weighted() -> None:
    assert mean_cost(Decimal(10), Decimal("2.2"), Decimal(30), Decimal("3.0")) == Decimal("2.8000")
    assert mean_cost(Decimal(0), Decimal("9"), Decimal(3), Decimal("1.3333")) == Decimal("1.3333")
    assert mean_cost(Decimal(-5), Decimal("9"), Decimal(3), Decimal("2")) == Decimal("2.0000")
