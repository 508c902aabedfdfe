"""Effects of the calendar on one series, by regression: season, weekday, holidays; pure.

Which columns a series is given is decided in `calendars`; what remains is for `models`.
"""

from dataclasses import dataclass

import numpy as np

from transforms.forecasting.series import Array

SPREAD = 0.4
"""Effects are shrunk as if they were drawn with this standard deviation, on the log scale."""

LEAST, MOST = 0.2, 5.0
"""A point's factor is held within these: dividing by less would blow up noise."""

ROUNDS = 12


@dataclass(frozen=True)
class Effect:
    """What the calendar does to every point: a factor, or something added where signs vary."""

    by: Array
    is_factor: bool

    def take_out(self, y: Array) -> Array:
        """The first points without their effects."""
        by = self.by[: len(y)]
        return y / by if self.is_factor else y - by

    def put_in(self, band: Array) -> Array:
        """The last points, or bands of them, with their effects."""
        by = self.by[len(self.by) - band.shape[-1] :]
        return band * by if self.is_factor else band + by


def effect(y: Array, design: Array) -> Effect:
    """The effects of `design` (points and points ahead, by columns) learned on the points."""
    known = design[: len(y)]
    trend = np.linspace(-0.5, 0.5, len(y))
    columns = np.column_stack([np.ones(len(y)), trend, known])
    level = float(np.mean(np.abs(y)))
    if level == 0.0:
        return Effect(np.ones(len(design)), True)
    if np.min(y) >= 0:
        found = _log_linear(y / level, columns)
        return Effect(np.clip(np.exp(design @ found[2:]), LEAST, MOST), True)
    found = _ridge(columns, y / level, np.ones(len(y)), _noise(y / level))
    return Effect(level * (design @ found[2:]), False)


def _log_linear(y: Array, columns: Array) -> Array:
    """Poisson regression with dispersion and shrunken effects, by reweighted least squares."""
    found: Array = np.zeros(columns.shape[1])
    found[0] = np.log(np.mean(y))
    dispersion = _noise(y)
    for _ in range(ROUNDS):
        eta = np.clip(columns @ found, -6, 6)
        mean = np.exp(eta)
        new: Array = _ridge(columns, eta + (y - mean) / mean, mean, dispersion)
        done = np.max(np.abs(new - found)) < 1e-6
        found = new
        if done:
            break
    return found


def _ridge(columns: Array, target: Array, weights: Array, dispersion: float) -> Array:
    penalty = np.full(columns.shape[1], dispersion / SPREAD**2)
    penalty[:2] = 1e-6, dispersion
    weighted = columns * weights[:, None]
    solved = np.linalg.solve(columns.T @ weighted + np.diag(penalty), weighted.T @ target)
    return np.asarray(solved, dtype=np.float64)


def _noise(y: Array) -> float:
    """The variance from one point to the next, against a mean of one."""
    return max(float(np.median(np.diff(y) ** 2)), 1e-3)
