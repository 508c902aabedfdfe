"""Prices, discounts, billing periods, occupancy and recurring rent, on their rules alone."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import BillingCycle, BookingStatus, StorageUnitStatus
from crm_core.services.storage.storage_arrears import may_enter
from crm_core.services.storage.storage_rules import (
    Period,
    Rental,
    Renter,
    best_discount,
    bridge,
    cycle_rate,
    mrr_by_rental,
    occupancy,
    period_from,
    rate_on,
)

BRANCH, ELSEWHERE = uuid4(), uuid4()
ON = date(2026, 4, 15)
MONTHLY, WEEKLY, DAILY = BillingCycle.MONTHLY, BillingCycle.WEEKLY, BillingCycle.DAILY


@dataclass(frozen=True)
class Policy:
    id: UUID
    location_id: UUID | None = None
    type: str = "SEASONAL"
    discount_type: str = "PERCENTAGE"
    rate: Decimal | None = Decimal("0.10")
    discount_amount: Decimal | None = None
    currency: str = "CAD"
    minimum_cycle_count: int | None = None
    minimum_unit_count: int | None = None
    valid_from_on: date = date(2026, 1, 1)
    valid_to_on: date | None = None
    is_active: bool = True


@dataclass(frozen=True)
class Change:
    effective_on: date
    new_amount: Decimal


TEN = Policy(uuid4())
RENTER = Renter(BRANCH, ON, Decimal("99.00"), "CAD")


@pytest.mark.parametrize(
    ("change", "renter", "amount"),
    [
        ({}, RENTER, "9.90"),
        ({"rate": Decimal("0.125")}, RENTER, "12.38"),
        ({"discount_type": "FIXED_AMOUNT", "discount_amount": Decimal(20)}, RENTER, "20"),
        ({"discount_type": "FIXED_AMOUNT", "discount_amount": Decimal(200)}, RENTER, "99.00"),
        ({"location_id": BRANCH}, RENTER, "9.90"),
        ({"location_id": ELSEWHERE}, RENTER, "0.00"),
        ({"valid_from_on": date(2026, 4, 16)}, RENTER, "0.00"),
        ({"valid_to_on": ON}, RENTER, "0.00"),
        ({"is_active": False}, RENTER, "0.00"),
        ({"currency": "USD"}, RENTER, "0.00"),
        ({"type": "LOYALTY", "minimum_cycle_count": 6}, RENTER, "0.00"),
        ({"type": "LOYALTY", "minimum_cycle_count": 6}, replace(RENTER, cycle_count=6), "9.90"),
        ({"type": "BULK", "minimum_unit_count": 3}, replace(RENTER, unit_count=2), "0.00"),
        ({"type": "BULK", "minimum_unit_count": 3}, replace(RENTER, unit_count=3), "9.90"),
    ],
)
def test_a_discount_applies_to_whom_its_policy_says(
    change: dict[str, object], renter: Renter, amount: str
) -> None:
    policy = replace(TEN, **change)  # type: ignore[arg-type]
    expected = policy.id if Decimal(amount) else None
    assert best_discount([policy], renter) == (expected, Decimal(amount))


def test_one_policy_counts_and_it_is_the_best() -> None:
    better = replace(TEN, id=uuid4(), rate=Decimal("0.20"))
    assert best_discount([TEN, better], RENTER) == (better.id, Decimal("19.80"))


@pytest.mark.parametrize(
    ("start_on", "cycle", "ends_on", "expected"),
    [
        (ON, MONTHLY, None, Period(ON, date(2026, 4, 30), Decimal(16) / 30)),
        (date(2026, 4, 1), MONTHLY, None, Period(date(2026, 4, 1), date(2026, 4, 30), Decimal(1))),
        (ON, MONTHLY, date(2026, 4, 21), Period(ON, date(2026, 4, 20), Decimal(6) / 30)),
        (ON, WEEKLY, None, Period(ON, date(2026, 4, 21), Decimal(1))),
        (ON, DAILY, None, Period(ON, ON, Decimal(1))),
    ],
)
def test_a_period_ends_with_the_month_the_week_or_the_rental(
    start_on: date, cycle: BillingCycle, ends_on: date | None, expected: Period
) -> None:
    assert period_from(start_on, cycle, ends_on) == expected


def test_a_new_rent_counts_from_its_day() -> None:
    told = [Change(date(2026, 6, 1), Decimal(120)), Change(date(2026, 9, 1), Decimal(110))]
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 12, 1)]
    assert [rate_on(Decimal(99), told, day) for day in days] == [99, 120, 110]


def test_rent_of_other_cycles_is_that_of_a_mean_month() -> None:
    assert cycle_rate(Decimal("121.75"), WEEKLY) == Decimal("28.00")
    rentals = [
        Rental(uuid4(), ON, None, WEEKLY, Decimal("28.00")),
        Rental(uuid4(), ON, None, DAILY, Decimal("4.00")),
        Rental(uuid4(), ON, ON + timedelta(days=3), MONTHLY, Decimal("99.00"), Decimal("9.00")),
    ]
    assert sorted(mrr_by_rental(rentals, ON).values()) == [90, Decimal("121.75"), Decimal("121.75")]
    assert len(mrr_by_rental(rentals, ON + timedelta(days=3))) == 2
    assert mrr_by_rental(rentals, ON - timedelta(days=1)) == {}


AMOUNTS = st.dictionaries(st.integers(0, 9), st.decimals("0.00", "500.00", places=2))


@given(before=AMOUNTS, after=AMOUNTS)
def test_the_bridge_of_recurring_rent_is_exact(
    before: dict[int, Decimal], after: dict[int, Decimal]
) -> None:
    b = bridge(before, after)
    assert b.opening + b.new + b.expansion - b.contraction - b.churn == b.closing
    assert b.closing == sum(after.values())
    assert min(b) >= 0


def test_units_out_of_service_are_not_rentable() -> None:
    status = StorageUnitStatus
    held = [status.OCCUPIED] * 9 + [status.RESERVED, status.OUT_OF_SERVICE]
    full = occupancy(held)
    assert (full.occupied, full.rentable, full.out_of_service) == (9, 10, 1)
    assert full.is_full
    assert not occupancy([*held, status.MAINTENANCE]).is_full
    assert occupancy([status.OUT_OF_SERVICE]).share is None


@pytest.mark.parametrize(
    ("status", "late_since", "expected"),
    [
        (BookingStatus.ACTIVE, None, True),
        (BookingStatus.OVERDUE, ON - timedelta(days=6), True),
        (BookingStatus.OVERDUE, ON - timedelta(days=7), False),
        (BookingStatus.PENDING, None, False),
        (BookingStatus.COMPLETED, None, False),
    ],
)
def test_who_is_behind_for_a_week_does_not_get_in(
    status: BookingStatus, late_since: date | None, expected: bool
) -> None:
    assert may_enter(status, late_since, ON) is expected
