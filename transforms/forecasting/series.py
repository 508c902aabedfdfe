"""Series made ready: sorted, evenly spaced, long enough, or left out with a reason.

Which model fits one is decided in `models`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from transforms.forecasting.steps import Point, Step, step_of

Array = NDArray[np.float64]

SHORTEST = 8
"""With fewer points there is no forecast."""

MOST_MISSING = 0.2
"""Share of missing points up to which gaps are filled on a straight line."""


@dataclass(frozen=True)
class Series:
    """One series without gaps on an even line of points."""

    id: str
    y: Array
    step: Step
    last: int
    """Position of the last point on the line."""

    @property
    def positions(self) -> NDArray[np.int64]:
        """Position of every point."""
        return np.arange(self.last - len(self.y) + 1, self.last + 1)

    def ahead(self, horizon: int) -> NDArray[np.int64]:
        """Positions of the points to forecast."""
        return np.arange(self.last + 1, self.last + 1 + horizon)

    def points_ahead(self, horizon: int) -> list[Point]:
        """The points to forecast."""
        return [self.step.point(int(position)) for position in self.ahead(horizon)]


@dataclass(frozen=True)
class Unusable:
    """A series without a forecast, and why."""

    id: str
    reason: str


def read_series(history: pl.DataFrame) -> Iterator[Series | Unusable]:
    """Every series of a frame (unique_id, ds, y), by id; ds is a date or a whole number.

    Values that are null or not finite count as missing.
    """
    if isinstance(history.schema["ds"], pl.Datetime):
        history = history.with_columns(pl.col("ds").dt.date())
    ordered = history.select("unique_id", "ds", pl.col("y").cast(pl.Float64)).sort(
        "unique_id", "ds", maintain_order=True
    )
    for (name,), frame in ordered.group_by("unique_id", maintain_order=True):
        yield _series(str(name), frame["ds"].to_list(), frame["y"].to_numpy())


def _series(name: str, points: list[Point], y: Array) -> Series | Unusable:
    if len(set(points)) < len(points):
        return Unusable(name, "two values for one date")
    known = np.isfinite(y)
    if known.sum() < SHORTEST:
        return Unusable(name, f"{known.sum()} values, at least {SHORTEST} are needed")
    first, last = np.flatnonzero(known)[[0, -1]]
    points, y, known = points[first : last + 1], y[first : last + 1], known[first : last + 1]
    step = step_of(points)
    places = [step.position(point) for point in points]
    if None in places:
        return Unusable(name, "its dates are not evenly spaced")
    positions = np.array(cast(list[int], places))
    span = np.arange(positions[0], positions[-1] + 1)
    missing = len(span) - int(known.sum())
    if missing > MOST_MISSING * len(span):
        return Unusable(name, f"{missing} of {len(span)} values are missing")
    whole = np.interp(span, positions[known], y[known])
    return Series(name, whole, step, int(span[-1]))
