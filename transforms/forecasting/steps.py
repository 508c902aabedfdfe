"""The line of points a series stands on: months, days or plain numbers, evenly spaced; pure.

What is done about points that are missing is decided in `series`.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

Point = date | int


@dataclass(frozen=True)
class Step:
    """Evenly spaced points: every `size` months, days or numbers, through `anchor`."""

    unit: str
    """months, month_ends, days or numbers."""
    size: int
    anchor: int

    def position(self, point: Point) -> int | None:
        """The place of a point on the line; neighbours differ by one. None when it is not on it."""
        place, rest = divmod(_number(point, self.unit) - self.anchor, self.size)
        return None if rest else place

    def point(self, position: int) -> Point:
        """The point at a place: the inverse of `position`."""
        number = position * self.size + self.anchor
        if self.unit == "numbers":
            return number
        if self.unit == "days":
            return date.fromordinal(number)
        year, month = number // 12, number % 12 + 1
        return date(year, month, monthrange(year, month)[1] if self.unit == "month_ends" else 1)


def step_of(points: Sequence[Point]) -> Step:
    """The line through most of the sorted `points`; at least two of them."""
    unit = _unit(points)
    numbers = [_number(point, unit) for point in points]
    distances = Counter(right - left for left, right in pairwise(numbers) if right > left)
    size = distances.most_common(1)[0][0] if distances else 1
    places = Counter(number % size for number in numbers)
    return Step(unit, size, places.most_common(1)[0][0])


def _unit(points: Sequence[Point]) -> str:
    days = [point for point in points if isinstance(point, date)]
    if not days:
        return "numbers"
    if all(day.day == 1 for day in days):
        return "months"
    if all(day.day == monthrange(day.year, day.month)[1] for day in days):
        return "month_ends"
    return "days"


def _number(point: Point, unit: str) -> int:
    if isinstance(point, int):
        return point
    return point.toordinal() if unit == "days" else point.year * 12 + point.month - 1
