"""Effects of the calendar: learned from dates, taken out, and put in again."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from holidays import country_holidays

from transforms.forecasting.calendars import HOLIDAYS, SEASON, WEEKDAYS, columns, holidays
from transforms.forecasting.effects import effect
from transforms.forecasting.seasons import prepared
from transforms.forecasting.series import Series, read_series

FIRST = date(2024, 1, 1)


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(count)]


def read(frame: pl.DataFrame) -> list[Series]:
    return [each for each in read_series(frame) if isinstance(each, Series)]


@pytest.mark.parametrize("year", range(2020, 2032))
def test_holidays_are_those_of_the_whole_country(year: int) -> None:
    assert holidays(year) == set(country_holidays("CA", years=year, observed=False))


def test_weekdays_and_holidays_are_found_and_go_on() -> None:
    points = days(730 + 28)
    rng = np.random.default_rng(1)
    weekday = np.array([0.8, 0.8, 0.9, 1.0, 1.4, 1.7, 0.4])
    off = np.array([0.25 if day in holidays(day.year) else 1.0 for day in points])
    mean = 40 * weekday[[day.weekday() for day in points]] * off
    y = rng.poisson(mean[:730]).astype(float)
    found = effect(y, columns(points, 1, (SEASON, WEEKDAYS, HOLIDAYS)))
    assert found.is_factor
    ahead = found.put_in(np.full(28, float(np.mean(found.take_out(y)[-60:]))))
    assert ahead == pytest.approx(mean[730:], abs=4)


def test_series_of_both_signs_have_effects_that_are_added() -> None:
    points = days(400)
    wave = np.array([10.0 if day.weekday() == 5 else -2.0 for day in points])
    found = effect(wave[:380], columns(points, 1, (WEEKDAYS,)))
    assert not found.is_factor
    assert found.put_in(np.zeros(20)) == pytest.approx(wave[380:] - wave[:380].mean(), abs=1.5)


def test_nothing_at_all_has_no_effects() -> None:
    found = effect(np.zeros(50), columns(days(60), 1, (WEEKDAYS,)))
    assert found.take_out(np.zeros(50)).tolist() == [0.0] * 50


def test_a_kind_of_day_is_used_where_the_backtest_speaks_for_it() -> None:
    points = days(1000)
    rng = np.random.default_rng(2)
    closed = np.array([0.05 if day in holidays(day.year) else 1.0 for day in points])
    plain, moved = rng.poisson(30, 1000).astype(float), rng.poisson(200 * closed).astype(float)

    def kinds(y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[str, ...]:
        frame = pl.DataFrame({"unique_id": "a", "ds": points, "y": y})
        return prepared(read(frame), 364, 200, 2).calendar

    assert HOLIDAYS in kinds(moved)
    assert HOLIDAYS not in kinds(plain)


def test_a_young_series_of_weeks_borrows_the_year_of_the_others() -> None:
    mondays = [date(2022, 1, 3) + timedelta(weeks=n) for n in range(160)]
    turn = 2 * np.pi * np.array([day.timetuple().tm_yday for day in mondays]) / 365.25
    old = 50 * (1 + 0.5 * np.sin(turn))
    frame = pl.concat(
        [
            pl.DataFrame({"unique_id": "old", "ds": mondays, "y": old}),
            pl.DataFrame({"unique_id": "young", "ds": mondays[-30:], "y": old[-30:] / 5}),
        ]
    )
    old_task, young_task = prepared(read(frame), 52, 8, 2).tasks
    assert old_task.index is None and old_task.design is not None
    assert young_task.design is None and young_task.index is not None
    flat = young_task.y / young_task.index[:30]
    assert np.std(flat) / np.mean(flat) < 0.05
