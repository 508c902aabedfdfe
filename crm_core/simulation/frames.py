"""Columns from arrays: instants, days, money and choices as the database wants them.

What the arrays mean is the business of the modules that fill them.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crm_core.simulation.zones import DAY, Index, Seconds

NEVER = np.int64(2**60)
"""A time that does not come; like every time after the end, it is written as null."""

Cents = NDArray[np.int64]
Days = NDArray[np.int64]
Mask = NDArray[np.bool_]


def stream(seed: int, name: str) -> np.random.Generator:
    """The random numbers of one purpose: adding a purpose does not change the others."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def draw(rng: np.random.Generator, weights: NDArray[np.float64], count: int) -> Index:
    """`count` picks of 0..len(weights)-1 with the given probabilities."""
    return np.searchsorted(np.cumsum(weights)[:-1], rng.random(count), side="right")


def instants(seconds: Seconds, happened: Mask | None = None) -> pl.Series:
    """Seconds since 1970 as UTC timestamps without zone; null where it did not happen."""
    keep = seconds < NEVER if happened is None else happened
    stamps = (np.where(keep, seconds, 0) * 1000).astype("datetime64[ms]")
    return only(pl.Series(stamps), keep)


def days(numbers: Days, happened: Mask | None = None) -> pl.Series:
    """Days since 1970 as dates; null where it did not happen."""
    keep = numbers < NEVER // DAY if happened is None else happened
    dates = pl.Series(np.where(keep, numbers, 0).astype(np.int32)).cast(pl.Date)
    return only(dates, keep)


def money(cents: Cents, keep: Mask | None = None) -> pl.Series:
    """Whole cents as decimal(18,2)."""
    amounts = (pl.Series(cents).cast(pl.Decimal(20, 2)) / 100).cast(pl.Decimal(18, 2))
    return amounts if keep is None else only(amounts, keep)


def only(series: pl.Series, keep: Mask) -> pl.Series:
    """The series with null where `keep` is false."""
    return pl.select(pl.when(pl.Series(keep)).then(series)).to_series()


def choice(labels: Sequence[Any], picks: NDArray[Any], keep: Mask | None = None) -> pl.Series:
    """The label of each pick; null where `keep` is false."""
    chosen = pl.Series(labels).gather(picks)
    return chosen if keep is None else only(chosen, keep)


def gather(series: pl.Series, index: NDArray[Any]) -> pl.Series:
    """Values of `series` at `index`; null where the index is negative."""
    if len(series) == 0:
        return pl.Series([None] * len(index), dtype=series.dtype)
    return only(series.gather(np.maximum(index, 0)), index >= 0)


def latest(end: int, first: Seconds, later: list[Seconds]) -> Seconds:
    """The last of some instants that is not after `end`, at least `first`."""
    last = first
    for times in later:
        last = np.where(times <= end, np.maximum(last, times), last)
    return last


def ranks(groups: NDArray[np.int64], order: Seconds) -> NDArray[np.int64]:
    """Place of each row within its group by `order`, from 1; ties keep the order of the rows."""
    sorted_rows = np.lexsort((order, groups))
    ordered = groups[sorted_rows]
    starts = np.flatnonzero(np.diff(ordered, prepend=np.int64(-(2**62))))
    lengths = np.diff(starts, append=len(ordered))
    place = np.empty(len(groups), dtype=np.int64)
    place[sorted_rows] = np.arange(len(groups)) - np.repeat(starts, lengths) + 1
    return place


def numbered(prefix: str, day_numbers: Days, order: Seconds) -> tuple[pl.Series, dict[int, int]]:
    """Numbers such as INV-2026-000001 in the order of `order`, without gaps per year of the day.

    Returns the numbers and the last one of each year.
    """
    years = day_numbers.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    place = ranks(years, order)
    table = pl.DataFrame({"year": years, "place": place})
    text = table.select(
        pl.format(prefix + "-{}-{}", "year", pl.col("place").cast(pl.String).str.zfill(6)).alias(
            "number"
        )
    ).to_series()
    last = {int(year): int(place[years == year].max()) for year in np.unique(years)}
    return text, last
