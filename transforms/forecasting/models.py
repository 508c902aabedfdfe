"""One series, its models, and what they did on windows held out from them.

Runs in worker processes: plain arrays in and out. Widths of intervals are calibrated over all
series in `calibration`.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.forecasting.series import Array

POINT, LO_80, HI_80, LO_95, HI_95 = range(5)
"""Rows of a band: a forecast with its bounds is an array of shape (5, horizon)."""

BOUNDS = {80: (LO_80, HI_80), 95: (LO_95, HI_95)}
Z = {80: 1.2815515655446004, 95: 1.959963984540054}

VERSION = 1
"""To be raised whenever the same series would get another forecast."""

COMBINED = "median of ets, theta, ces"
NAIVE = "seasonal naive"
CONSTANT = "constant"

MATURE = 4
"""Seasons from which on models find the season itself; their intervals halve there."""

EXPLOSION = 10.0
"""A model is not believed when it leaves the largest known value that many times behind."""


@dataclass(frozen=True)
class Task:
    """A series to fit.

    `index` is given to a series too short to know its own season: the seasonal factors of its
    points, then of the points ahead.
    """

    y: Array
    season: int
    horizon: int
    windows: int
    index: Array | None = None


@dataclass(frozen=True)
class Held:
    """A window held out: the two forecasts made for it without knowing it, and what came."""

    combined: Array
    naive: Array
    actual: Array
    is_mature: bool
    """Whether as many seasons were known before it as make intervals as narrow as they get."""


@dataclass(frozen=True)
class Fit:
    """The forecast of a series, its intervals not yet calibrated, and its held-out windows."""

    model: str
    band: Array
    held: tuple[Held, ...] = ()

    @property
    def tried(self) -> list[tuple[Array, Array]]:
        """The band of the model chosen and what came, per window that tells about today's widths.

        Models that know less are less sure: windows from their time would make bands of today too
        narrow. They count only where there is nothing better.
        """
        telling = [held for held in self.held if held.is_mature] or self.held
        return [(h.naive if self.model == NAIVE else h.combined, h.actual) for h in telling]


def fit(task: Task) -> Fit:
    """The combination of models, or seasonal naive where that did as well on held-out windows."""
    y, horizon = task.y, task.horizon
    if np.all(y == y[0]):
        return Fit(CONSTANT, np.full((5, horizon), y[0]))
    if task.index is not None:
        plain = combined(y / task.index[: len(y)], 1, horizon)
        return Fit(f"{COMBINED}; season of the others", plain * task.index[len(y) :])
    season = task.season if len(y) >= 2 * task.season else 1
    held = tuple(_held(y, season, horizon, task.windows))
    if held and all(
        _error(window.naive, window) <= _error(window.combined, window) for window in held
    ):
        return Fit(NAIVE, seasonal_naive(y, season, horizon), held)
    return Fit(COMBINED, combined(y, season, horizon), held)


def fallback(task: Task) -> Fit:
    """Seasonal naive without any fitting, for a series whose models took too long."""
    season = task.season if len(task.y) >= 2 * task.season else 1
    return Fit(NAIVE, seasonal_naive(task.y, season, task.horizon))


def _held(y: Array, season: int, horizon: int, windows: int) -> list[Held]:
    """Windows of the series, each forecast from what came before it."""
    form = None
    held = []
    for cut in _cuts(len(y), season, horizon, windows):
        past = y[:cut]
        # The form found in the earliest window serves the later ones: choosing it is what takes
        # time, and it must not know what comes after.
        form = form or _ets_form(past, season)
        held.append(
            Held(
                combined(past, season, horizon, form),
                seasonal_naive(past, season, horizon),
                y[cut : cut + horizon],
                cut >= MATURE * season,
            )
        )
    return held


def _cuts(length: int, season: int, horizon: int, windows: int) -> list[int]:
    """Where the windows begin: the last ones, one after the other, with enough before each."""
    least = max(2 * season, 8)
    cuts = [length - number * horizon for number in range(windows, 0, -1)]
    return [cut for cut in cuts if cut >= least]


def _error(band: Array, window: Held) -> float:
    return float(np.mean(np.abs(band[POINT] - window.actual)))


def combined(y: Array, season: int, horizon: int, form: str | None = None) -> Array:
    """Median of the models' points; bounds as far from it as the models' own are on average.

    `form` is the form of exponential smoothing to use instead of looking for the best one. CES
    has no say in the bounds: its intervals are poor. Seasonal naive where no model is usable.
    """
    limit = EXPLOSION * float(np.max(np.abs(y)))
    asked = (_ets(y, season, horizon, form), _theta(y, season, horizon), _ces(y, season, horizon))
    bands = [band for band in asked if band is not None and _believable(band, limit)]
    if not bands:
        return seasonal_naive(y, season, horizon)
    point = np.median([band[POINT] for band in bands], axis=0)
    bounded = [band for band in bands if len(band) == 5]
    if not bounded:
        naive = seasonal_naive(y, season, horizon)
        moved: Array = naive - naive[POINT] + point
        return moved
    # A bound on the wrong side of its own point would turn the interval inside out.
    up = [np.maximum(band[[HI_80, HI_95]] - band[POINT], 0.0) for band in bounded]
    down = [np.maximum(band[POINT] - band[[LO_80, LO_95]], 0.0) for band in bounded]
    above, below = np.mean(up, axis=0), np.mean(down, axis=0)
    return np.stack([point, point - below[0], point + above[0], point - below[1], point + above[1]])


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


# statsforecast: two seconds and more to import, so only where a series is really fitted


def _ets_form(y: Array, season: int) -> str:
    """The best form of exponential smoothing, e.g. MAMN; empty when none could be fitted."""
    from statsforecast.models import AutoETS

    made = _tried(lambda: AutoETS(season_length=season).fit(y).model_["components"])
    return str(made or "")


def _ets(y: Array, season: int, horizon: int, form: str | None) -> Array | None:
    from statsforecast.models import AutoETS

    model = AutoETS(season_length=season)
    if form:
        model = AutoETS(season_length=season, model=form[:3], damped=form[3] == "D")
    return _bounded(lambda: model.forecast(y, h=horizon, level=list(BOUNDS)))


def _theta(y: Array, season: int, horizon: int) -> Array | None:
    from statsforecast.models import DynamicOptimizedTheta

    model = DynamicOptimizedTheta(season_length=season)
    return _bounded(lambda: model.forecast(y, h=horizon, level=list(BOUNDS)))


def _ces(y: Array, season: int, horizon: int) -> Array | None:
    from statsforecast.models import AutoCES

    made = _tried(lambda: AutoCES(season_length=season).forecast(y, h=horizon)["mean"])
    return None if made is None else np.stack([np.asarray(made, dtype=np.float64)])


def _bounded(forecast: Callable[[], dict[str, Any]]) -> Array | None:
    made = _tried(forecast)
    if made is None:
        return None
    rows = [made["mean"]]
    for level in BOUNDS:
        rows += [made[f"lo-{level}"], made[f"hi-{level}"]]
    return np.stack([np.asarray(row, dtype=np.float64) for row in rows])


def _tried(make: Callable[[], Any]) -> Any:
    """What a model says; None when it cannot be fitted: the other models then decide."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return make()
        except Exception:  # noqa: BLE001  the library raises plain Exception for "no model fits"
            return None
