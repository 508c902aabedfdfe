"""Invented series for `crm bench forecast`: families of monthly series, and a network of branches.

What is measured over them is in `orchestration.bench_forecast`.
"""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]

SEASON = np.array([0.65, 0.65, 0.80, 0.95, 1.15, 1.35, 1.40, 1.40, 1.15, 0.95, 0.80, 0.75])
START = date(2019, 1, 1)


def _season(rng: np.random.Generator, count: int, strength: float) -> Array:
    step, phase = 2 * np.pi * np.arange(count) / 12, rng.uniform(0, 2 * np.pi, 2)
    wave = np.sin(step + phase[0]) + 0.4 * np.sin(2 * step + phase[1])
    return np.asarray(1 + strength * wave)


def _trending(rng: np.random.Generator, count: int) -> Array:
    growth = np.cumsum(rng.normal(0.004, 0.01, count))
    return np.asarray(
        500 * np.exp(growth) * _season(rng, count, 0.2) * np.exp(rng.normal(0, 0.06, count))
    )


def _walking(rng: np.random.Generator, count: int) -> Array:
    return np.asarray(300 + np.cumsum(rng.normal(0, 6, count)) + rng.normal(0, 3, count))


def _counting(rng: np.random.Generator, count: int) -> Array:
    level = 20 * np.exp(np.cumsum(rng.normal(0, 0.03, count)))
    return rng.poisson(level * _season(rng, count, 0.3)).astype(np.float64)


def _shifting(rng: np.random.Generator, count: int) -> Array:
    shift = np.where(np.arange(count) > rng.integers(count // 4, count * 3 // 4), 1.4, 1.0)
    return np.asarray(100 * shift * _season(rng, count, 0.15) + rng.normal(0, 8, count))


def _steady(rng: np.random.Generator, count: int) -> Array:
    noise = np.zeros(count)
    for n in range(1, count):
        noise[n] = 0.6 * noise[n - 1] + rng.normal(0, 5)
    return np.asarray(200 * _season(rng, count, 0.25) + noise)


FAMILIES: dict[str, Draw] = {
    "trending": _trending,
    "walking": _walking,
    "counting": _counting,
    "shifting": _shifting,
    "steady": _steady,
}


def families(count: int, points: int, seed: int = 1) -> pl.DataFrame:
    """So many monthly series (unique_id, ds, y), families in turn; ids begin with the family."""
    rng = np.random.default_rng(seed)
    names = list(FAMILIES)
    days = [date(START.year + n // 12, n % 12 + 1, 1) for n in range(points)]
    drawn = [(names[n % len(names)], n) for n in range(count)]
    return pl.concat(
        pl.DataFrame({"unique_id": f"{name}-{n:04d}", "ds": days, "y": FAMILIES[name](rng, points)})
        for name, n in drawn
    )


def network(branches: int, metrics: int, years: int, seed: int = 1) -> pl.DataFrame:
    """Daily figures of a network (metric, branch, province, day, y), seasons and growth shared."""
    rng = np.random.default_rng(seed)
    days = [START + timedelta(days=n) for n in range(round(years * 365.25))]
    # A season without steps between months.
    turn = np.array([(day.timetuple().tm_yday - 15) / 30.4375 % 12 for day in days])
    season = np.interp(turn, np.arange(13), np.append(SEASON, SEASON[0]))
    weekday = np.array([0.9, 0.9, 1.0, 1.0, 1.3, 1.5, 0.4])[[day.weekday() for day in days]]
    time = np.arange(len(days)) / 365.25
    frames = []
    for metric in range(metrics):
        common = np.exp(np.cumsum(rng.normal(0, 0.002, len(days))))
        for branch in range(branches):
            size = 2.0 * rng.integers(1, 6)
            own = np.exp(np.cumsum(rng.normal(0, 0.004, len(days))))
            mean = size * (1 + rng.normal(0.06, 0.03)) ** time * season * weekday * own * common
            frames.append(
                pl.DataFrame(
                    {
                        "metric": f"metric-{metric:02d}",
                        "branch": f"branch-{branch:02d}",
                        "province": f"province-{branch % 8}",
                        "day": days,
                        "y": rng.poisson(mean).astype(np.float64) * (1 + metric),
                    }
                )
            )
    return pl.concat(frames)
