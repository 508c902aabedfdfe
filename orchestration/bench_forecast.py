"""`crm bench forecast`: anyone's series and a network of branches, beside seasonal naive.

The series are made in `orchestration.bench_series`; competition data is only read where a copy is
given.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from orchestration.bench_series import FAMILIES, families, network
from orchestration.measure import Calibration, Figure, calibrate
from transforms.forecasting.backtest import backtest_csv, past_forecasts, read_csv
from transforms.forecasting.publish import Tree, made_rows
from transforms.forecasting.scores import score
from transforms.forecasting.store import FitStore, ResultStore
from transforms.forecasting.targets import MONTH, WEEK, Cadence, Target

POINTS, HORIZON = 100, 18
SERIES = {"S": 40, "M": 1000}
NETWORK = {"S": (6, 2, 3), "M": (43, 12, 3)}
"""Branches, metrics and years."""

WITH_ARIMA, WITHOUT, MEMORY = 0.5, 0.15, 2048.0
"""Seconds a series on two cores; MiB of this process."""

COLD, AGAIN = 25 * 60.0, 120.0
"""Seconds for the network from nothing, and for what a day changes."""


@dataclass(frozen=True)
class Public:
    """A public set, `<name>.csv` (unique_id, ds, y) in the folder given: its last points are the
    test."""

    name: str
    horizon: int
    season: int
    naive: float
    """MASE of seasonal naive as published: whether this harness measures the same."""
    most: float
    """MASE of ours."""


PUBLIC = (
    Public("m3_monthly", 18, 12, 1.146, 0.83),
    Public("m1_monthly", 18, 12, 1.314, 1.05),
    Public("tourism_monthly", 24, 12, 1.631, 1.44),
    Public("m4_weekly", 13, 1, 2.777, 2.40),
)


def bench_forecast(scale: str, tell: Callable[[str], None], data: Path | None) -> Iterator[Figure]:
    """Figures as they come."""
    machine = calibrate()
    yield from _speed(scale, tell, machine)
    yield from _accuracy(tell, machine)
    yield from _network(scale, tell, machine)
    for public in PUBLIC:
        file = None if data is None else data / f"{public.name}.csv"
        if file is None or not file.exists():
            tell(f"{public.name}: no copy given (--data DIR), skipped")
            continue
        yield from _public(public, file, machine)


def _speed(scale: str, tell: Callable[[str], None], machine: Calibration) -> Iterator[Figure]:
    count = SERIES[scale]
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "series.csv", Path(folder) / "forecasts.csv"
        families(count, POINTS).write_csv(source)
        for with_arima, limit in ((False, WITHOUT), (True, WITH_ARIMA)):
            name = f"backtest of {count} series, {'with' if with_arima else 'without'} ARIMA"
            tell(name)
            start = time.perf_counter()
            backtest_csv(source, horizon=HORIZON, season=12, out=out, with_arima=with_arima)
            each = (time.perf_counter() - start) / count
            yield _within(name, "s a series", round(each, 3), limit, machine)
    used = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    yield _within("forecast: memory beside the workers", "MiB", used, MEMORY, machine)


def _accuracy(tell: Callable[[str], None], machine: Calibration) -> Iterator[Figure]:
    """A year held out of families of series; each forecast beside seasonal naive's."""
    tell("accuracy on families of series")
    rows = past_forecasts(families(8 * len(FAMILIES), 84, seed=2), 12)
    by_family = rows.with_columns(family=pl.col("unique_id").str.split("-").list.first())
    for scored in score(by_family, ("family",)).iter_rows(named=True):
        yield _beside(f"{scored['family']}: MASE", scored["mase"], scored["mase_naive"], machine)


