"""Penalised logistic regression by Newton's method, and how good its chances are; arrays only.

What the columns mean is decided in `design`, when a model may be used in `model`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEPS = 30
CLOSE = 1e-8
"""Change of the coefficients below which they are found."""
FAR = 30.0
"""Beyond such log-odds a chance is as good as certain."""


@dataclass(frozen=True)
class Logistic:
    """Chance = 1 ÷ (1 + exp(−(intercept + x · weights)))."""

    intercept: float
    weights: Array

    def odds(self, x: Array) -> Array:
        """Log-odds of each row."""
        found: Array = self.intercept + x @ self.weights
        return np.clip(found, -FAR, FAR)


def chances(odds: Array) -> Array:
    """Log-odds as chances."""
    made: Array = 1.0 / (1.0 + np.exp(-odds))
    return made


def fit(x: Array, y: Array, ridge: float = 1.0) -> Logistic:
    """The likeliest coefficients for outcomes 0 and 1, drawn to zero by `ridge` but the intercept.

    Columns should be of one size (standardised, or 0 and 1). With an outcome that never varies the
    chance is what a rule of succession says.
    """
    rows, columns = x.shape
    share = (float(y.sum()) + 0.5) / (rows + 1.0)
    beta = np.zeros(columns + 1)
    beta[0] = np.log(share / (1 - share))
    if y.min(initial=1.0) == y.max(initial=0.0):
        return Logistic(float(beta[0]), beta[1:])
    whole = np.column_stack([np.ones(rows), x])
    penalty = np.full(columns + 1, ridge)
    penalty[0] = 1e-9
    for _ in range(STEPS):
        p = chances(np.clip(whole @ beta, -FAR, FAR))
        weight = np.maximum(p * (1 - p), 1e-9)
        gradient = whole.T @ (y - p) - penalty * beta
        curvature = (whole * weight[:, None]).T @ whole + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        beta += np.clip(step, -4.0, 4.0)
        if np.abs(step).max() < CLOSE:
            break
    return Logistic(float(beta[0]), beta[1:])


@dataclass(frozen=True)
class Quality:
    """How good chances were on outcomes they did not know, beside the base rate for all."""

    auc: float
    """Share of pairs of a yes and a no in which the yes had the higher chance."""
    auc_low: float
    """Lower end of its 90 % interval."""
    log_loss: float
    base_log_loss: float
    brier: float
    base_brier: float
    calibration_error: float
    """Mean distance of chance and share over ten groups of like chance."""

    @property
    def beats_base_rate(self) -> bool:
        """Whether the order and the size of the chances are better than one chance for all."""
        return self.auc_low > 0.5 and self.log_loss < self.base_log_loss


def quality(chance: Array, y: Array, base: float) -> Quality:
    """The quality of chances for outcomes 0 and 1; `base` is the share known before."""
    auc = area(chance, y)
    yes, no = float(y.sum()), float(len(y) - y.sum())
    return Quality(
        auc=auc,
        auc_low=auc - 1.645 * _deviation(auc, yes, no),
        log_loss=_log_loss(chance, y),
        base_log_loss=_log_loss(np.full(len(y), base), y),
        brier=float(np.mean((chance - y) ** 2)),
        base_brier=float(np.mean((base - y) ** 2)),
        calibration_error=_calibration_error(chance, y),
    )


def area(chance: Array, y: Array) -> float:
    """The area under the curve; 0.5 where there is only one outcome."""
    yes = int(y.sum())
    no = len(y) - yes
    if yes == 0 or no == 0:
        return 0.5
    _, place, counts = np.unique(chance, return_inverse=True, return_counts=True)
    # Equal chances share the mean of their ranks.
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((rank[y > 0].sum() - yes * (yes + 1) / 2) / (yes * no))


def _deviation(auc: float, yes: float, no: float) -> float:
    """Standard deviation of the area (Hanley and McNeil)."""
    if min(yes, no) < 1:
        return 1.0
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (yes - 1) * (q1 - auc**2) + (no - 1) * (q2 - auc**2)
    return float(np.sqrt(max(spread, 0.0) / (yes * no)))


def _log_loss(chance: Array, y: Array) -> float:
    p = np.clip(chance, 1e-9, 1 - 1e-9)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def _calibration_error(chance: Array, y: Array) -> float:
    groups = np.array_split(np.argsort(chance, kind="stable"), 10)
    gaps = [abs(float(chance[g].mean() - y[g].mean())) * len(g) for g in groups if len(g)]
    return sum(gaps) / max(len(y), 1)
