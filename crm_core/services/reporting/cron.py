"""Cron lines of five fields, as the days and wall-clock times that they name; pure.

Zones and instants belong to `report_schedule`.
"""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Final, Self

from crm_core.errors import InvalidInput

_MONTHS: Final = (
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
)  # fmt: skip
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: Final = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_PART: Final = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")
_LONGEST_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Cron:
    """A parsed line. Where both kinds of day are restricted, either is enough, as in cron."""

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """Monday is 0."""
    is_either: bool

    @classmethod
    def of(cls, line: str) -> Self:
        """Raises `InvalidInput` that names the field which cannot be understood."""
        fields = line.split()
        if len(fields) != len(_FIELDS):
            raise _refused(line, "five fields: minute, hour, day of month, month, day of week")
        minutes, hours, days, months, weekdays = (
            _values(line, text, *field) for text, field in zip(fields, _FIELDS, strict=True)
        )
        made = cls(
            tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)),
            days,
            months,
            frozenset((day - 1) % 7 for day in weekdays),
            not (fields[2].startswith("*") or fields[4].startswith("*")),
        )
        if not made.is_either and min(days) > max(_LONGEST_MONTH[m - 1] for m in months):
            raise _refused(line, "no month has that day")
        return made

    def falls_on(self, day: date) -> bool:
        """Whether the line names the day."""
        if day.month not in self.months:
            return False
        is_day, is_weekday = day.day in self.days, day.weekday() in self.weekdays
        return is_day or is_weekday if self.is_either else is_day and is_weekday


def _values(
    line: str, text: str, name: str, least: int, most: int, words: tuple[str, ...]
) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        matched = _PART.fullmatch(part)
        if matched is None:
            raise _refused(line, f"{name} {part!r} is none of *, 5, 1-5, */15, a list of those")
        star, first, last, step = matched.groups()
        start = least if star else _number(line, first, name, least, most, words)
        if last is not None:
            end = _number(line, last, name, least, most, words)
        else:
            end = most if star or step else start
        if start > end or (step is not None and int(step) == 0):
            raise _refused(line, f"{name} {part!r} names nothing")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(line: str, text: str, name: str, least: int, most: int, words: tuple[str, ...]) -> int:
    if text.upper() in words:
        return words.index(text.upper()) + least
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise _refused(line, f"{name} {text!r} is not between {least} and {most}")
    return int(text)


def _refused(line: str, reason: str) -> InvalidInput:
    return InvalidInput("schedule", f"cron line {line!r}: {reason}")
