"""How good forecasts would have been: origins in the past, scored beside seasonal naive.

Also forecasts of anyone's series in a file. Making a forecast is in `forecast`.
"""

from pathlib import Path

import polars as pl
from polars.exceptions import (
    ColumnNotFoundError,
    ComputeError,
    InvalidOperationError,
    NoDataError,
)

from transforms.forecasting.errors import NothingToForecast, SeriesFileInvalid
from transforms.forecasting.forecast import BAND_COLUMNS, Forecasts, forecast_series
from transforms.forecasting.models import POINT, Task, benchmark
from transforms.forecasting.parallel import PATIENCE
from transforms.forecasting.scores import score
from transforms.forecasting.series import Series, read_series

COLUMNS = ("unique_id", "ds", "y")
PATIENCE_PER_SERIES = 3.0
"""Seconds that a series of a file may take on average."""


def backtest(
    history: pl.DataFrame,
    horizon: int,
    season: int = 12,
    origins: int = 1,
    *,
    with_arima: bool = False,
) -> pl.DataFrame:
    """Scores of every series at `origins` past origins, `horizon` steps apart.

    Returns unique_id, origin (1 is the latest), model, and the columns of `scores.score`. Series
    too short to be forecast at an origin have no row there.
    """
    rows = past_forecasts(history, horizon, season, origins, with_arima=with_arima)
    return score(rows, ("unique_id", "origin", "model"))


def past_forecasts(
    history: pl.DataFrame,
    horizon: int,
    season: int = 12,
    origins: int = 1,
    *,
    with_arima: bool = False,
) -> pl.DataFrame:
    """What would have been forecast at past origins from what was known then, and what came.

    Returns unique_id, origin, step, ds, bands, model, naive, actual, scale.
    """
    whole = [series for series in read_series(history) if isinstance(series, Series)]
    frames = []
    for origin in range(origins, 0, -1):
        cut = origin * horizon
        past = pl.concat([_before(series, cut) for series in whole])
        made = forecast_series(
            past,
            horizon,
            season,
            patience=PATIENCE_PER_SERIES * len(whole),
            with_arima=with_arima,
        ).frame.drop("naive", "scale")
        known = [_known(each, cut, horizon, season) for each in whole if len(each.y) > cut]
        frames.append(
            made.join(pl.concat(known), on=["unique_id", "ds"]).with_columns(
                pl.lit(origin).alias("origin")
            )
        )
    return pl.concat(frames).sort("unique_id", "origin", "step")


def _known(series: Series, cut: int, horizon: int, season: int) -> pl.DataFrame:
    """What came after an origin, beside seasonal naive."""
    known = len(series.y) - cut
    naive, scale = benchmark(Task(series.y, season, horizon, 0), known)
    return pl.DataFrame(
        {
            "unique_id": [series.id] * horizon,
            "ds": [series.step.point(series.last + 1 - cut + n) for n in range(horizon)],
            "step": list(range(1, horizon + 1)),
            "actual": series.y[known:][:horizon],
            "naive": naive[POINT],
            "scale": [scale] * horizon,
        }
    )


def _before(series: Series, cut: int) -> pl.DataFrame:
    kept = max(len(series.y) - cut, 0)
    points = [series.step.point(int(position)) for position in series.positions[:kept]]
    return pl.DataFrame(
        {"unique_id": [series.id] * kept, "ds": points, "y": series.y[:kept]},
        schema_overrides={"unique_id": pl.String, "y": pl.Float64}
        | ({} if points else {"ds": pl.Date if series.step.unit != "numbers" else pl.Int64}),
    )


def backtest_csv(
    source: Path,
    *,
    horizon: int,
    season: int,
    out: Path,
    with_arima: bool = True,
    scores: Path | None = None,
) -> int:
    """Forecast every series of a file (unique_id, ds, y) into another; returns the rows written.

    The other has unique_id, ds, yhat, lo_80, hi_80, lo_95, hi_95. What became of every series
    stands in a file beside it, `<out>.series.csv`: the model, or why there is no forecast. `ds` is
    a date (2026-11-01) or a whole number. `scores` gets what the same models did on windows held
    out, per series. Raises `SeriesFileInvalid` and `NothingToForecast`.
    """
    history = read_csv(source)
    count = history["unique_id"].n_unique()
    made = forecast_series(
        history,
        horizon,
        season,
        patience=max(PATIENCE, PATIENCE_PER_SERIES * count),
        with_arima=with_arima,
    )
    outcomes = outcomes_of(made)
    outcomes.write_csv(out.with_name(f"{out.name}.series.csv"))
    if made.frame.is_empty():
        first = ": ".join(outcomes.row(0)) if outcomes.height else "it has no rows"
        raise NothingToForecast(f"{source}: no series can be forecast; {first}")
    made.frame.select("unique_id", "ds", *BAND_COLUMNS).write_csv(out)
    if scores is not None:
        score(made.held, ("unique_id",)).write_csv(scores)
    return made.frame.height


def outcomes_of(made: Forecasts) -> pl.DataFrame:
    """What became of every series (unique_id, outcome)."""
    forecast = made.frame.group_by("unique_id").agg(pl.col("model").first().alias("outcome"))
    left_out = pl.DataFrame(
        [(each.id, each.reason) for each in made.unusable],
        schema={"unique_id": pl.String, "outcome": pl.String},
        orient="row",
    )
    return pl.concat([forecast, left_out]).sort("unique_id")


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
