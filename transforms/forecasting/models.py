"""One series, its models, and what they did on windows held out from them.

Runs in worker processes: plain arrays in and out. What the library's models say is in `library`;
widths of intervals are calibrated over all series in `calibration`.
"""

from dataclasses import dataclass

import numpy as np

from transforms.forecasting.effects import effect
from transforms.forecasting.library import Forms, bands
from transforms.forecasting.series import Array

POINT, LO_80, HI_80, LO_95, HI_95 = range(5)
"""Rows of a band: a forecast with its bounds is an array of shape (5, horizon)."""

BOUNDS = {80: (LO_80, HI_80), 95: (LO_95, HI_95)}
Z = {80: 1.2815515655446004, 95: 1.959963984540054}

VERSION = 2
"""To be raised whenever the same series would get another forecast."""

COMBINED = "median of ets, theta, ces"
COMBINED_4 = "median of ets, theta, ces, arima"
NAIVE = "seasonal naive"
TOO_SLOW = "seasonal naive; the models took too long"
CONSTANT = "constant"

MATURE = 4
"""Seasons from which on models find the season itself; their intervals halve there."""

MARGIN = 0.95
"""Seasonal naive is taken when its error is below this share of the combination's, every time."""

EXPLOSION = 10.0
"""A model is not believed when it leaves the largest known value that many times behind."""


@dataclass(frozen=True)
class Task:
    """A series to fit.

    `design` has the columns of its calendar, for the points and then the points ahead; their
    effects are taken out first, and what remains has no season. `index` is given to a series too
    short to know its own season: the factors of its points, then of the points ahead.
    """

    y: Array
    season: int
    horizon: int
    windows: int
    index: Array | None = None
    design: Array | None = None
    with_arima: bool = False


@dataclass(frozen=True)
class Held:
    """A window held out: the two forecasts made for it without knowing it, and what came."""

    combined: Array
    naive: Array
    actual: Array
    scale: float
    """Mean absolute difference between seasons before it, the unit of MASE."""
    is_mature: bool
    """Whether as many seasons were known before it as make intervals as narrow as they get."""


@dataclass(frozen=True)
class Fit:
    """The forecast of a series, its intervals not yet calibrated, and its held-out windows."""

    model: str
    band: Array
    held: tuple[Held, ...] = ()

    @property
    def is_naive(self) -> bool:
        """Whether seasonal naive is the forecast."""
        return self.model == NAIVE

    def tried(self, held: Held) -> Array:
        """The band that the chosen model had for a window."""
        return held.naive if self.is_naive else held.combined


def fit(task: Task) -> Fit:
    """The combination of models, or seasonal naive where that did as well on held-out windows."""
    y, horizon = task.y, task.horizon
    if np.all(y == y[0]):
        return Fit(CONSTANT, np.full((5, horizon), y[0]))
    name = COMBINED_4 if task.with_arima else COMBINED
    if task.index is not None:
        plain, _ = combined(y / task.index[: len(y)], 1, horizon, task.with_arima)
        return Fit(f"{name}; season of the others", plain * task.index[len(y) :])
    season = _season(task)
    band, forms = _forecast(task, len(y))
    cuts = _cuts(task)
    # Forms found with what comes after a window in sight would make its errors, and with them the
    # intervals, too small.
    early = _forecast(task, cuts[0], forms.open)[1] if cuts else forms
    held = tuple(_held(task, cut, early) for cut in cuts)
    if held and all(
        _error(window.naive, window) <= MARGIN * _error(window.combined, window) for window in held
    ):
        return Fit(NAIVE, seasonal_naive(y, season, horizon), held)
    return Fit(name, band, held)


def fallback(task: Task) -> Fit:
    """Seasonal naive without any fitting, for a series whose models took too long."""
    return Fit(TOO_SLOW, seasonal_naive(task.y, _season(task), task.horizon))


def _season(task: Task) -> int:
    """The season that the series is long enough for."""
    return task.season if len(task.y) >= 2 * task.season else 1


def _forecast(task: Task, cut: int, forms: Forms | None = None) -> tuple[Array, Forms]:
    """The combination, from the first `cut` points."""
    past, horizon = task.y[:cut], task.horizon
    if task.design is None:
        return combined(past, _season(task), horizon, task.with_arima, forms)
    calendar = effect(past, task.design[: cut + horizon])
    rest, forms = combined(calendar.take_out(past), 1, horizon, task.with_arima, forms)
    return calendar.put_in(rest), forms


def _held(task: Task, cut: int, forms: Forms) -> Held:
    """A window of the series, forecast from what came before it."""
    naive, scale = benchmark(task, cut)
    return Held(
        _forecast(task, cut, forms)[0],
        naive,
        task.y[cut : cut + task.horizon],
        scale,
        cut >= MATURE * _season(task),
    )


def benchmark(task: Task, cut: int) -> tuple[Array, float]:
    """What seasonal naive says after the first `cut` points, and the unit of MASE there."""
    past = task.y[:cut]
    lag = task.season if cut >= 2 * task.season else 1
    scale = float(np.mean(np.abs(past[lag:] - past[:-lag]))) if cut > lag else 0.0
    return seasonal_naive(past, lag, task.horizon), scale


def _cuts(task: Task) -> list[int]:
    """Where the windows begin: the last ones, one after the other, with enough before each."""
    least = max(2 * _season(task), 8)
    cuts = [len(task.y) - number * task.horizon for number in range(task.windows, 0, -1)]
    return [cut for cut in cuts if cut >= least]


def _error(band: Array, window: Held) -> float:
    return float(np.mean(np.abs(band[POINT] - window.actual)))


def combined(
    y: Array, season: int, horizon: int, with_arima: bool = False, forms: Forms | None = None
) -> tuple[Array, Forms]:
    """Median of the models' points; bounds as far from it as the models' own are on average.

    Also the forms of the models, to be given for other stretches of the same series. Seasonal
    naive where no model is usable.
    """
    limit = EXPLOSION * float(np.max(np.abs(y)))
    asked, forms = bands(y, season, horizon, with_arima=with_arima, forms=forms)
    believed = [band for band in asked if _believable(band, limit)]
    if not believed:
        return seasonal_naive(y, season, horizon), forms
    point = np.median([band[POINT] for band in believed], axis=0)
    bounded = [band for band in believed if len(band) == 5]
    if not bounded:
        naive = seasonal_naive(y, season, horizon)
        return naive - naive[POINT] + point, forms
    # A bound on the wrong side of its own point would turn the interval inside out.
    up = [np.maximum(band[[HI_80, HI_95]] - band[POINT], 0.0) for band in bounded]
    down = [np.maximum(band[POINT] - band[[LO_80, LO_95]], 0.0) for band in bounded]
    above, below = np.mean(up, axis=0), np.mean(down, axis=0)
    rows = [point, point - below[0], point + above[0], point - below[1], point + above[1]]
    return np.stack(rows), forms


def seasonal_naive(y: Array, season: int, horizon: int) -> Array:
    """The last season again; bounds from how much a season differed from the one before."""
    lag = season if len(y) > season else 1
    steps = np.arange(horizon)
    point = y[len(y) - lag + steps % lag]
    spread = float(np.sqrt(np.mean((y[lag:] - y[:-lag]) ** 2))) * np.sqrt(steps // lag + 1)
    band = [point]
    for z in Z.values():
        band += [point - z * spread, point + z * spread]
    return np.stack(band)


def _believable(band: Array, limit: float) -> bool:
    return bool(np.all(np.isfinite(band)) and np.max(np.abs(band[POINT])) <= limit)
