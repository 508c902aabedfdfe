"""Reminders, late fees, and the taxes of credit notes, on their rules alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.money import cents
from crm_core.services.finance.invoice_rules import (
    Reminder,
    latest_reminder,
    reminder_dates,
    taxes_of_credit,
)
from crm_core.services.finance.late_fee_rules import Terms, fee

DUE = date(2026, 3, 1)
POLICY = Terms(
    grace_day_count=5,
    rate=Decimal("0.05"),
    minimum_amount=Decimal("10.00"),
    maximum_amount=Decimal("50.00"),
)


def test_reminders_fall_three_days_before_and_one_seven_fourteen_after() -> None:
    assert list(reminder_dates(DUE).values()) == [
        date(2026, 2, 26), date(2026, 3, 2), date(2026, 3, 8), date(2026, 3, 15),
        date(2026, 3, 16),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("today", "issued_on", "expected"),
    [
        (date(2026, 2, 25), date(2026, 2, 1), None),
        (date(2026, 2, 26), date(2026, 2, 1), Reminder.SOON_DUE),
        (date(2026, 3, 1), date(2026, 3, 1), None),  # due on the day of issue: nothing before
        (date(2026, 3, 7), date(2026, 3, 1), Reminder.FIRST),
        (date(2026, 3, 8), date(2026, 3, 1), Reminder.SECOND),
        (date(2026, 5, 1), date(2026, 3, 1), Reminder.ESCALATION),
    ],
)
def test_the_latest_reminder_of_a_day(
    today: date, issued_on: date, expected: Reminder | None
) -> None:
    assert latest_reminder(DUE, issued_on, today) == expected


@pytest.mark.parametrize(
    ("overdue", "days", "expected"),
    [
        ("100.00", 5, "0.00"),  # the last day of grace
        ("100.00", 6, "10.00"),  # the minimum
        ("250.10", 6, "12.51"),  # half up
        ("5000.00", 6, "50.00"),  # the maximum
        ("0.00", 60, "0.00"),
    ],
)
def test_a_late_fee_is_a_share_between_two_bounds_after_the_grace(
    overdue: str, days: int, expected: str
) -> None:
    today = DUE + timedelta(days=days)
    assert fee(POLICY, Decimal(overdue), DUE, today) == Decimal(expected)


def test_without_a_policy_lateness_costs_nothing() -> None:
    assert fee(Terms(), Decimal(100), DUE, date(2027, 1, 1)) == 0


@given(
    net=st.decimals("1.00", "5000.00", places=2),
    cuts=st.lists(st.decimals("0.01", "0.99", places=2), max_size=4),
)
def test_the_credit_notes_of_an_invoice_take_back_its_taxes_exactly(
    net: Decimal, cuts: list[Decimal]
) -> None:
    lines = [
        {"code": code, "rate": rate, "base": str(net), "amount": str(cents(net * Decimal(rate)))}
        for code, rate in (("GST", "0.05"), ("QST", "0.09975"))
    ]
    taken, before = {"GST": Decimal(0), "QST": Decimal(0)}, Decimal(0)
    marks = sorted({cents(net * cut) for cut in cuts if cents(net * cut)} | {net})
    bases = {"GST": Decimal(0), "QST": Decimal(0)}
    for mark in marks:
        for line in taxes_of_credit(lines, taken, net, before, mark - before):
            assert line.tax_amount <= 0
            taken[line.code] -= line.tax_amount
            bases[line.code] -= line.base_amount
        before = mark
    assert taken == {line["code"]: Decimal(line["amount"]) for line in lines}
    assert set(bases.values()) == {net}
