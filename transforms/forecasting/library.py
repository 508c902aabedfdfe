"""What the library's models say about one series: exponential smoothing, Theta, CES and ARIMA.

How they are combined, and whether they are believed, is in `models`.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.forecasting.series import Array

LEVELS = (80, 95)

ARIMA_ORDERS: dict[str, Any] = {"max_p": 3, "max_q": 3, "max_P": 1, "max_Q": 1, "max_order": 5}
"""Half the time of the library's own limits."""


@dataclass(frozen=True)
class Order:
    """What an ARIMA was found to be."""

    order: tuple[int, int, int]
    seasonal_order: tuple[int, int, int]
    include_mean: bool
    include_drift: bool


@dataclass(frozen=True)
class Forms:
    """Which forms of the models a series has: looking for them is what takes time.

    Found once for all windows held out, on what came before the first: they fit the same forms
    again, to what they know.
    """

    ets: str = ""
    """Error, trend, season and damping, e.g. MAMN; Z is to be looked for, empty is ZZZZ."""
    arima: Order | None = None

    @property
    def open(self) -> "Forms":
        """The same with another trend allowed: that is what a shorter history judges differently.

        Looking for everything again would double the time of a series.
        """
        return Forms(f"{self.ets[0]}Z{self.ets[2]}Z" if self.ets else "", self.arima)


# statsforecast: five seconds and more to import, so only where a series is really fitted


def bands(
    y: Array, season: int, horizon: int, *, with_arima: bool, forms: Forms | None = None
) -> tuple[list[Array], Forms]:
    """What each model that can be fitted says, and the forms found.

    A band is point, lo 80, hi 80, lo 95, hi 95 by step; CES gives the point alone, as its
    intervals are poor.
    """
    given = forms or Forms()
    ets, form = _ets(y, season, horizon, given.ets)
    made = [ets, _theta(y, season, horizon), _ces(y, season, horizon)]
    order = given.arima
    if with_arima and (forms is None or order is not None):
        arima, order = _arima(y, season, horizon, order)
        made.append(arima)
    return [band for band in made if band is not None], Forms(form, order)


def _ets(y: Array, season: int, horizon: int, form: str) -> tuple[Array | None, str]:
    from statsforecast.models import AutoETS

    form = form or "ZZZZ"
    damped = None if form[3] == "Z" else form[3] == "D"
    model = AutoETS(season_length=season, model=form[:3], damped=damped)
    if _tried(lambda: model.fit(y)) is None:
        return None, ""
    band = _bounded(lambda: model.predict(h=horizon, level=list(LEVELS)))
    return band, str(model.model_["components"])


def _theta(y: Array, season: int, horizon: int) -> Array | None:
    from statsforecast.models import DynamicOptimizedTheta

    model = DynamicOptimizedTheta(season_length=season)
    return _bounded(lambda: model.forecast(y, h=horizon, level=list(LEVELS)))


def _ces(y: Array, season: int, horizon: int) -> Array | None:
    from statsforecast.models import AutoCES

    # Without bounds: they would be simulated, which takes ten times as long as all the rest.
    made = _tried(lambda: AutoCES(season_length=season).forecast(y, h=horizon)["mean"])
    return None if made is None else np.stack([np.asarray(made, dtype=np.float64)])


def _arima(
    y: Array, season: int, horizon: int, order: Order | None
) -> tuple[Array | None, Order | None]:
    from statsforecast.models import ARIMA, AutoARIMA

    if order is None:
        model: Any = AutoARIMA(season_length=season, approximation=True, **ARIMA_ORDERS)
    else:
        model = ARIMA(
            order=order.order,
            season_length=season,
            seasonal_order=order.seasonal_order,
            include_mean=order.include_mean,
            include_drift=order.include_drift,
        )
    if _tried(lambda: model.fit(y)) is None:
        return None, order
    band = _bounded(lambda: model.predict(h=horizon, level=list(LEVELS)))
    return band, order or _order(model.model_)


def _order(fitted: dict[str, Any]) -> Order:
    p, q, seasonal_p, seasonal_q, _, d, seasonal_d = (int(each) for each in fitted["arma"])
    names = fitted["coef"]
    return Order(
        (p, d, q), (seasonal_p, seasonal_d, seasonal_q), "intercept" in names, "drift" in names
    )


def _bounded(forecast: Callable[[], dict[str, Any]]) -> Array | None:
    made = _tried(forecast)
    if made is None:
        return None
    rows = [made["mean"]]
    for level in LEVELS:
        rows += [made[f"lo-{level}"], made[f"hi-{level}"]]
    return np.stack([np.asarray(row, dtype=np.float64) for row in rows])


def _tried(make: Callable[[], Any]) -> Any:
    """What a model says; None when it cannot be fitted: the other models then decide."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return make()
        except TimeoutError:
            raise
        except Exception:  # noqa: BLE001  the library raises plain Exception for "no model fits"
            return None