def _network(scale: str, tell: Callable[[str], None], machine: Calibration) -> Iterator[Figure]:
    branches, metrics, years = NETWORK[scale]
    name = f"{branches} branches, {metrics} metrics, {years} years"
    daily = network(branches, metrics, years)
    with tempfile.TemporaryDirectory() as folder:
        stores = FitStore(Path(folder)), ResultStore(Path(folder))
        tell(f"{name}, from nothing")
        trees = list(_trees(daily))
        rows, seconds = _timed(trees, stores)
        yield _within(f"{name}: cold", "s", seconds, COLD, machine)
        yield from _coverage(rows, machine)
        tell(f"{name}, again")
        again, seconds = _timed(trees, stores)
        assert again.equals(rows)
        yield _within(f"{name}: unchanged", "s", seconds, AGAIN, machine)
        last = daily["day"].max()
        moved = pl.when(pl.col("day") == last, pl.col("metric") == "metric-00").then(
            pl.col("y") + 1
        )
        changed = daily.with_columns(moved.otherwise(pl.col("y")).alias("y"))
        tell(f"{name}, after a day that changed one metric everywhere")
        _, seconds = _timed(list(_trees(changed)), stores)
        yield _within(f"{name}: a day's increment", "s", seconds, AGAIN, machine)


def _timed(trees: list[Tree], stores: tuple[FitStore, ResultStore]) -> tuple[pl.DataFrame, float]:
    start = time.perf_counter()
    rows = made_rows(trees, *stores)
    return rows, round(time.perf_counter() - start, 1)


def _trees(daily: pl.DataFrame) -> Iterator[Tree]:
    for cadence in (MONTH, WEEK):
        every = {"month": "1mo", "week": "1w"}[cadence.name]
        periods = (
            daily.with_columns(ds=pl.col("day").dt.truncate(every))
            .group_by("metric", "branch", "province", "ds", maintain_order=True)
            .agg(pl.col("y").sum())
            .filter(_is_whole(cadence, daily))
        )
        for (metric,), part in periods.group_by("metric", maintain_order=True):
            target = Target(str(metric), cadence.name, "", "", "")
            branches = part.select(pl.col("branch").alias("unique_id"), "ds", "y", "province")
            yield Tree("network", target, branches)


def _is_whole(cadence: Cadence, daily: pl.DataFrame) -> pl.Expr:
    days = {"month": 28, "week": 7}[cadence.name]
    first, last = daily["day"].min(), daily["day"].max()
    return (pl.col("ds") >= first) & (pl.col("ds").dt.offset_by(f"{days - 1}d") <= last)


def _coverage(rows: pl.DataFrame, machine: Calibration) -> Iterator[Figure]:
    """Of the trailing windows, each with widths learned on the others."""
    tested = rows.filter(pl.col("kind") == "backtest")
    for cadence in ("month", "week"):
        (scored,) = score(tested.filter(pl.col("cadence") == cadence)).iter_rows(named=True)
        yield _beside(f"network by {cadence}: MASE", scored["mase"], scored["mase_naive"], machine)
        for level, low, high in ((80, 76, 84), (95, 93, 97)):
            inside = round(100 * scored[f"coverage_{level}"], 1)
            name = f"network by {cadence}: inside the {level} % band"
            yield Figure(name, "%", inside, limit=float(level), is_met=low <= inside <= high,
                         calibration=machine)  # fmt: skip


def _public(public: Public, file: Path, machine: Calibration) -> Iterator[Figure]:
    rows = past_forecasts(read_csv(file), public.horizon, public.season, with_arima=True)
    (scored,) = score(rows).iter_rows(named=True)
    off = abs(scored["mase_naive"] - public.naive)
    yield Figure(f"{public.name}: MASE of seasonal naive", "MASE", round(scored["mase_naive"], 3),
                 public.naive, limit=0.005, is_met=off <= 0.005, calibration=machine)  # fmt: skip
    yield _within(f"{public.name}: MASE", "MASE", round(scored["mase"], 3), public.most, machine)


def _within(name: str, unit: str, measured: float, limit: float, machine: Calibration) -> Figure:
    return Figure(name, unit, measured, limit=limit, is_met=measured <= limit, calibration=machine)


def _beside(name: str, ours: float, naive: float, machine: Calibration) -> Figure:
    ratio = round(ours / naive, 3)
    return Figure(name, "MASE", round(ours, 3), round(naive, 3), ratio, 1.0, ratio <= 1.0, machine)
