"""The forecasting step on a database like the pipeline's."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from crm_core.config import settings
from tests.conftest import installation
from tests.unit.transforms.forecasting.company import network
from transforms.forecasting.models import NAIVE
from transforms.forecasting.publish import HORIZON, write_forecasts


@pytest.fixture
def marts(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Two tenants: one with four branches and one running month, one too young to forecast."""
    counts = network(seed=3, branches=4)
    amounts = network(seed=3, branches=4, amount=True)
    monthly = counts.join(amounts, on=["unique_id", "ds"], suffix="_amount").select(
        pl.lit("tenant-1").alias("client_id"),
        pl.col("unique_id").alias("location_id"),
        pl.col("ds").alias("month_on"),
        pl.col("y").cast(pl.Int32).alias("bookings_count"),
        pl.col("y_amount").alias("booked_amount"),
        (pl.col("ds") < date(2026, 10, 1)).alias("is_complete"),
    )
    young = monthly.filter(pl.col("month_on") > date(2026, 5, 1)).with_columns(
        pl.lit("tenant-2").alias("client_id")
    )
    unassigned = monthly.filter(pl.col("location_id") == "branch-00").with_columns(
        pl.lit(None, dtype=pl.String).alias("location_id")
    )
    connection = duckdb.connect()
    connection.register("rows", pl.concat([monthly, young, unassigned]).to_arrow())
    connection.execute("create schema marts")
    connection.execute(
        "create table marts.fct_bookings_monthly as select * replace"
        " (cast(booked_amount as decimal(18, 2)) as booked_amount) from rows"
    )
    with installation(tmp_path, None, ""):
        yield connection


MARK = ", kept"


def mark_kept_fits(folder: Path) -> int:
    """Write into every kept fit that it was kept; returns how many there are."""
    paths = list(folder.glob("*.npz"))
    for path in paths:
        with np.load(path) as kept:
            arrays = dict(kept)
        # A model of another name than seasonal naive's is calibrated as the combination is.
        arrays["combined"] = arrays["naive" if arrays["model"] == NAIVE else "combined"]
        arrays["model"] = np.array(f"{arrays['model']}{MARK}")
        np.savez(path, **arrays)
    return len(paths)


def test_branches_add_up_to_the_company(marts: duckdb.DuckDBPyConnection) -> None:
    write_forecasts(marts)
    made = marts.sql("from transforms.forecasts").pl()
    assert made["client_id"].unique().to_list() == ["tenant-1"]
    assert made.height == 2 * 5 * HORIZON
    assert made["origin_on"].unique().to_list() == [date(2026, 10, 1)]
    first = made.filter(pl.col("horizon") == 1)
    assert first["month_on"].unique().to_list() == [date(2026, 10, 1)]
    for (_, _), month in made.group_by("metric_name", "month_on"):
        company = month.filter(pl.col("location_id").is_null())["yhat"].item()
        branches = month.filter(pl.col("location_id").is_not_null())["yhat"]
        assert sum(Decimal(repr(y)) for y in branches) == Decimal(repr(company))


def test_unchanged_series_are_not_fitted_again(marts: duckdb.DuckDBPyConnection) -> None:
    write_forecasts(marts)
    first = marts.sql("from transforms.forecasts").pl()
    marked = mark_kept_fits(settings().var / "forecasts")
    write_forecasts(marts)
    second = marts.sql("from transforms.forecasts").pl()
    assert second.drop("model").equals(first.drop("model"))
    assert second["model"].str.ends_with(MARK).all()

    marts.execute(
        "update marts.fct_bookings_monthly set bookings_count = bookings_count + 1"
        " where location_id = 'branch-03' and month_on = date '2026-09-01'"
    )
    write_forecasts(marts)
    third = marts.sql("from transforms.forecasts where metric_name = 'bookings'").pl()
    fitted = third.filter(~pl.col("model").str.ends_with(MARK))
    # The company holds the branch; the youngest branch borrows everybody's season.
    assert fitted["location_id"].unique().sort().to_list() == [None, "branch-02", "branch-03"]
    assert marked == 2 * 5


def test_nothing_to_forecast_leaves_an_empty_table(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.fct_bookings_monthly where client_id = 'tenant-1'")
    write_forecasts(marts)
    assert marts.sql("select count(*) from transforms.forecasts").fetchall() == [(0,)]
