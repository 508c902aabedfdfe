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
from transforms.forecasting.ledger import COLUMNS
from transforms.forecasting.publish import write_forecasts
from transforms.forecasting.targets import MONTH, TARGETS

pytestmark = pytest.mark.long

PROVINCES = {"branch-00": "BC", "branch-01": "BC", "branch-02": "AB", "branch-03": "AB"}


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
    # The west is a day behind: the month has not ended there.
    places = ", ".join(
        f"('{client}', '{branch}', '{province}', null::date, null::date,"
        f" date '2026-{'10-31' if province == 'BC' else '11-01'}')"
        for client in ("tenant-1", "tenant-2")
        for branch, province in PROVINCES.items()
    )
    connection.execute(
        f"create table marts.dim_locations as from (values {places})"
        " t(client_id, location_id, province, opened_on, closed_on, business_on)"
    )
    with installation(tmp_path, None, ""):
        yield connection


def written(marts: duckdb.DuckDBPyConnection, kind: str = "current") -> pl.DataFrame:
    write_forecasts(marts)
    return marts.sql(
        f"from transforms.forecasts where kind = '{kind}'"
        " order by metric_name, level, province, location_id, origin_on, period_on"
    ).pl()


def test_branches_add_up_to_provinces_and_the_company(marts: duckdb.DuckDBPyConnection) -> None:
    made = written(marts)
    assert made["client_id"].unique().to_list() == ["tenant-1"]
    assert made.height == 2 * (4 + 2 + 1) * MONTH.horizon
    assert made["origin_on"].unique().to_list() == [date(2026, 10, 1)]
    first = made.filter(pl.col("horizon") == 1)
    assert first["period_on"].unique().to_list() == [date(2026, 10, 1)]
    for (_, _), month in made.group_by("metric_name", "period_on"):
        sums = {
            level: sum(Decimal(repr(y)) for y in part["yhat"])
            for (level,), part in month.group_by("level")
        }
        assert sums["branch"] == sums["province"] == sums["company"]
        west = month.filter(pl.col("province") == "BC")
        assert sum(
            Decimal(repr(y)) for y in west.filter(pl.col("level") == "branch")["yhat"]
        ) == Decimal(repr(west.filter(pl.col("level") == "province")["yhat"].item()))


def test_a_backtest_stands_beside_the_forecasts(marts: duckdb.DuckDBPyConnection) -> None:
    tested = written(marts, "backtest")
    assert tested["actual"].is_not_null().all()
    assert (tested["period_on"] < date(2026, 10, 1)).all()
    # Of the young branch no window can be held out.
    assert tested["location_id"].drop_nulls().unique().sort().to_list() == [
        "branch-00", "branch-01", "branch-03"
    ]  # fmt: skip
    counts = network(seed=3, branches=4).rename({"unique_id": "location_id", "ds": "period_on"})
    known = tested.filter(pl.col("metric_name") == "bookings", pl.col("level") == "branch")
    joined = known.join(counts, on=["location_id", "period_on"])
    assert joined.height == known.height > 0
    assert (joined["actual"] == joined["y"]).all()


def test_unchanged_series_are_not_fitted_again(marts: duckdb.DuckDBPyConnection) -> None:
    first = written(marts)
    folder = settings().var / "forecasts"
    for path in folder.glob("*.npz"):
        with np.load(path) as kept:
            arrays = dict(kept)
        np.savez(path, **(arrays | {"model": np.array("kept")}))
    assert written(marts).equals(first)

    marts.execute(
        "update marts.fct_bookings_monthly set bookings_count = bookings_count + 1"
        " where location_id = 'branch-03' and month_on = date '2026-09-01'"
    )
    third = written(marts)
    fitted = third.filter(pl.col("metric_name") == "bookings", pl.col("model") != "kept")
    # The company and the province hold the branch; the youngest branch borrows everybody's season.
    places = fitted.select("level", "location_id", "province").unique().sort("level", "location_id")
    assert places.rows() == [
        ("branch", "branch-02", "AB"),
        ("branch", "branch-03", "AB"),
        ("company", None, None),
        ("province", None, "AB"),
    ]
    assert third.filter(pl.col("metric_name") == "booked_amount").equals(
        first.filter(pl.col("metric_name") == "booked_amount")
    )


def test_what_was_published_is_kept_beside_what_came(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("attach ':memory:' as lake; create schema lake.marts")
    first = written(marts)
    marts.execute("create table lake.marts.fct_forecast_ledger as from transforms.forecasts")
    marts.execute("update marts.dim_locations set business_on = date '2026-12-01'")
    past = written(marts, "published")
    assert past["origin_on"].unique().to_list() == [date(2026, 10, 1)]
    keys = ["metric_name", "level", "province", "location_id", "period_on"]
    same = [*keys, "yhat", "lo_80", "hi_95", "model", "naive", "scale"]
    assert past.select(same).sort(keys).equals(first.select(same).sort(keys))
    known = past.filter(pl.col("actual").is_not_null())
    assert known["period_on"].unique().to_list() == [date(2026, 10, 1), date(2026, 11, 1)]
    counts = network(seed=3, branches=4)
    october = counts.filter(pl.col("ds") == date(2026, 10, 1))["y"].sum()
    company = known.filter(
        pl.col("level") == "company",
        pl.col("metric_name") == "bookings",
        pl.col("period_on") == date(2026, 10, 1),
    )
    assert company["actual"].to_list() == [october]

    marts.execute(
        "create or replace table lake.marts.fct_forecast_ledger as from transforms.forecasts"
    )
    assert written(marts, "published").equals(past)


def test_nothing_to_forecast_leaves_an_empty_table(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.fct_bookings_monthly where client_id = 'tenant-1'")
    write_forecasts(marts)
    made = marts.sql("from transforms.forecasts").pl()
    assert made.height == 0
    assert made.columns == list(COLUMNS)


def test_every_target_is_one_of_its_kind() -> None:
    assert len({target.key for target in TARGETS}) == len(TARGETS)
