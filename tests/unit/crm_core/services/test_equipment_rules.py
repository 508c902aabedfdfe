"""Book value and the day a service is due."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.services.equipment.equipment_rules import (
    ServicePlan,
    book_value,
    is_blocked,
    is_near,
    service_due_on,
)

TODAY = date(2026, 11, 20)
PLAN = ServicePlan(180, 20_000, TODAY - timedelta(days=100), 40_000, 50_000)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (PLAN, TODAY + timedelta(days=80)),
        (replace(PLAN, service_days=None), TODAY + timedelta(days=100)),
        (replace(PLAN, service_km=15_000), TODAY + timedelta(days=50)),
        (replace(PLAN, now_km=60_000), TODAY),
        (replace(PLAN, now_km=61_000), TODAY),
        (replace(PLAN, now_km=40_000), TODAY + timedelta(days=80)),
        (replace(PLAN, now_km=None), TODAY + timedelta(days=80)),
        (replace(PLAN, service_days=90), TODAY - timedelta(days=10)),
        (replace(PLAN, service_days=None, service_km=None), None),
        (ServicePlan(180, None, None, None, None), None),
    ],
)
def test_service_is_due_by_days_or_kilometres_whichever_is_first(
    plan: ServicePlan, expected: date | None
) -> None:
    assert service_due_on(plan, TODAY) == expected


def test_notice_and_block() -> None:
    assert is_near(TODAY + timedelta(days=14), TODAY)
    assert not is_near(TODAY + timedelta(days=15), TODAY) and not is_near(None, TODAY)
    assert not is_blocked(TODAY - timedelta(days=7), TODAY)
    assert is_blocked(TODAY - timedelta(days=8), TODAY)
    assert is_blocked(TODAY - timedelta(days=1), TODAY, block_days=0)
    assert not is_blocked(None, TODAY)


AMOUNTS = st.decimals("0", "200000", places=2)
RATES = st.decimals("0", "1", places=4)


@given(amount=AMOUNTS, rate=RATES, days=st.integers(-100, 20_000))
def test_a_value_declines_and_never_goes_below_zero(
    amount: Decimal, rate: Decimal, days: int
) -> None:
    now = book_value(amount, rate, TODAY, TODAY + timedelta(days=days))
    later = book_value(amount, rate, TODAY, TODAY + timedelta(days=days + 30))
    assert 0 <= later <= now <= amount
    assert book_value(amount, rate, TODAY, TODAY) == amount


def test_a_value_after_whole_years() -> None:
    four_years = TODAY + timedelta(days=1461)
    value = book_value(Decimal("80000"), Decimal("0.25"), TODAY, four_years)
    assert value == Decimal("25312.50")
    assert book_value(Decimal("80000"), Decimal(1), TODAY, four_years) == 0
