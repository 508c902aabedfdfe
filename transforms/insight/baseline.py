"""What a series would have been without anything special: growth, season and local level, robustly.

Series of one KPI stand together, so that the young and the noisy borrow from the others. What is
called an anomaly is decided in `anomaly`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MAD = 1.4826
"""Median absolute deviations in one standard deviation of a normal distribution."""

SMALLEST_MULTIPLICATIVE = 4.0
"""Below this median the logarithm of a count is too lopsided to work with."""

LEAST_SIGMA = 0.02
"""Of a series' typical size: less than that is no noise but a constant with an odd point."""


FEWEST_VALUES = 12
"""Values of a position of the season, over series and years, that make a median of it."""


@dataclass(frozen=True)
class Scale:
    """Series on the scale where their noise is even: logarithms where every value is positive."""

    z: Array
    """(series, points); not a number where nothing is known."""
    is_log: Mask
    """Per series."""

    def back(self, z: Array) -> Array:
        """Values of the series' own scale; `z` has one row per series."""
        return np.where(self.is_log[:, None], np.exp(np.where(self.is_log[:, None], z, 0.0)), z)


def scaled(y: Array, multiplicative: bool) -> Scale:
    """The series on an even scale; `multiplicative` says whether size and noise may go together."""
    known = np.isfinite(y)
    positive = np.all(~known | (y > 0), axis=1) & known.any(axis=1)
    is_log = positive & (row_median(y) >= SMALLEST_MULTIPLICATIVE) & multiplicative
    safe = np.where(known & is_log[:, None], y, 1.0)
    return Scale(np.where(is_log[:, None], np.where(known, np.log(safe), np.nan), y), is_log)


def season_and_growth(z: Array, season: int) -> Array:
    """What growth and season contribute to each point, (series, points).

    With fewer than two seasons that is nothing. The season is that of all series together, and for
    each a smooth deviation from it, as far as the series differ by more than their noise.
    """
    points = z.shape[1]
    if points < 2 * season:
        return np.zeros_like(z)
    growth = row_median((z[:, season:] - z[:, :-season]) / season)
    growth = np.where(np.isfinite(growth), growth, 0.0)
    trend = growth[:, None] * (np.arange(points) - points / 2)
    away = z - trend - _running_median(z - trend, season)
    shared = np.nan_to_num(_shared_season(away, season))
    shared = np.tile(shared - shared.mean(), -(-points // season))[:points]
    together: Array = trend + shared + _own_season(away - shared, season)
    return together


def _shared_season(away: Array, season: int) -> Array:
    """The median of all series at each position; neighbours are averaged in long seasons.

    Nothing where it would be the median of a few values: that would follow their noise.
    """
    turns = -(-away.shape[1] // season)
    if len(away) * turns < FEWEST_VALUES:
        return np.zeros(season)
    padded = np.full((len(away), turns * season), np.nan)
    padded[:, : away.shape[1]] = away
    folded = np.moveaxis(padded.reshape(len(away), turns, season), 2, 0)
    shared = row_median(folded.reshape(season, -1))
    if season <= 12:
        return shared
    smooth: Array = np.mean([np.roll(shared, shift) for shift in (-1, 0, 1)], axis=0)
    return smooth


def _own_season(away: Array, season: int) -> Array:
    """Two harmonics per series, each drawn to none by how little the series tell of it."""
    points = away.shape[1]
    turn = 2 * np.pi * np.arange(points) / season
    waves = np.stack([wave(k * turn) for k in (1, 2) for wave in (np.cos, np.sin)])
    spread = MAD * row_median(np.abs(away))
    limit = 2.5 * np.nan_to_num(spread)[:, None]
    known = np.isfinite(away)
    calm = np.where(known, np.clip(np.nan_to_num(away), -limit, limit), 0.0)
    counts = np.maximum(known.sum(axis=1, keepdims=True), 1)
    size = 2 * calm @ waves.T / counts
    noise = 2 * np.nan_to_num(spread)[:, None] ** 2 / counts
    told = (size**2).sum(axis=0)
    kept = np.where(
        told > 0, np.maximum(0.0, 1 - noise.sum(axis=0) / np.where(told > 0, told, 1)), 0
    )
    own: Array = (size * kept) @ waves
    return own


def level_beside(z: Array, masked: Mask, width: int, reach: int) -> Array:
    """The middle of up to `reach` points on either side of each window, without the window.

    Windows of `width` points are named by their last point; (series, points). Masked points do
    not count. Not a number where fewer than four points are there.
    """
    clean = np.where(masked, np.nan, z)
    pad = ((0, 0), (reach + width - 1, reach))
    wide = np.pad(clean, pad, constant_values=np.nan)
    views = sliding_window_view(wide, 2 * reach + width, axis=1)
    beside = np.concatenate([views[..., :reach], views[..., reach + width :]], axis=-1)
    flat = beside.reshape(-1, 2 * reach)
    found = np.where(np.isfinite(flat).sum(axis=1) >= 4, row_middle(flat), np.nan)
    return found.reshape(z.shape)


def spreads(residuals: Array) -> Array:
    """Robust standard deviation of each row of residuals, a little drawn to that of all rows."""
    own = MAD * row_median(np.abs(residuals))
    known = np.isfinite(residuals).sum(axis=1)
    usable = np.isfinite(own) & (own > 0)
    if not usable.any():
        return np.full(len(residuals), np.nan)
    middle = float(np.exp(np.median(np.log(own[usable]))))
    weight = known / (known + 12.0)
    log = weight * np.log(np.where(usable, own, middle)) + (1 - weight) * np.log(middle)
    return np.where(known >= 4, np.exp(log), np.nan)


def row_middle(rows: Array) -> Array:
    """The mean of the middle half of the known values of each row: a fourth may be anything."""
    ordered = np.sort(rows, axis=1)
    known = np.isfinite(ordered).sum(axis=1, keepdims=True)
    place = np.arange(rows.shape[1])[None, :]
    # At least one value is kept, and as many are dropped below as above.
    dropped = np.minimum(known // 4, (known - 1) // 2)
    kept = (place >= dropped) & (place < known - dropped)
    total = np.where(kept, ordered, 0.0).sum(axis=1)
    count = kept.sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def row_median(rows: Array) -> Array:
    """The median of the known values of each row; not a number for rows without any."""
    ordered = np.sort(rows, axis=1)
    known = np.isfinite(ordered).sum(axis=1)
    if rows.shape[1] == 0:
        return np.full(len(rows), np.nan)
    place = np.arange(len(rows))
    last = rows.shape[1] - 1
    low = ordered[place, np.clip((known - 1) // 2, 0, last)]
    high = ordered[place, np.clip(known // 2, 0, last)]
    return np.where(known > 0, (low + high) / 2, np.nan)


def _running_median(z: Array, width: int) -> Array:
    """The median of the window of `width` points around each point, or of the nearest whole one."""
    windows = sliding_window_view(z, width, axis=1)
    medians = row_median(windows.reshape(-1, width)).reshape(len(z), -1)
    middle = np.arange(z.shape[1]) - width // 2
    return medians[:, np.clip(middle, 0, medians.shape[1] - 1)]
