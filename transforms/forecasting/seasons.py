"""Seasons and calendars of series, and what short ones borrow from the others: tasks to fit.

How a task is fitted is in `models`; what the columns of a calendar are is in `calendars`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
from numpy.typing import NDArray

from transforms.forecasting.calendars import (
    OPTIONAL,
    SEASON,
    WEEKDAYS,
    columns,
    harmonics,
)
from transforms.forecasting.effects import effect
from transforms.forecasting.models import Task
from transforms.forecasting.series import Array, Series

LONGEST = 24
"""Steps of a season that the models find themselves; a longer one is taken out by regression."""

GAIN = 0.005
"""By how much a kind of column has to lower the error of a backtest over all series."""

SAMPLE = 60
"""Series that such a backtest looks at."""

RECENT = 8
"""Points whose mean goes on in such a backtest: regressions are compared, not models."""


@dataclass(frozen=True)
class Prepared:
    """A task per series, and the kinds of calendar columns they have."""

    tasks: tuple[Task, ...]
    calendar: tuple[str, ...] = ()


def prepared(series: Sequence[Series], season: int, horizon: int, windows: int) -> Prepared:
    """The tasks of all series; those shorter than two seasons borrow the season of the others."""
    if season <= LONGEST:
        index = shared_index(series, season)
        return Prepared(tuple(_plain(each, season, horizon, windows, index) for each in series))
    long = [each for each in series if len(each.y) >= 2 * season]
    kinds = _chosen(long, horizon)
    borrowed = _borrowed(long, season, horizon, kinds)
    tasks = []
    for each in series:
        is_long = len(each.y) >= 2 * season
        index = None if is_long else borrowed.of(each, horizon)
        # Too short for a season, and nobody to borrow one from: the weekdays can still be known.
        own = kinds if is_long else tuple(kind for kind in kinds if kind == WEEKDAYS)
        design = None if index is not None else _design(each, season, horizon, own)
        tasks.append(Task(each.y, season, horizon, windows, index, design))
    return Prepared(tuple(tasks), kinds)


def shared_index(series: Sequence[Series], season: int) -> Array | None:
    """Seasonal factors of all long series together, by position modulo season, mean one.

    None without a season, or without a series of two seasons, or with one at or below zero.
    """
    long = [each for each in series if len(each.y) >= 2 * season]
    if season < 2 or not long:
        return None
    shares = []
    for each in long:
        whole = len(each.y) - len(each.y) % season
        seasons = each.y[-whole:].reshape(-1, season)
        if np.all(seasons.mean(axis=1) > 0):
            turn = int(each.positions[-whole]) % season
            shares.append(np.roll(seasons.sum(axis=0), turn))
    total = np.sum(shares, axis=0) if shares else np.zeros(season)
    return None if np.any(total <= 0) else total / total.mean()


def _plain(series: Series, season: int, horizon: int, windows: int, index: Array | None) -> Task:
    if index is None or len(series.y) >= 2 * season:
        return Task(series.y, season, horizon, windows)
    return Task(series.y, season, horizon, windows, index[_positions(series, horizon) % season])


def _positions(series: Series, horizon: int) -> NDArray[np.int64]:
    """Of the points, then of the points ahead."""
    return np.concatenate([series.positions, series.ahead(horizon)])


def _design(series: Series, season: int, horizon: int, kinds: Sequence[str]) -> Array | None:
    """The columns of a series' calendar; numbered steps and months have a season alone."""
    positions = _positions(series, horizon)
    if series.step.unit != "days":
        return harmonics(positions.tolist(), season) if SEASON in kinds else None
    points = cast(list[date], [series.step.point(int(each)) for each in positions])
    return columns(points, series.step.size, kinds) if kinds else None


def _chosen(long: Sequence[Series], horizon: int) -> tuple[str, ...]:
    """The kinds of columns that all series get: what a backtest over them speaks for."""
    daily = not long or all(each.step.unit == "days" and each.step.size == 1 for each in long)
    kinds: tuple[str, ...] = (SEASON, WEEKDAYS) if daily else (SEASON,)
    sample = [each for each in long if each.step.unit == "days"][:: max(1, len(long) // SAMPLE)]
    if not sample:
        return kinds
    designs = {
        kind: [_kind(each, horizon, kind) for each in sample] for kind in (*kinds, *OPTIONAL)
    }
    best = _loss(sample, horizon, [designs[kind] for kind in kinds])
    for kind in OPTIONAL:
        loss = _loss(sample, horizon, [designs[each] for each in (*kinds, kind)])
        if loss < (1 - GAIN) * best:
            best, kinds = loss, (*kinds, kind)
    return kinds


def _kind(series: Series, horizon: int, kind: str) -> Array:
    points = cast(list[date], [series.step.point(int(each)) for each in series.positions])
    return columns(points, series.step.size, (kind,))


def _loss(sample: Sequence[Series], horizon: int, designs: Sequence[Sequence[Array]]) -> float:
    """Mean absolute error over the last two horizons, against the mean of each series."""
    losses = []
    for series, *parts in zip(sample, *designs, strict=True):
        cut = len(series.y) - 2 * horizon
        past = series.y[:cut]
        calendar = effect(past, np.column_stack(parts))
        rest = calendar.take_out(past)[-RECENT * max(1, 7 // series.step.size) :]
        ahead = calendar.put_in(np.full(2 * horizon, float(np.mean(rest))))
        losses.append(np.mean(np.abs(series.y[cut:] - ahead)) / max(np.mean(np.abs(past)), 1e-9))
    return float(np.mean(losses))


@dataclass(frozen=True)
class _Borrowed:
    """Factors of all long series together, by position."""

    by: dict[int, float]

    def of(self, series: Series, horizon: int) -> Array | None:
        """The factors of one series' points, then of the points ahead; None if some are unknown."""
        positions = _positions(series, horizon).tolist()
        known = [self.by.get(position) for position in positions]
        return None if None in known else np.array(known, dtype=np.float64)


def _borrowed(long: Sequence[Series], season: int, horizon: int, kinds: Sequence[str]) -> _Borrowed:
    if not long:
        return _Borrowed({})
    longest = max(long, key=lambda each: len(each.y))
    alike = [each for each in long if each.last == longest.last]
    shortest = min(len(each.y) for each in alike)
    total = np.sum([each.y[-shortest:] for each in alike], axis=0)
    together = Series("", total, longest.step, longest.last)
    design = _design(together, season, horizon, kinds)
    if design is None or np.min(total) < 0 or not np.any(total):
        return _Borrowed({})
    by = effect(total, design).by
    return _Borrowed(dict(zip(_positions(together, horizon).tolist(), by.tolist(), strict=True)))
