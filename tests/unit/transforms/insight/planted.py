"""A network with twelve KPIs whose anomalies are known, for measuring recall and false alarms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.insight.anomaly import Cadence, Panel, anomalies

Array = NDArray[np.float64]
KPIS = 12


@dataclass(frozen=True)
class Outcome:
    """What detection made of one network."""

    caught: int
    planted: int
    false: int
    quarters: float
    """Branches times quarters."""

    @property
    def recall(self) -> float:
        return self.caught / self.planted

    @property
    def false_alarms(self) -> float:
        """Per branch and quarter, over its twelve KPIs."""
        return self.false / self.quarters


def clean(
    rng: np.random.Generator, branches: int, points: int, season: int, kpi: int
) -> tuple[Array, Array]:
    """(values, size of one robust sigma of the noise at each point) of one KPI of all branches.

    Two KPIs of three are multiplicative: growth, a season shared with deviations of each branch,
    noise with some memory. The third is a rate on a flat level.
    """
    step = np.arange(points)
    turn = 2 * np.pi * step / season
    phase = rng.normal(0, 0.15, (branches, 1))
    shape = 0.35 * np.sin(turn + phase) + 0.1 * np.cos(2 * turn)
    noise = rng.standard_normal((branches, points))
    for point in range(1, points):
        noise[:, point] = 0.25 * noise[:, point - 1] + np.sqrt(1 - 0.25**2) * noise[:, point]
    if kpi % 3 == 2:
        sigma = np.full((branches, points), 1.0) * rng.uniform(0.02, 0.05, (branches, 1))
        return 0.5 + 0.1 * shape + sigma * noise, sigma
    size = rng.uniform(60, 900, (branches, 1))
    growth = rng.normal(0.05, 0.05, (branches, 1)) / season
    relative = rng.uniform(0.05, 0.15, (branches, 1))
    mean = size * np.exp(growth * step + shape)
    return mean * np.exp(relative * noise), mean * relative


def tried(
    seed: int, sigmas: float, cadence: Cadence, branches: int, points: int, length: int = 3
) -> Outcome:
    """One run of `length` points, `sigmas` high or low, in every third series; sigmas 0: none."""
    rng = np.random.default_rng(seed)
    caught = planted = false = 0
    for kpi in range(KPIS):
        y, sigma = clean(rng, branches, points, cadence.season, kpi)
        where: dict[str, tuple[int, int]] = {}
        for branch in range(0, branches, 3) if sigmas else ():
            first = int(rng.integers(6, points - length + 1))
            span = slice(first, first + length)
            y[branch, span] += rng.choice([-1, 1]) * sigmas * sigma[branch, span]
            where[f"{branch:03d}"] = (first, first + length - 1)
        panel = Panel([f"{branch:03d}" for branch in range(branches)], 0, y)
        hit = set()
        found = anomalies(panel, cadence, multiplicative=kpi % 3 != 2, kpis=KPIS)
        for row in found.iter_rows(named=True):
            first, last = where.get(row["unique_id"], (10**9, -1))
            if row["first"] <= last and row["last"] >= first:
                hit.add(row["unique_id"])
            else:
                false += 1
        caught, planted = caught + len(hit), planted + len(where)
    return Outcome(caught, planted, false, branches * points / cadence.per_quarter)
