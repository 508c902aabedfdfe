"""A forecast under changed levers: price, marketing, crew, capacity; with the range of both.

How strongly a lever pulls is estimated in `elasticity`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from crm_core.errors import CrmError
from transforms.insight.elasticity import Elasticity

Z_80 = 1.2816
FARTHEST = 0.5
"""A lever is moved by at most half: beyond that the past says nothing."""


class LeverTooFar(CrmError):
    """A lever was moved further than the past can speak of, or is not known."""


CHAIN: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "bookings": {"price": (0.0, 1.0), "marketing": (0.0, 1.0)},
    "booked_amount": {"price": (1.0, 1.0), "marketing": (0.0, 1.0)},
    "jobs_completed": {"crew": (0.0, 1.0), "capacity": (0.0, 1.0)},
}
"""Per forecast metric and lever: what moves by itself (a dearer job brings more), and how much of
the elasticity counts. More leads of the usual kind bring bookings in proportion."""


def what_if(
    forecast: pl.DataFrame,
    metric: str,
    changes: Mapping[str, float],
    known: Sequence[Elasticity],
) -> pl.DataFrame:
    """The forecast (month_on, yhat, lo_80, hi_80) with `changed`, `changed_lo_80`, `changed_hi_80`.

    `changes` are fractions: 0.05 is five per cent more. The range holds both what the forecast and
    what the elasticities leave open, as independent. Raises `LeverTooFar` for a lever beyond
    ±50 %, or one of which the past of this metric tells nothing.
    """
    pulls = {each.lever: each for each in known}
    shift, spread = 0.0, 0.0
    for lever, change in changes.items():
        if abs(change) > FARTHEST:
            raise LeverTooFar(f"{lever} by {change:+.0%}: at most ±{FARTHEST:.0%} can be asked")
        if lever not in CHAIN.get(metric, {}) or lever not in pulls:
            raise LeverTooFar(f"nothing is known of what {lever} does to {metric}")
        own, share = CHAIN[metric][lever]
        step = float(np.log1p(change))
        shift += step * (own + share * pulls[lever].value)
        spread += (step * share * pulls[lever].deviation) ** 2
    point = forecast["yhat"].to_numpy()
    moved = point * np.exp(shift)
    low, high = (
        _bound(point, forecast[name].to_numpy(), moved, spread) for name in ("lo_80", "hi_80")
    )
    return forecast.with_columns(
        pl.Series("changed", moved),
        pl.Series("changed_lo_80", low),
        pl.Series("changed_hi_80", high),
    )


Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _bound(point: Floats, bound: Floats, moved: Floats, spread: float) -> Floats:
    """The bound's own distance and that of the levers, as two sides of a right angle."""
    scale = np.divide(moved, point, out=np.ones_like(moved), where=point != 0)
    own = (bound - point) * scale
    levers = moved * (np.exp(Z_80 * np.sqrt(spread)) - 1)
    side = np.where(bound >= point, 1.0, -1.0)
    made: Floats = moved + side * np.hypot(own, levers)
    return np.where(point >= 0, np.maximum(made, 0.0), made)
