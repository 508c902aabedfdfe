"""When an offer needs a release: by discount, margin, validity and total, each to the cent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import ItemCategory, UserRole
from crm_core.services.finance.pricing import ZERO, Line, price
from crm_core.services.sales.approval_rules import (
    MANAGER_DISCOUNT,
    Reason,
    largest_share_off,
    margin,
    reasons,
    share_off,
)
from tests.unit.crm_core.services.test_pricing import rates

MONTH, LIMIT = timedelta(days=30), Decimal("5000.00")
LINE = Line(ItemCategory.MOVING_SERVICES, "Crew", Decimal(10), Decimal("100.00"))


def why(*lines: Line, off: str = "0", validity: timedelta = MONTH) -> list[Reason]:
    totals = price(lines, Decimal(off), rates("AB"))
    return reasons(lines, totals, validity, LIMIT)


@pytest.mark.parametrize(
    ("line_off", "whole_off", "needed"),
    [("0", "100.00", []), ("0", "100.01", [Reason.DISCOUNT]), ("100.00", "0", []),
     ("50.00", "50.00", []), ("50.00", "50.01", [Reason.DISCOUNT])],
)  # fmt: skip
def test_a_tenth_off_is_free(line_off: str, whole_off: str, needed: list[Reason]) -> None:
    assert why(replace(LINE, discount_amount=Decimal(line_off)), off=whole_off) == needed


def test_options_not_taken_do_not_dilute_a_discount() -> None:
    option = replace(LINE, is_optional=True, is_selected=False)
    assert why(LINE, option, off="150.00") == [Reason.DISCOUNT]
    assert why(LINE, replace(option, is_selected=True), off="150.00") == []


@pytest.mark.parametrize(("cost", "needed"), [("800.00", []), ("800.01", [Reason.MARGIN])])
def test_a_fifth_is_left_as_margin(cost: str, needed: list[Reason]) -> None:
    assert why(replace(LINE, estimated_cost_amount=Decimal(cost))) == needed


def test_a_margin_is_known_only_when_every_cost_is() -> None:
    dear = replace(LINE, estimated_cost_amount=Decimal("2000.00"))
    assert margin([dear, LINE], ZERO) is None
    assert margin([dear, replace(LINE, is_optional=True, is_selected=False)], ZERO) == -1
    assert margin([dear], Decimal("1000.00")) is None


def test_long_validity_and_large_totals_need_a_release() -> None:
    assert why(LINE, validity=timedelta(days=60)) == []
    assert why(LINE, validity=timedelta(days=61)) == [Reason.VALIDITY]
    large = replace(LINE, unit_amount=Decimal("476.20"))  # 4762.00 and 5 % are 5000.10
    assert why(large) == [Reason.TOTAL]
    assert reasons([large], price([large], ZERO, rates("AB")), MONTH, None) == []


def test_only_head_office_releases_more_than_a_manager() -> None:
    assert largest_share_off(UserRole.MANAGER) == MANAGER_DISCOUNT
    assert largest_share_off(UserRole.SALES_REP) == MANAGER_DISCOUNT
    assert largest_share_off(UserRole.ADMIN) is None


@given(
    st.lists(st.decimals(Decimal("0.01"), Decimal(900), places=2), min_size=1, max_size=6),
    st.decimals(Decimal(0), Decimal(1), places=2),
)
def test_the_share_off_is_the_same_by_line_and_on_the_whole(
    prices: list[Decimal], share: Decimal
) -> None:
    lines = [replace(LINE, quantity=Decimal(1), unit_amount=each) for each in prices]
    offs = [(each * share).quantize(Decimal("0.01")) for each in prices]
    by_line = [replace(line, discount_amount=off) for line, off in zip(lines, offs, strict=True)]
    assert share_off(by_line, ZERO) == share_off(lines, sum(offs, ZERO))
    assert 0 <= share_off(by_line, ZERO) <= 1
