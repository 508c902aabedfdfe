"""Why a figure moved: calendar, volume, branch, mix and rate, adding up to the move exactly.

Pure arithmetic over two periods of cells; which figures and periods are taken is in `publish`, and
words for people in `sentence`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from math import factorial

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]

EFFECTS = ("calendar", "volume", "branch", "mix", "rate")
"""More or fewer days that count; more or less work on such a day; its shift between branches;
between kinds of work within a branch; and what a unit of work brings."""

CALENDAR, VOLUME, BRANCH, MIX, RATE = range(5)


@dataclass(frozen=True)
class Move:
    """A move of a figure, and what it is made of."""

    before: Decimal
    after: Decimal
    effects: Mapping[str, Decimal]
    """By name of `EFFECTS`; they add up to the change."""
    parts: pl.DataFrame
    """branch, segment, and a column (float) per effect, adding up to it but for rounding."""

    @property
    def change(self) -> Decimal:
        """After less before."""
        return self.after - self.before

    @property
    def ranked(self) -> list[tuple[str, Decimal]]:
        """The effects, the largest first."""
        return sorted(self.effects.items(), key=lambda each: (-abs(each[1]), each[0]))


def decompose(
    cells: pl.DataFrame,
    days: tuple[float, float] = (1.0, 1.0),
    *,
    is_ratio: bool = False,
    places: int = 2,
) -> Move:
    """The move of Σ value, or of Σ value ÷ Σ volume where it is a ratio.

    `cells` has a row per branch and segment (branch, segment, volume_0, value_0, volume_1,
    value_1), zero where there was nothing; `days` says how much work the calendar of each period
    invites. Effects are averages over all orders in which the five could have changed (Shapley),
    so that none is favoured, rounded to `places` with what is left given to the largest. A ratio
    has neither a volume nor a calendar effect.
    """
    numbers = {
        name: cells[name].cast(pl.Float64).fill_null(0.0).to_numpy()
        for name in ("volume_0", "value_0", "volume_1", "value_1")
    }
    periods = [_Period.of(cells, numbers, at, days[at]) for at in (0, 1)]
    periods = _filled(periods)
    if is_ratio:
        periods = [each.as_ratio() for each in periods]
    before, after = (_exact(cells, at, is_ratio, places) for at in (0, 1))
    raw = _shapley(periods)
    parts = cells.select("branch", "segment").with_columns(
        pl.Series(name, raw[number]) for number, name in enumerate(EFFECTS)
    )
    effects = _rounded(raw.sum(axis=1), after - before, places)
    return Move(before, after, dict(zip(EFFECTS, effects, strict=True)), parts)


@dataclass(frozen=True)
class _Period:
    """One period as factors of each cell: their product is its value, but for `loose`."""

    days: float
    daily: float
    """All work on a day that counts."""
    share: Array
    """Of the cell's branch in the work; not a number without any work."""
    mix: Array
    """Of the cell in its branch's work; not a number where the branch had none."""
    rate: Array
    """Not a number where the cell had no work."""
    loose: Array
    """Value without work."""

    @classmethod
    def of(
        cls, cells: pl.DataFrame, numbers: Mapping[str, Array], at: int, days: float
    ) -> "_Period":
        volume, value = numbers[f"volume_{at}"], numbers[f"value_{at}"]
        keys = cells["branch"].rank("dense").to_numpy().astype(np.intp) - 1
        branch = np.bincount(keys, weights=volume, minlength=1)[keys] if len(keys) else volume
        total = float(volume.sum())
        usable = days if days > 0 else 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            return cls(
                days=usable,
                daily=total / usable,
                share=np.where(total != 0, branch / total, np.nan),
                mix=np.where(branch != 0, volume / branch, np.nan),
                rate=np.where(volume != 0, value / volume, np.nan),
                loose=np.where(volume != 0, 0.0, value),
            )

    def as_ratio(self) -> "_Period":
        """The same with one unit of work: a ratio knows neither days nor volume."""
        total = self.daily * self.days
        with np.errstate(divide="ignore", invalid="ignore"):
            loose = np.where(total != 0, self.loose / total, 0.0)
        return _Period(1.0, 1.0 if total != 0 else 0.0, self.share, self.mix, self.rate, loose)


def _filled(periods: Sequence[_Period]) -> list[_Period]:
    """What one period cannot tell (a rate without work) is as in the other."""

    def either(own: Array, others: Array) -> Array:
        return np.nan_to_num(np.where(np.isfinite(own), own, others))

    return [
        replace(
            mine,
            share=either(mine.share, other.share),
            mix=either(mine.mix, other.mix),
            rate=either(mine.rate, other.rate),
        )
        for mine, other in (tuple(periods), tuple(reversed(periods)))
    ]


@cache
def _weights(factors: int) -> tuple[float, ...]:
    """How often a factor changes after so many others, over all orders."""
    whole = factorial(factors)
    return tuple(
        factorial(before) * factorial(factors - before - 1) / whole for before in range(factors)
    )


def _shapley(periods: Sequence[_Period]) -> Array:
    """(effects, cells): each factor's mean contribution over the orders of change."""
    factors = [
        [np.asarray(getattr(period, name)) for period in periods]
        for name in ("days", "daily", "share", "mix", "rate")
    ]
    count = len(factors)

    def value(subset: int) -> Array:
        made: Array = np.asarray(periods[subset >> RATE & 1].loose)
        product: Array = np.asarray(1.0)
        for number, pair in enumerate(factors):
            product = product * pair[subset >> number & 1]
        return made + product

    values = [value(subset) for subset in range(1 << count)]
    weights = _weights(count)
    effects = np.zeros((count, len(periods[0].loose)))
    for number in range(count):
        for subset in range(1 << count):
            if not subset >> number & 1:
                gained = values[subset | 1 << number] - values[subset]
                effects[number] += weights[subset.bit_count()] * gained
    return effects


def _exact(cells: pl.DataFrame, at: int, is_ratio: bool, places: int) -> Decimal:
    """The figure of a period, summed exactly and rounded half up at the end."""
    value = sum(map(_decimal, cells[f"value_{at}"]), Decimal(0))
    if is_ratio:
        volume = sum(map(_decimal, cells[f"volume_{at}"]), Decimal(0))
        value = value / volume if volume else Decimal(0)
    return half_up(value, places)


def _decimal(value: object) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))


def half_up(value: Decimal, places: int) -> Decimal:
    """Rounded half up to so many places."""
    return value.quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP")


def _rounded(effects: Array, change: Decimal, places: int) -> list[Decimal]:
    """The effects on so many places; what rounding leaves of the change goes to the largest."""
    rounded = [half_up(Decimal(repr(float(each))), places) for each in effects]
    largest = max(range(len(rounded)), key=lambda number: abs(rounded[number]))
    rounded[largest] += change - sum(rounded, Decimal(0))
    return rounded
