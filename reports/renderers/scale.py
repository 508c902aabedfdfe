"""Axis arithmetic: round ticks, and places on paper for values.

Works in floats: only positions come out of here, never a figure that anyone reads.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A straight map from values to places: `low`..`high` to `start`..`start + length`."""

    low: float
    high: float
    start: float
    length: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Where a value stands."""
        return self.start + (value - self.low) / (self.high - self.low) * self.length


def scale(values: Sequence[float], start: float, length: float, *, count: int = 5) -> Scale:
    """A scale with about `count` round ticks that holds every value, and zero where it is near.

    Bars need zero; lines of a far-off range would be flat with it, so zero is kept only while
    the values use at least a third of the height.
    """
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low == high or 0 < low < high * 2 / 3:
        low = min(low, 0.0)
    if high < 0:
        high = 0.0
    if low == high:
        high = low + 1.0
    step = _step((high - low) / max(count - 1, 1))
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(round(index * step, 10) for index in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], start, length, ticks)


def _step(rough: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        if rough <= factor * power * (1 + 1e-9):
            return factor * power
    return 10.0 * power


def spread(count: int, room: float, width: float) -> int:
    """Every how many labels one fits, when each takes `width` of `room`."""
    if count == 0:
        return 1
    return max(1, math.ceil(count * width / max(room, width)))
