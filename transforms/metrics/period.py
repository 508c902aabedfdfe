"""Periods of whole days: named, parsed, compared and cut into buckets; pure.

Which day it is where (a branch's business date) is an argument; the clock is read elsewhere.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from babel.dates import format_date, format_interval, format_skeleton

from transforms.metrics.errors import UnknownPeriod


class Grain(StrEnum):
    """Lengths of time buckets; weeks are ISO weeks and start on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def order(self) -> int:
        """Coarser grains have higher numbers."""
        return list(Grain).index(self)


FIRST_YEAR, LAST_YEAR = 1900, 2199
MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def floor(day: date, grain: Grain) -> date:
    """The first day of the bucket that holds `day`."""
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        case Grain.YEAR:
            return date(day.year, 1, 1)


def shift(start: date, grain: Grain, count: int) -> date:
    """The first day of a bucket moved by `count` buckets of its grain."""
    if grain in MONTHS:
        return _add_months(start, MONTHS[grain] * count)
    return start + timedelta(days=count * (7 if grain is Grain.WEEK else 1))


def _add_months(day: date, count: int) -> date:
    """The same day of the month `count` months on, or that month's last day."""
    index = day.year * 12 + day.month - 1 + count
    first = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


@dataclass(frozen=True, order=True)
class Period:
    """Days from `start` up to, not including, `end`; never empty.

    `within` marks a running part of a unit (month to date): it is compared with the same part of
    an earlier unit. Raises `UnknownPeriod` when empty.
    """

    start: date
    end: date
    within: Grain | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise UnknownPeriod(f"the period from {self.start} to {self.end} is empty")
        if self.start.year < FIRST_YEAR or self.end.year > LAST_YEAR:
            raise UnknownPeriod(f"the year {self.start.year} is outside {FIRST_YEAR}-{LAST_YEAR}")

    @property
    def last(self) -> date:
        """The last day that is in the period."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    @property
    def unit(self) -> Grain | None:
        """The grain of which this is exactly one bucket, if any."""
        for grain in Grain:
            if self.start == floor(self.start, grain) and self.end == shift(self.start, grain, 1):
                return grain
        return None

    @property
    def months(self) -> int | None:
        """Length in months when it is made of whole calendar months."""
        if self.start.day != 1 or self.end.day != 1:
            return None
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def previous(self) -> "Period":
        """The period of the same length, in its own unit, right before.

        A running part of a unit is compared with the same part of the unit before.
        """
        if self.within is not None:
            return self._part_of(shift(self.start, self.within, -1), self.within)
        if self.months is not None:
            return Period(_add_months(self.start, -self.months), self.start)
        return Period(self.start - timedelta(days=self.days), self.start)

    def last_year(self) -> "Period":
        """The same period a year earlier.

        Whole months: the same months. Whole ISO weeks: the weeks of the same numbers (week 53
        becomes 52 where that year has none). Anything else: the same calendar dates.
        """
        if self.within is Grain.WEEK:
            return self._part_of(_iso_last_year(self.start), self.within)
        if self.within is not None:
            return self._part_of(_add_months(self.start, -12), self.within)
        if self.months is not None:
            return Period(_add_months(self.start, -12), _add_months(self.end, -12))
        if self.start.weekday() == 0 and self.days % 7 == 0:
            start = _iso_last_year(self.start)
            return Period(start, start + timedelta(days=self.days))
        last = _add_months(self.last, -12)
        return Period(_add_months(self.start, -12), last + timedelta(days=1))

    def _part_of(self, start: date, grain: Grain) -> "Period":
        end = min(start + timedelta(days=self.days), shift(start, grain, 1))
        return Period(start, end, grain)

    def buckets(self, grain: Grain) -> "list[Period]":
        """The whole buckets that the period touches, in order; the ends may lie outside it."""
        found = []
        start = floor(self.start, grain)
        while start < self.end:
            following = shift(start, grain, 1)
            found.append(Period(start, following))
            start = following
        return found

    def label(self, locale: str = "en-CA") -> str:
        """The period in words: October 2026, Week 46, 2026, T3 2026, a range of days."""
        french = locale.startswith("fr")
        name = locale.replace("-", "_")
        match self.unit:
            case Grain.DAY:
                return format_date(self.start, "long", locale=name)
            case Grain.WEEK:
                year, week, _ = self.start.isocalendar()
                return f"{'Semaine' if french else 'Week'} {week}, {year}"
            case Grain.MONTH:
                return format_skeleton("yMMMM", self.start, locale=name)
            case Grain.QUARTER:
                quarter = (self.start.month + 2) // 3
                return f"{'T' if french else 'Q'}{quarter} {self.start.year}"
            case Grain.YEAR:
                return str(self.start.year)
            case None:
                text = format_interval(self.start, self.last, "yMMMd", locale=name)
                return text.replace("\u2009", "\u00a0").replace("\u202f", "\u00a0")

    def __str__(self) -> str:
        return f"{self.start}..{self.last}"


def _iso_last_year(monday: date) -> date:
    year, week, _ = monday.isocalendar()
    try:
        return date.fromisocalendar(year - 1, week, 1)
    except ValueError:
        return date.fromisocalendar(year - 1, 52, 1)


_FIXED: dict[str, Callable[[re.Match[str]], Period]] = {
    r"(\d{4})": lambda m: _one(date(int(m[1]), 1, 1), Grain.YEAR),
    r"(\d{4})-Q([1-4])": lambda m: _one(date(int(m[1]), int(m[2]) * 3 - 2, 1), Grain.QUARTER),
    r"(\d{4})-(\d{2})": lambda m: _one(date(int(m[1]), int(m[2]), 1), Grain.MONTH),
    r"(\d{4})-W(\d{2})": lambda m: _one(date.fromisocalendar(int(m[1]), int(m[2]), 1), Grain.WEEK),
    r"(\d{4}-\d{2}-\d{2})": lambda m: _one(date.fromisoformat(m[1]), Grain.DAY),
    r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})": lambda m: Period(
        date.fromisoformat(m[1]), date.fromisoformat(m[2]) + timedelta(days=1)
    ),
}
_RUNNING = re.compile(r"(this|last)_(week|month|quarter|year)|(week|month|quarter|year)_to_date")
_COUNTED = re.compile(r"(trailing|next)_(\d{1,4})_(day|week|month|quarter|year)s?")

PERIOD_HELP = (
    "use today, yesterday, this_ or last_ week, month, quarter, year (as in last_week), "
    "month_to_date, trailing_12_months, next_6_months, 2026, 2026-Q3, 2026-10, 2026-W46, "
    "2026-10-15 or 2026-10-01..2026-10-31 (last day included)"
)


def parse_period(text: str, as_of_on: date) -> Period:
    """The period that `text` names, seen from the day `as_of_on`; raises `UnknownPeriod`.

    `this_month` is the whole month, ended or not; `month_to_date` ends with `as_of_on`. Trailing
    units end before the unit now running, and next units begin with it, so that history and
    forecast meet without a gap.
    """
    word = text.strip()
    try:
        for pattern, make in _FIXED.items():
            if found := re.fullmatch(pattern, word):
                return make(found)
        return _relative(word.lower(), as_of_on)
    except (ValueError, OverflowError) as error:
        raise UnknownPeriod(f"no period {text!r} ({error}): {PERIOD_HELP}") from error


def _relative(word: str, as_of_on: date) -> Period:
    if word in ("today", "yesterday"):
        return _one(as_of_on - timedelta(days=word == "yesterday"), Grain.DAY)
    if found := _RUNNING.fullmatch(word):
        if found[3]:
            grain = Grain(found[3])
            return Period(floor(as_of_on, grain), as_of_on + timedelta(days=1), grain)
        grain = Grain(found[2])
        start = floor(as_of_on, grain)
        return _one(shift(start, grain, -1) if found[1] == "last" else start, grain)
    if (found := _COUNTED.fullmatch(word)) and int(found[2]) > 0:
        grain, count = Grain(found[3]), int(found[2])
        now = floor(as_of_on, grain)
        if found[1] == "trailing":
            return Period(shift(now, grain, -count), now)
        return Period(now, shift(now, grain, count))
    raise UnknownPeriod(f"no period {word!r}: {PERIOD_HELP}")


def _one(start: date, grain: Grain) -> Period:
    return Period(start, shift(start, grain, 1))
