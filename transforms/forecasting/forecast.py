"""Forecasts of a frame of series, with calibrated intervals; frames in, frames out.

Models of one series are in `models`; what is published is in `publish`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import polars as pl

from transforms.forecasting.calibration import calibrated, factors, telling
from transforms.forecasting.models import POINT, Fit, Task, benchmark, fallback
from transforms.forecasting.parallel import PATIENCE, fit_all
from transforms.forecasting.seasons import prepared
from transforms.forecasting.series import Array, Series, Unusable, read_series
from transforms.forecasting.store import key

WINDOWS = 3
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
    """unique_id, ds, yhat, lo_80, hi_80, lo_95, hi_95, model, naive (seasonal naive), scale (the
    unit of MASE); sorted by unique_id and ds."""
    unusable: tuple[Unusable, ...]
    too_slow: tuple[str, ...]
    """Ids that fell back to seasonal naive because time ran out."""
    factors: Mapping[int, float]
    """What the models' own widths were multiplied by, per level."""
    held: pl.DataFrame
    """What would have been forecast for the held-out windows, and what came: unique_id, window
    (1 is the latest), step, ds, bands, naive, actual, scale (the unit of MASE)."""
    calendar: tuple[str, ...] = ()
    """Kinds of calendar columns used, chosen by a backtest over all series."""


@dataclass(frozen=True)
class Request:
    """Series to forecast together: they share seasons, calendar and widths of intervals."""

    history: pl.DataFrame
    """unique_id, ds, y."""
    horizon: int
    season: int = 12
    with_arima: bool = False
    windows: int = WINDOWS


def forecast_monthly(history: pl.DataFrame, horizon: int, season: int = 12) -> pl.DataFrame:
    """Forecasts of every usable series of a frame (unique_id, ds, y).

    Returns unique_id, ds, yhat, lo_80, hi_80, lo_95, hi_95, model, sorted. Series are left out by
    the rules of `series`; `forecast_series` says which and why. Forecasts of series that were
    never negative are not negative.
    """
    made = forecast_series(history, horizon, season).frame
    return made.select("unique_id", "ds", *BAND_COLUMNS, "model")


def forecast_series(
    history: pl.DataFrame,
    horizon: int,
    season: int = 12,
    *,
    store: Store | None = None,
    patience: float = PATIENCE,
    with_arima: bool = False,
) -> Forecasts:
    """As `forecast_monthly`, with what was left out, and with fits kept in `store`."""
    request = Request(history, horizon, season, with_arima)
    return forecast_all([request], store=store, patience=patience)[0]


def forecast_all(
    requests: Sequence[Request], *, store: Store | None = None, patience: float = PATIENCE
) -> list[Forecasts]:
    """The forecasts of every request; the series of all of them are fitted side by side.

    A season longer than 24 steps is taken out by regression, with weekdays and, where a backtest
    over all series of the request speaks for them, holidays and the like.
    """
    plans = [_Plan.of(request) for request in requests]
    fits, slow = _fits([task for plan in plans for task in plan.tasks], store, patience)
    done, made = 0, []
    for plan in plans:
        after = done + len(plan.tasks)
        late = [number - done for number in slow if done <= number < after]
        made.append(plan.made(fits[done:after], late))
        done = after
    return made


@dataclass(frozen=True)
class _Plan:
    """A request, read: usable series with a task each, and the others."""

    request: Request
    usable: tuple[Series, ...]
    tasks: tuple[Task, ...]
    unusable: tuple[Unusable, ...]
    calendar: tuple[str, ...]

    @classmethod
    def of(cls, request: Request) -> "_Plan":
        read = list(read_series(request.history))
        usable = tuple(series for series in read if isinstance(series, Series))
        plan = prepared(usable, request.season, request.horizon, request.windows)
        tasks = tuple(replace(task, with_arima=request.with_arima) for task in plan.tasks)
        unusable = tuple(series for series in read if isinstance(series, Unusable))
        return cls(request, usable, tasks, unusable, plan.calendar)

    def made(self, fits: Sequence[Fit], slow: Sequence[int]) -> Forecasts:
        by = factors(pair for fit in fits for pair in telling(fit))
        frames = [
            _frame(series, task, fit, calibrated(fit.band, by, _is_positive(series)))
            for series, task, fit in zip(self.usable, self.tasks, fits, strict=True)
        ]
        return Forecasts(
            frame=pl.concat(frames) if frames else _empty(self.request.history),
            unusable=self.unusable,
            too_slow=tuple(self.usable[number].id for number in slow),
            factors=by,
            held=held_frame(self.usable, fits, self.request.history),
            calendar=self.calendar,
        )


