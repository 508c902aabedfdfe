"""Calendars of evenly spaced dates as columns: season, weekdays, holidays, month end, 1 July.

What a column does to a series is learned in `effects`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np

from transforms.forecasting.series import Array

YEAR = 365.25
HARMONICS = 4
SEASON, WEEKDAYS, HOLIDAYS, MONTH_END, JULY_FIRST = (
    "season",
    "weekdays",
    "holidays",
    "month end",
    "1 July",
)
OPTIONAL = (HOLIDAYS, MONTH_END, JULY_FIRST)
"""Kinds of columns that a backtest has to speak for."""


@cache
def holidays(year: int) -> frozenset[date]:
    """Days off in every province, as the warehouse's calendar has them."""
    labour = next(day for n in range(1, 8) if (day := date(year, 9, n)).weekday() == 0)
    return frozenset(
        {date(year, 1, 1), easter(year) - timedelta(days=2), date(year, 7, 1), labour,
         date(year, 12, 25)}
    )  # fmt: skip


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def columns(points: Sequence[date], days: int, kinds: Sequence[str]) -> Array:
    """The columns of these kinds for periods of `days` days that begin at the points."""
    made = [_COLUMNS[kind](points, days) for kind in kinds]
    return np.column_stack(made) if made else np.empty((len(points), 0))


def harmonics(positions: Sequence[float], season: float, count: int = HARMONICS) -> Array:
    """Sines and cosines of a season that is `season` steps long."""
    turns = 2 * np.pi * np.asarray(positions, dtype=np.float64) / season
    return np.column_stack([f(k * turns) for k in range(1, count + 1) for f in (np.sin, np.cos)])


def _season(points: Sequence[date], days: int) -> Array:
    return harmonics([point.toordinal() + days / 2 for point in points], YEAR)


def _weekdays(points: Sequence[date], days: int) -> Array:
    weekday = np.array([point.weekday() for point in points])
    marks: Array = (weekday[:, None] == np.arange(6)[None, :]).astype(np.float64)
    marks[weekday == 6] = -1.0
    return marks


def _is_month_end(day: date) -> bool:
    """The last two days of a month, when leases end, and the first, when they begin."""
    return (day + timedelta(days=2)).month != day.month or day.day == 1


def _is_around_july_first(day: date) -> bool:
    """The days on which Quebec moves house."""
    return date(day.year, 6, 28) <= day <= date(day.year, 7, 2)


def _days(is_special: Callable[[date], bool]) -> Callable[[Sequence[date], int], Array]:
    """How many days of a period are special."""

    def count(points: Sequence[date], days: int) -> Array:
        counts = [sum(is_special(p + timedelta(days=n)) for n in range(days)) for p in points]
        return np.array(counts, dtype=np.float64)[:, None]

    return count


_COLUMNS: Mapping[str, Callable[[Sequence[date], int], Array]] = {
    SEASON: _season,
    WEEKDAYS: _weekdays,
    HOLIDAYS: _days(lambda day: day in holidays(day.year)),
    MONTH_END: _days(_is_month_end),
    JULY_FIRST: _days(_is_around_july_first),
}
