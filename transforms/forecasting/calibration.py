"""Widths of intervals, corrected by what was seen on held-out windows of all series together.

One factor per level: a single series has too few held-out points to know its own.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from transforms.forecasting.models import BOUNDS, POINT, Fit, Held
from transforms.forecasting.series import Array

TRUST = 20.0
"""Held-out windows at which the factor seen and no correction at all weigh the same."""

Pair = tuple[Array, Array]
"""The band that a model had for a held-out window, and what came."""


def telling(fit: Fit) -> list[Pair]:
    """The windows that tell about today's widths.

    Models that know less are less sure: windows from their time would make bands of today too
    narrow. They count only where there is nothing better.
    """
    held: Sequence[Held] = [each for each in fit.held if each.is_mature] or fit.held
    return [(fit.tried(each), each.actual) for each in held]


def factors(tried: Iterable[Pair]) -> dict[int, float]:
    """Per level, what to multiply the distance of the bounds by; 1 where nothing is known.

    The factor is the level's quantile of |actual - forecast| over the distance of the bound on
    that side, pooled over series, windows and steps, and drawn towards 1 by how few there are.
    """
    pairs = list(tried)
    found = {}
    for level, (low, high) in BOUNDS.items():
        scores = [_scores(band, actual, low, high) for band, actual in pairs]
        known = np.concatenate([*scores, np.empty(0)])
        if len(known) == 0:
            found[level] = 1.0
            continue
        # The finite-sample quantile of conformal prediction; the steps of a window err together,
        # so windows are what is counted.
        rank = min(1.0, level / 100 * (1 + 1 / len(pairs)))
        seen = float(np.quantile(known, rank))
        weight = len(pairs) / (len(pairs) + TRUST)
        found[level] = 1.0 + weight * (seen - 1.0)
    return found


def _scores(band: Array, actual: Array, low: int, high: int) -> Array:
    error = actual - band[POINT]
    room = np.where(error >= 0, band[high] - band[POINT], band[POINT] - band[low])
    wide = room > 0
    scores: Array = np.abs(error[wide]) / room[wide]
    return scores


def calibrated(band: Array, by: Mapping[int, float], not_negative: bool) -> Array:
    """The band with corrected bounds; the wider level never lies inside the narrower one."""
    made = band.copy()
    for level, (low, high) in BOUNDS.items():
        made[[low, high]] = band[POINT] + by[level] * (band[[low, high]] - band[POINT])
    (low_80, high_80), (low_95, high_95) = BOUNDS[80], BOUNDS[95]
    made[low_95] = np.minimum(made[low_95], made[low_80])
    made[high_95] = np.maximum(made[high_95], made[high_80])
    return np.maximum(made, 0.0) if not_negative else made
