"""Runs of points that differ from their baseline by more than the false-alarm budget allows.

The baseline is in `baseline`; which KPIs are watched, and what is said of a find, elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.stats import t as student

from transforms.insight.baseline import (
    MAD,
    Array,
    Mask,
    Scale,
    level_beside,
    scaled,
    season_and_growth,
    spreads,
)

WINDOWS = {1: 0.05, 3: 0.75, 6: 0.2}
"""Lengths of runs that are looked for, in points, and the share each has in the false alarms."""

SHORTEST = 12
"""With fewer points nothing is called odd."""

PASSES = 2
"""Times the baseline is made again without what was found."""

SCHEMA = {
    "unique_id": pl.String,
    "first": pl.Int64,
    "last": pl.Int64,
    "sigmas": pl.Float64,
    "actual": pl.Float64,
    "expected": pl.Float64,
    "score": pl.Float64,
}


@dataclass(frozen=True)
class Cadence:
    """A grain of series: its season, how far a level reaches, and points in a quarter."""

    season: int
    reach: int
    per_quarter: float
    tries: float
    """Tries per branch and quarter, over all its KPIs, that may go wrong by chance. Tries that
    share points go wrong together: it makes about half as many false alarms of months and two
    thirds of weeks, where one is what is promised."""


MONTHLY = Cadence(season=12, reach=18, per_quarter=3.0, tries=1.55)
WEEKLY = Cadence(season=52, reach=20, per_quarter=13.0, tries=1.4)


@dataclass(frozen=True)
class Panel:
    """Series of one KPI beside each other on one line of points."""

    ids: Sequence[str]
    first: int
    """Position of the first point."""
    y: Array
    """(series, points); not a number where nothing is known."""
    days: Array | None = None
    """How much each point's calendar invites, 1 on average; None where all are alike."""

    @property
    def even(self) -> Array:
        """The values as if all points had the same calendar."""
        return self.y if self.days is None else self.y / self.days

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Panel":
        """From rows of unique_id, position, y; one row per series and position."""
        ids = frame["unique_id"].unique().sort().to_list()
        first = int(frame["position"].min())  # type: ignore[arg-type]
        last = int(frame["position"].max())  # type: ignore[arg-type]
        y = np.full((len(ids), last - first + 1), np.nan)
        row = {name: number for number, name in enumerate(ids)}
        rows = [row[name] for name in frame["unique_id"]]
        y[rows, frame["position"].to_numpy() - first] = frame["y"].cast(pl.Float64).to_numpy()
        return cls(ids, first, np.where(np.isfinite(y), y, np.nan))


def threshold(width: int, shape: tuple[int, ...], cadence: Cadence, kpis: int) -> float:
    """How many standard deviations make an alarm, so that false ones stay within the budget.

    `shape` is (series, points). A branch has `kpis` series, each tried at every point with windows
    of every length; the spread of a series is itself only estimated, from its points and with the
    help of the others, hence Student's distribution.
    """
    chance = cadence.tries * WINDOWS[width] / (kpis * cadence.per_quarter)
    series, points = shape
    return float(student.isf(chance / 2, points * series / (series + 3)))


def anomalies(
    panel: Panel, cadence: Cadence, *, multiplicative: bool = True, kpis: int = 12
) -> pl.DataFrame:
    """The odd runs of every series, none overlapping another of the same series.

    Returns unique_id, first, last (positions), sigmas (mean distance from the baseline in the
    series' own robust standard deviations), actual and expected (means per point over the run),
    score (what was compared with the threshold); sorted by unique_id and first.
    """
    if panel.y.size == 0 or panel.y.shape[1] < SHORTEST:
        return pl.DataFrame(schema=SCHEMA)
    scale = scaled(panel.even, multiplicative)
    limits = {width: threshold(width, panel.y.shape, cadence, kpis) for width in WINDOWS}
    masked = np.zeros(scale.z.shape, dtype=bool)
    taken = np.zeros_like(scale.z)
    if panel.y.shape[1] < 2 * cadence.season:
        # The season is in the level then, which must follow it.
        cadence = replace(cadence, reach=max(4, cadence.season // 8))
    found: list[_Run] = []
    for _ in range(PASSES):
        taken = season_and_growth(np.where(masked, np.nan, scale.z), cadence.season)
        found = _runs(scale.z - taken, masked, cadence, limits)
        masked = _covered(found, scale.z.shape)
    rows = [_row(panel, scale, taken, run) for run in found]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("unique_id", "first")


@dataclass(frozen=True)
class _Run:
    series: int
    first: int
    last: int
    score: float
    sigmas: float
    level: float


def _runs(left: Array, masked: Mask, cadence: Cadence, limits: Mapping[int, float]) -> list[_Run]:
    """The strongest windows beyond their limit, each taken before the weaker ones it overlaps."""
    single = left - level_beside(left, masked, 1, cadence.reach)
    sigma = spreads(np.where(masked, np.nan, single))
    candidates: list[_Run] = []
    for width, limit in limits.items():
        level = level_beside(left, masked, width, cadence.reach)
        mean = _means(left, width)
        raw = (mean - level) / sigma[:, None]
        score = raw * np.sqrt(width)
        calm = np.abs(score)[np.isfinite(score) & ~masked]
        # Neighbours that go together, and the uncertainty of the level, widen what is normal.
        score = score / (max(0.9, MAD * float(np.median(calm))) if len(calm) else 1.0)
        for series, last in np.argwhere(np.nan_to_num(np.abs(score)) > limit):
            candidates.append(
                _Run(
                    int(series),
                    int(last) - width + 1,
                    int(last),
                    float(score[series, last]),
                    float(raw[series, last]),
                    float(level[series, last]),
                )
            )
    taken = np.zeros(left.shape, dtype=bool)
    chosen = []
    for run in sorted(candidates, key=lambda each: -abs(each.score)):
        place = (run.series, slice(run.first, run.last + 1))
        if not taken[place].any():
            taken[place] = True
            chosen.append(run)
    return _joined(chosen)


def _joined(runs: Sequence[_Run]) -> list[_Run]:
    """Runs that follow each other in the same direction, as one, as strong as the stronger."""
    joined: list[_Run] = []
    for run in sorted(runs, key=lambda each: (each.series, each.first)):
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.series == run.series
            and before.last + 1 >= run.first
            and before.score * run.score > 0
        ):
            stronger = max(before, run, key=lambda each: abs(each.score))
            joined[-1] = replace(stronger, first=before.first, last=run.last)
        else:
            joined.append(run)
    return joined


def _means(z: Array, width: int) -> Array:
    """The mean of each window, named by its last point; unknown where one of its points is."""
    padded = np.pad(z, ((0, 0), (width - 1, 0)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    means: Array = windows.mean(axis=-1)
    return means


def _covered(runs: Sequence[_Run], shape: tuple[int, ...]) -> Mask:
    masked = np.zeros(shape, dtype=bool)
    for run in runs:
        masked[run.series, run.first : run.last + 1] = True
    return masked


def _row(panel: Panel, scale: Scale, taken: Array, run: _Run) -> tuple[object, ...]:
    span = slice(run.first, run.last + 1)
    one = Scale(scale.z[[run.series]], scale.is_log[[run.series]])
    expected = one.back(run.level + taken[[run.series], span])[0]
    if panel.days is not None:
        expected = expected * panel.days[span]
    return (
        panel.ids[run.series],
        panel.first + run.first,
        panel.first + run.last,
        run.sigmas,
        float(np.mean(panel.y[run.series, span])),
        float(np.mean(expected)),
        run.score,
    )
