"""How good forecasts would have been: origins in the past, scored beside seasonal naive.

Also forecasts of anyone's series in a file. Making a forecast is in `forecast`.
"""

from pathlib import Path

import numpy as np
import polars as pl
from polars.exceptions import (
    ColumnNotFoundError,
    ComputeError,
    InvalidOperationError,
    NoDataError,
)

from transforms.forecasting.errors import NothingToForecast, SeriesFileInvalid
from transforms.forecasting.forecast import BAND_COLUMNS, forecast_series
from transforms.forecasting.models import POINT, seasonal_naive
from transforms.forecasting.parallel import PATIENCE
from transforms.forecasting.series import Array, Series, read_series

COLUMNS = ("unique_id", "ds", "y")
PATIENCE_PER_SERIES = 1.0
"""Seconds that a series of a file may take on average."""


def backtest(
    history: pl.DataFrame, horizon: int, season: int = 12, origins: int = 1
) -> pl.DataFrame:
    """Scores of every series at `origins` past origins, `horizon` steps apart.

    Returns unique_id, origin (1 is the latest), model, mase, mase_naive, coverage_80, coverage_95,
    points. A MASE of 1 is the average seasonal difference within the history before the origin.
    Series too short to be forecast at an origin have no row there.
    """
    whole = [series for series in read_series(history) if isinstance(series, Series)]
    rows = []
    for origin in range(origins, 0, -1):
        held = {s.id: s.y[len(s.y) - origin * horizon :][:horizon] for s in whole}
        past = pl.concat([_before(series, origin * horizon) for series in whole])
        made = forecast_series(past, horizon, season, patience=PATIENCE_PER_SERIES * len(whole))
        for (name,), frame in made.frame.group_by("unique_id", maintain_order=True):
            series = next(each for each in whole if each.id == name)
            known = series.y[: len(series.y) - origin * horizon]
            rows.append(
                {"unique_id": name, "origin": origin, "model": frame["model"].item(0)}
                | _scores(known, held[series.id], frame, season)
            )
    return pl.DataFrame(rows).sort("unique_id", "origin")


def _before(series: Series, cut: int) -> pl.DataFrame:
    kept = max(len(series.y) - cut, 0)
    points = [series.step.point(int(position)) for position in series.positions[:kept]]
    return pl.DataFrame(
        {"unique_id": [series.id] * kept, "ds": points, "y": series.y[:kept]},
        schema_overrides={"unique_id": pl.String, "y": pl.Float64}
        | ({} if points else {"ds": pl.Date if series.step.unit != "numbers" else pl.Int64}),
    )


def _scores(known: Array, actual: Array, frame: pl.DataFrame, season: int) -> dict[str, float]:
    lag = season if len(known) >= 2 * season else 1
    scale = float(np.mean(np.abs(known[lag:] - known[:-lag])))
    band = {name: frame[name].to_numpy() for name in BAND_COLUMNS}
    naive = seasonal_naive(known, lag, len(actual))[POINT]

    def mase(point: Array) -> float:
        return float(np.mean(np.abs(point - actual))) / scale if scale else float("nan")

    def coverage(level: int) -> float:
        inside = (band[f"lo_{level}"] <= actual) & (actual <= band[f"hi_{level}"])
        return float(np.mean(inside))

    return {
        "mase": mase(band["yhat"]),
        "mase_naive": mase(naive),
        "coverage_80": coverage(80),
        "coverage_95": coverage(95),
        "points": float(len(actual)),
    }


def backtest_csv(source: Path, *, horizon: int, season: int, out: Path) -> int:
    """Forecast every series of a file (unique_id, ds, y) into another; returns the rows written.

    The other has unique_id, ds, yhat, lo_80, hi_80, lo_95, hi_95; series that cannot be forecast
    are listed with the reason in a file beside it, named `<out>.left_out.csv`. `ds` is a date
    (2026-11-01) or a whole number. Raises `SeriesFileInvalid` and `NothingToForecast`.
    """
    history = read_csv(source)
    count = history["unique_id"].n_unique()
    made = forecast_series(
        history, horizon, season, patience=max(PATIENCE, PATIENCE_PER_SERIES * count)
    )
    left_out = [(each.id, each.reason) for each in made.unusable]
    left_out += [(name, "took too long: seasonal naive instead") for name in made.too_slow]
    if made.frame.is_empty():
        raise NothingToForecast(f"{source}: no series can be forecast; {': '.join(left_out[0])}")
    made.frame.select("unique_id", "ds", *BAND_COLUMNS).write_csv(out)
    beside = out.with_name(f"{out.name}.left_out.csv")
    beside.unlink(missing_ok=True)
    if left_out:
        pl.DataFrame(left_out, schema=["unique_id", "reason"], orient="row").write_csv(beside)
    return made.frame.height


def read_csv(source: Path) -> pl.DataFrame:
    """The series of a file; raises `SeriesFileInvalid` naming the column that is wrong."""
    try:
        text = pl.read_csv(source, columns=list(COLUMNS), infer_schema=False)
    except (ColumnNotFoundError, ComputeError, NoDataError, OSError) as error:
        raise SeriesFileInvalid(
            f"{source} must have the columns unique_id, ds and y: {str(error).splitlines()[0]}"
        ) from error
    try:
        y = pl.col("y").str.strip_chars().replace("", None).cast(pl.Float64)
        return text.select("unique_id", _points(text["ds"]), y)
    except InvalidOperationError as error:
        raise SeriesFileInvalid(
            f"{source}: ds must be a date such as 2026-11-01 or a whole number, and y a number:"
            f" {str(error).splitlines()[0]}"
        ) from error


def _points(ds: pl.Series) -> pl.Series:
    if ds.str.contains(r"^\s*-?\d+\s*$").all():
        return ds.str.strip_chars().cast(pl.Int64)
    return ds.str.strip_chars().str.slice(0, 10).str.to_date("%Y-%m-%d")
