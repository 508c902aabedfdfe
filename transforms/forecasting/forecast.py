"""Forecasts of a frame of series, with calibrated intervals; frames in, frames out.

Models of one series are in `models`; what is published is in `publish`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from transforms.forecasting.calibration import calibrated, factors
from transforms.forecasting.models import Fit, Task, fallback
from transforms.forecasting.parallel import PATIENCE, fit_all
from transforms.forecasting.series import Array, Series, Unusable, read_series

WINDOWS = 2
"""Windows held out, each as long as the horizon, to choose the model and to calibrate."""

BAND_COLUMNS = ("yhat", "lo_80", "hi_80", "lo_95", "hi_95")


class Store(Protocol):
    """Keeps fits by the content of their series."""

    def get(self, task: Task) -> Fit | None:
        """The fit of an equal task, if it was kept."""

    def put(self, task: Task, fit: Fit) -> None:
        """Keep a fit."""


@dataclass(frozen=True)
class Forecasts:
    """Forecasts, and every series that has none or not the best one, with the reason."""

    frame: pl.DataFrame
    """unique_id, ds, yhat, lo_80, hi_80, lo_95, hi_95, model; sorted by unique_id and ds."""
    unusable: tuple[Unusable, ...]
    too_slow: tuple[str, ...]
    """Ids that fell back to seasonal naive because time ran out."""
    factors: Mapping[int, float]
    """What the models' own widths were multiplied by, per level."""


def forecast_monthly(history: pl.DataFrame, horizon: int, season: int = 12) -> pl.DataFrame:
    """Forecasts of every usable series of a frame (unique_id, ds, y).

    Returns unique_id, ds, yhat, lo_80, hi_80, lo_95, hi_95, model, sorted. Series are left out by
    the rules of `series`; `forecast_series` says which and why. Forecasts of series that were
    never negative are not negative.
    """
    return forecast_series(history, horizon, season).frame


def forecast_series(
    history: pl.DataFrame,
    horizon: int,
    season: int = 12,
    *,
    store: Store | None = None,
    patience: float = PATIENCE,
) -> Forecasts:
    """As `forecast_monthly`, with what was left out, and with fits kept in `store`."""
    read = list(read_series(history))
    usable = [series for series in read if isinstance(series, Series)]
    unusable = tuple(series for series in read if isinstance(series, Unusable))
    index = shared_index(usable, season)
    tasks = [_task(series, season, horizon, index) for series in usable]
    fits, slow = _fits(tasks, store, patience)
    by = factors(fits)
    frames = [
        _frame(series, fit, calibrated(fit.band, by, bool(np.min(series.y) >= 0)))
        for series, fit in zip(usable, fits, strict=True)
    ]
    return Forecasts(
        frame=pl.concat(frames) if frames else _empty(history),
        unusable=unusable,
        too_slow=tuple(usable[number].id for number in slow),
        factors=by,
    )


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


def _task(series: Series, season: int, horizon: int, index: Array | None) -> Task:
    """A series shorter than two seasons borrows the season of the others."""
    if index is None or len(series.y) >= 2 * season:
        return Task(series.y, season, horizon, WINDOWS)
    positions = np.concatenate([series.positions, series.ahead(horizon)])
    return Task(series.y, season, horizon, WINDOWS, index[positions % season])


def _fits(
    tasks: Sequence[Task], store: Store | None, patience: float
) -> tuple[list[Fit], list[int]]:
    """The fit of every task, and the numbers of those that were too slow."""
    kept = [store.get(task) if store else None for task in tasks]
    missing = [number for number, fit in enumerate(kept) if fit is None]
    made = dict(zip(missing, fit_all([tasks[n] for n in missing], patience), strict=True))
    fits, slow = [], []
    for number, task in enumerate(tasks):
        found = kept[number] or made.get(number)
        if found is None:
            slow.append(number)
            found = fallback(task)
        elif store and kept[number] is None:
            store.put(task, found)
        fits.append(found)
    return fits, slow


def _frame(series: Series, fit: Fit, band: Array) -> pl.DataFrame:
    horizon = band.shape[1]
    return pl.DataFrame(
        {
            "unique_id": [series.id] * horizon,
            "ds": series.points_ahead(horizon),
            **{name: band[row] for row, name in enumerate(BAND_COLUMNS)},
            "model": [fit.model] * horizon,
        }
    )


def _empty(history: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "unique_id": pl.String,
            "ds": history.schema["ds"],
            **dict.fromkeys(BAND_COLUMNS, pl.Float64),
            "model": pl.String,
        }
    )
