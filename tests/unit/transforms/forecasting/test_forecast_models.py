"""Real models on an invented network: accuracy beside seasonal naive, coverage, odd series."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.unit.transforms.forecasting.company import SEASON, months, network
from transforms.forecasting.backtest import backtest, backtest_csv
from transforms.forecasting.errors import NothingToForecast, SeriesFileInvalid
from transforms.forecasting.forecast import BAND_COLUMNS, forecast_monthly, forecast_series

HORIZON = 6


def test_branches_are_forecast_better_than_by_seasonal_naive() -> None:
    scores = backtest(network(seed=5, branches=8), HORIZON, origins=2)
    means = scores.select(pl.col("mase", "mase_naive", "coverage_80", "coverage_95").mean())
    mase, naive, coverage_80, coverage_95 = means.row(0)
    assert scores.height == 2 * 8
    assert mase < naive
    assert 0.60 <= coverage_80 <= 0.95
    assert coverage_95 >= 0.85


def test_a_forecast_is_ordered_and_never_negative() -> None:
    made = forecast_monthly(network(seed=6, branches=4), HORIZON)
    assert made.columns == ["unique_id", "ds", *BAND_COLUMNS, "model"]
    assert made.height == 4 * HORIZON
    assert made["ds"].unique().sort().to_list() == months(date(2026, 11, 1), HORIZON)
    low, narrow, point = made["lo_95"], made["lo_80"], made["yhat"]
    assert (low >= 0).all() and (low <= narrow).all() and (narrow <= point).all()
    assert (point <= made["hi_80"]).all() and (made["hi_80"] <= made["hi_95"]).all()


def test_the_same_series_get_the_same_forecast() -> None:
    history = network(seed=7, branches=3)
    assert forecast_monthly(history, HORIZON).equals(forecast_monthly(history.reverse(), HORIZON))


def one(name: str, y: list[float]) -> pl.DataFrame:
    return pl.DataFrame({"unique_id": name, "ds": months(date(2024, 1, 1), len(y)), "y": y})


def test_odd_series_have_a_stated_outcome_each() -> None:
    rng = np.random.default_rng(1)
    history = pl.concat(
        [
            one("constant", [5.0] * 30),
            one("negative", (-50 * SEASON[np.arange(36) % 12] + rng.normal(0, 2, 36)).tolist()),
            one("one_point", [5.0]),
            one("outlier", [*rng.poisson(20, 35).astype(float).tolist(), 1e9]),
            one("short", [5.0] * 7),
            one("starts_late", [0.0] * 20 + rng.poisson(9, 16).astype(float).tolist()),
            one("zero", [0.0] * 30),
        ]
    )
    made = forecast_series(history, HORIZON)
    assert {each.id for each in made.unusable} == {"one_point", "short"}
    frame = made.frame
    assert frame.height == 5 * HORIZON
    assert frame.select(pl.col(BAND_COLUMNS).is_finite().all()).row(0) == (True,) * 5
    for name, value in (("constant", 5.0), ("zero", 0.0)):
        rows = frame.filter(pl.col("unique_id") == name)
        assert rows["model"].unique().to_list() == ["constant"]
        assert rows.select(pl.col(BAND_COLUMNS).unique()).row(0) == (value,) * 5
    assert (frame.filter(pl.col("unique_id") == "negative")["yhat"] < 0).all()


def test_a_young_series_borrows_the_season_of_the_others() -> None:
    step = np.arange(60)
    old = (200 * SEASON[step % 12]).tolist()
    young = (30 * SEASON[np.arange(44, 60) % 12]).tolist()
    history = pl.concat(
        [
            pl.DataFrame({"unique_id": "old", "ds": months(date(2022, 1, 1), 60), "y": old}),
            pl.DataFrame({"unique_id": "young", "ds": months(date(2025, 9, 1), 16), "y": young}),
        ]
    )
    made = forecast_monthly(history, HORIZON).filter(pl.col("unique_id") == "young")
    assert made["model"].unique().to_list() == ["median of ets, theta, ces; season of the others"]
    assert made["yhat"].to_list() == pytest.approx((30 * SEASON[:6]).tolist(), rel=0.05)


def test_series_out_of_time_fall_back_and_are_listed() -> None:
    made = forecast_series(network(seed=8, branches=3), HORIZON, patience=0.0)
    assert made.too_slow == ("branch-00", "branch-01", "branch-02")
    assert made.frame["model"].unique().to_list() == ["seasonal naive; the models took too long"]


def test_anyone_s_file(tmp_path: Path) -> None:
    source, out = tmp_path / "series.csv", tmp_path / "forecasts.csv"
    history = pl.concat([network(seed=9, branches=1), one("short", [1.0] * 3)])
    history.write_csv(source)
    scores_file = tmp_path / "scores.csv"
    assert backtest_csv(source, horizon=3, season=12, out=out, scores=scores_file) == 3
    made = pl.read_csv(out, try_parse_dates=True)
    assert made.columns == ["unique_id", "ds", *BAND_COLUMNS]
    assert made["ds"].to_list() == months(date(2026, 11, 1), 3)
    outcomes = pl.read_csv(tmp_path / "forecasts.csv.series.csv")
    assert outcomes.rows() == [
        ("branch-00", "median of ets, theta, ces, arima"),
        ("short", "3 values, at least 8 are needed"),
    ]
    scores = pl.read_csv(tmp_path / "scores.csv")
    assert scores["unique_id"].to_list() == ["branch-00"]
    assert scores["points"].to_list() == [9]
    assert scores["mase"].item() < 3


def test_every_odd_series_of_a_file_has_an_outcome(tmp_path: Path) -> None:
    source, out = tmp_path / "series.csv", tmp_path / "forecasts.csv"
    rng = np.random.default_rng(4)
    steady = rng.normal(100, 5, 30).round(2)
    gappy = [None if n in (3, 4, 17) else value for n, value in enumerate(steady.tolist())]
    wild = [float("inf") if n == 5 else value for n, value in enumerate(steady.tolist())]
    frames = [
        one("constant", [5.0] * 30),
        pl.DataFrame({"unique_id": "gappy", "ds": months(date(2024, 1, 1), 30), "y": gappy}),
        one("negative", (-steady).tolist()),
        one("nothing", [float("nan")] * 30),
        one("one point", [5.0]),
        pl.concat([one("twice", steady.tolist())] * 2),
        one("wild", wild),
        one("zero", [0.0] * 30),
    ]
    pl.concat(frames).write_csv(source)
    assert backtest_csv(source, horizon=2, season=1, out=out, with_arima=False) == 5 * 2
    outcomes = dict(pl.read_csv(tmp_path / "forecasts.csv.series.csv").iter_rows())
    fitted = {outcomes.pop(name) for name in ("gappy", "negative", "wild")}
    assert fitted <= {"median of ets, theta, ces", "seasonal naive"}
    assert outcomes == {
        "constant": "constant",
        "nothing": "0 values, at least 8 are needed",
        "one point": "1 values, at least 8 are needed",
        "twice": "two values for one date",
        "zero": "constant",
    }
    made = pl.read_csv(out)
    assert made.select(pl.col(BAND_COLUMNS).is_finite().all()).row(0) == (True,) * 5
    assert (made.filter(pl.col("unique_id") == "negative")["yhat"] < 0).all()


def test_numbered_steps(tmp_path: Path) -> None:
    source, out = tmp_path / "series.csv", tmp_path / "forecasts.csv"
    pl.DataFrame(
        {"unique_id": "w", "ds": range(1, 41), "y": [float(n) for n in range(40)]}
    ).write_csv(source)
    assert backtest_csv(source, horizon=2, season=1, out=out) == 2
    assert pl.read_csv(out)["ds"].to_list() == [41, 42]


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        ("unique_id,ds\na,2026-01-01\n", SeriesFileInvalid, "columns unique_id, ds and y"),
        ("unique_id,ds,y\na,soon,1\n", SeriesFileInvalid, "ds must be a date"),
        ("unique_id,ds,y\na,2026-01-01,many\n", SeriesFileInvalid, "y a number"),
        ("", SeriesFileInvalid, "columns"),
        ("unique_id,ds,y\na,2026-01-01,1\n", NothingToForecast, "a: 1 values"),
    ],
)
def test_bad_files_are_refused_in_one_line(
    tmp_path: Path, text: str, error: type[Exception], match: str
) -> None:
    source = tmp_path / "series.csv"
    source.write_text(text)
    with pytest.raises(error, match=match) as refused:
        backtest_csv(source, horizon=3, season=12, out=tmp_path / "out.csv")
    assert "\n" not in str(refused.value)
