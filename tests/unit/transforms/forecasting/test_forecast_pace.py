"""Bookings on the books: small frames, no model is fitted."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from transforms.forecasting.forecast import Forecasts
from transforms.forecasting.pace import paced

START, WEEKS = date(2026, 6, 1), 4


def rows(name: str, origin: date, said: float, **other: object) -> pl.DataFrame:
    days = [origin + timedelta(weeks=n) for n in range(WEEKS)]
    return pl.DataFrame({"unique_id": [name] * WEEKS, "ds": days}).with_columns(
        yhat=pl.lit(said), lo_80=pl.lit(said - 5), hi_80=pl.lit(said + 5), lo_95=pl.lit(said - 9),
        hi_95=pl.lit(said + 9), naive=pl.lit(said), scale=pl.lit(2.0), model=pl.lit("m"),
        **{key: pl.lit(value) for key, value in other.items()},
    )  # fmt: skip


def company(is_telling: bool) -> tuple[Forecasts, pl.DataFrame]:
    """Ten branches; half of a week's work is booked at an origin, or the books tell nothing."""
    rng = np.random.default_rng(1)
    held, booked = [], []
    for branch in range(10):
        for window in (2, 1, 0):
            origin = START + timedelta(weeks=WEEKS * (3 - window))
            came = rng.poisson(20, WEEKS).astype(float)
            known = came / 2 if is_telling else rng.poisson(10, WEEKS).astype(float)
            days = [origin + timedelta(weeks=n) for n in range(WEEKS)]
            booked.append(
                pl.DataFrame({"unique_id": f"b{branch}", "origin_on": origin, "ds": days,
                              "booked": known})
            )  # fmt: skip
            if window:
                held.append(
                    rows(f"b{branch}", origin, 20.0, window=window)
                    .drop("model")
                    .with_columns(actual=pl.Series(came), step=pl.Series([1, 2, 3, 4]))
                )
    now = START + timedelta(weeks=WEEKS * 3)
    frame = pl.concat([rows(f"b{branch}", now, 20.0) for branch in range(10)])
    return Forecasts(frame, (), (), {}, pl.concat(held)), pl.concat(booked)


def error(made: Forecasts) -> float:
    return float((made.held["yhat"] - made.held["actual"]).abs().mean())  # type: ignore[arg-type]


def test_books_that_tell_move_the_forecast_and_narrow_it() -> None:
    made, booked = company(is_telling=True)
    done = paced(made, booked)
    assert error(done) < 0.85 * error(made)
    now = done.frame.join(booked, on=["unique_id", "ds"])
    many, few = now.filter(pl.col("booked") > 11), now.filter(pl.col("booked") < 9)
    assert (many["yhat"] > 20).all() and (few["yhat"] < 20).all()
    assert ((done.frame["hi_80"] - done.frame["lo_80"]) < 10).all()
    assert done.frame["model"].unique().to_list() == ["m; bookings on the books"]
    assert done.frame.columns == made.frame.columns


def test_books_that_tell_nothing_change_little() -> None:
    made, booked = company(is_telling=False)
    done = paced(made, booked)
    assert error(done) < 1.1 * error(made)
    assert (done.frame["yhat"] - 20).abs().max() < 5  # type: ignore[operator]


def test_without_windows_the_models_stand() -> None:
    made, booked = company(is_telling=True)
    bare = Forecasts(made.frame, (), (), {}, made.held.clear())
    assert paced(bare, booked) is bare
    assert paced(made, booked.clear()) is made
