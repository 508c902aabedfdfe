"""Monthly bookings of an invented network of branches: season, growth, noise, a few odd ones.

Only series for tests; the demo company is made by `crm_core.simulation`.
"""

from datetime import date

import numpy as np
import polars as pl

SEASON = np.array([0.65, 0.65, 0.80, 0.95, 1.15, 1.35, 1.40, 1.40, 1.15, 0.95, 0.80, 0.75])


def months(first: date, count: int) -> list[date]:
    """First days of `count` months."""
    start = first.year * 12 + first.month - 1
    return [date((start + n) // 12, (start + n) % 12 + 1, 1) for n in range(count)]


def network(seed: int, branches: int = 43, count: int = 60, amount: bool = False) -> pl.DataFrame:
    """Bookings (or their value) per branch and month: unique_id, ds, y.

    Sizes are spread like truck counts; one branch falls, one opened twenty months ago.
    """
    rng = np.random.default_rng(seed)
    step = np.arange(count)
    frames = []
    for number in range(branches):
        size = 8.0 * rng.integers(1, 10)
        growth = -0.15 if number == 1 else rng.normal(0.08, 0.04)
        level = size * (1 + growth) ** (step / 12) * np.exp(np.cumsum(rng.normal(0, 0.02, count)))
        mean = level * SEASON[step % 12] * np.exp(rng.normal(0, 0.05, count))
        y = rng.poisson(mean).astype(float)
        if amount:
            y = np.array([rng.lognormal(6.78, 0.55, int(n)).sum() for n in y])
        kept = step >= (count - 20 if number == 2 else 0)
        frames.append(
            pl.DataFrame(
                {
                    "unique_id": f"branch-{number:02d}",
                    "ds": pl.Series(months(date(2021, 11, 1), count)).filter(pl.Series(kept)),
                    "y": y[kept],
                }
            )
        )
    return pl.concat(frames)