def _fits(
    tasks: Sequence[Task], store: Store | None, patience: float
) -> tuple[list[Fit], list[int]]:
    """The fit of every task, and the numbers of those that were too slow."""
    kept = [store.get(task) if store else None for task in tasks]
    # The province of a single branch is the same series again.
    first = {key(task): number for number, task in reversed(list(enumerate(tasks)))}
    missing = [number for number in sorted(first.values()) if kept[number] is None]
    fitted = fit_all([tasks[number] for number in missing], patience)
    made = {key(tasks[n]): fit for n, fit in zip(missing, fitted, strict=True)}
    fits, slow = [], []
    for number, task in enumerate(tasks):
        found = kept[number] or made.get(key(task))
        if found is None:
            slow.append(number)
            found = fallback(task)
        elif store and kept[number] is None:
            store.put(task, found)
        fits.append(found)
    return fits, slow


def _is_positive(series: Series) -> bool:
    return bool(np.min(series.y) >= 0)


def _frame(series: Series, task: Task, fit: Fit, band: Array) -> pl.DataFrame:
    horizon = band.shape[1]
    naive, scale = benchmark(task, len(task.y))
    return pl.DataFrame(
        {
            "unique_id": [series.id] * horizon,
            "ds": series.points_ahead(horizon),
            **{name: band[row] for row, name in enumerate(BAND_COLUMNS)},
            "model": [fit.model] * horizon,
            "naive": naive[POINT],
            "scale": [scale] * horizon,
        }
    )


def held_frame(series: Sequence[Series], fits: Sequence[Fit], like: pl.DataFrame) -> pl.DataFrame:
    """The held-out windows of all series, each with widths learned on the other windows alone."""
    most = max((len(fit.held) for fit in fits), default=0)
    frames = []
    for window in range(1, most + 1):
        by = factors(
            (fit.tried(held), held.actual)
            for fit in fits
            for number, held in enumerate(reversed(fit.held), start=1)
            if number != window or most == 1
        )
        for each, fit in zip(series, fits, strict=True):
            if len(fit.held) < window:
                continue
            held = fit.held[-window]
            steps = len(held.actual)
            band = calibrated(fit.tried(held), by, _is_positive(each))
            first = each.last + 1 - window * steps
            frames.append(
                pl.DataFrame(
                    {
                        "unique_id": [each.id] * steps,
                        "window": [window] * steps,
                        "step": list(range(1, steps + 1)),
                        "ds": [each.step.point(first + n) for n in range(steps)],
                        **{name: band[row] for row, name in enumerate(BAND_COLUMNS)},
                        "naive": held.naive[POINT],
                        "actual": held.actual,
                        "scale": [held.scale] * steps,
                    }
                )
            )
    return pl.concat(frames) if frames else _no_windows(like)


def _empty(history: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "unique_id": pl.String,
            "ds": history.schema["ds"],
            **dict.fromkeys(BAND_COLUMNS, pl.Float64),
            "model": pl.String,
            "naive": pl.Float64,
            "scale": pl.Float64,
        }
    )


def _no_windows(history: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "unique_id": pl.String,
            "window": pl.Int64,
            "step": pl.Int64,
            "ds": history.schema["ds"],
            **dict.fromkeys((*BAND_COLUMNS, "naive", "actual", "scale"), pl.Float64),
        }
    )
