"""What becomes of odd series: a stated outcome each."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transforms.forecasting.company import SEASON, months
from transforms.forecasting.series import Series, Unusable, read_series
from transforms.forecasting.steps import step_of


def monthly(y: list[float | None], first: date = date(2023, 1, 1)) -> pl.DataFrame:
    return pl.DataFrame(
        {"unique_id": "a", "ds": months(first, len(y)), "y": y}, schema_overrides={"y": pl.Float64}
    )


def only(frame: pl.DataFrame) -> Series | Unusable:
    (found,) = read_series(frame)
    return found


@pytest.mark.parametrize(
    ("y", "reason"),
    [
        ([1.0], "1 values, at least 8 are needed"),
        ([1.0] * 7, "7 values, at least 8 are needed"),
        ([None] * 20, "0 values"),
        ([float("nan")] * 5 + [1.0] * 6, "6 values"),
        ([1.0, *[None] * 5, *[2.0] * 10], "5 of 16 values are missing"),
    ],
)
def test_too_little_is_known(y: list[float | None], reason: str) -> None:
    found = only(monthly(y))
    assert isinstance(found, Unusable)
    assert reason in found.reason


def test_two_values_for_one_date() -> None:
    twice = pl.concat([monthly([1.0] * 9), monthly([2.0])])
    assert only(twice) == Unusable("a", "two values for one date")


def test_uneven_dates() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in (0, 7, 14, 21, 28, 35, 42, 44)]
    frame = pl.DataFrame({"unique_id": "a", "ds": days, "y": [1.0] * 8})
    assert only(frame) == Unusable("a", "its dates are not evenly spaced")


def test_gaps_and_values_that_are_no_numbers_lie_on_a_straight_line() -> None:
    found = only(monthly([1.0, None, 3.0, float("inf"), 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, None]))
    assert isinstance(found, Series)
    assert found.y.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    assert found.points_ahead(2) == [date(2023, 11, 1), date(2023, 12, 1)]


def test_months_that_are_not_there_at_all_are_gaps_too() -> None:
    found = only(monthly([float(n) for n in range(12)]).filter(pl.col("y") != 5))
    assert isinstance(found, Series)
    assert found.y.tolist() == [float(n) for n in range(12)]


def test_order_does_not_matter() -> None:
    frame = monthly([float(n) for n in range(12)])
    left, right = only(frame), only(frame.reverse())
    assert isinstance(left, Series) and isinstance(right, Series)
    assert left.y.tolist() == right.y.tolist()


@pytest.mark.parametrize(
    ("points", "following"),
    [
        ([date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)], date(2026, 4, 30)),
        ([date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)], date(2026, 10, 1)),
        ([date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)], date(2026, 1, 26)),
        ([date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)], date(2026, 2, 2)),
        ([10, 20, 30], 40),
        ([1, 2, 3], 4),
    ],
)
def test_the_line_goes_on(points: list[date | int], following: date | int) -> None:
    step = step_of(points)
    places = [step.position(point) for point in points]
    assert places[0] is not None
    assert places == list(range(places[0], places[0] + 3))
    assert step.point(places[0] + 3) == following


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(2, 40))
def test_points_and_places_are_inverse(first: date, count: int) -> None:
    points: list[date | int] = list(months(first, count))
    step = step_of(points)
    places = [step.position(point) for point in points]
    assert [step.point(place) for place in places if place is not None] == points


def test_the_season_of_the_others_has_the_right_months() -> None:
    from transforms.forecasting.seasons import shared_index

    july_first = only(monthly((100 * np.roll(SEASON, -6)).tolist() * 3, date(2023, 7, 1)))
    assert isinstance(july_first, Series)
    index = shared_index([july_first], 12)
    assert index is not None
    january = (2026 * 12) % 12  # positions count months, January of any year is 0 modulo 12
    assert index[january] == pytest.approx(SEASON[0] / SEASON.mean())
    assert index[6] == pytest.approx(SEASON[6] / SEASON.mean())
