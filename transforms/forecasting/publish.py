"""The forecasts of every tenant, made from the marts in memory for the marts in memory.

Models are in `forecast`; which marts read the result is decided in dbt.
"""

import polars as pl
from duckdb import DuckDBPyConnection

from crm_core import clock
from crm_core.config import settings
from transforms.forecasting.coherence import coherent
from transforms.forecasting.forecast import BAND_COLUMNS, forecast_series
from transforms.forecasting.series import Series, read_series
from transforms.forecasting.store import FitStore

HORIZON = 6
"""Months ahead."""

SEASON = 12
METRICS = {"bookings": "bookings_count", "booked_amount": "booked_amount"}
"""Name of the metric that is forecast, and its column in the monthly mart."""

COMPANY = ""
"""Stands for the whole company among the branch ids; sorts before them."""

_HISTORY = """
    select client_id, location_id, month_on, cast(bookings_count as double) as bookings_count,
           cast(booked_amount as double) as booked_amount
    from marts.fct_bookings_monthly
    where is_complete and location_id is not null
    order by client_id, location_id, month_on
"""

_TABLE = """
    create or replace table transforms.forecasts (
        client_id varchar, location_id varchar, metric_name varchar, origin_on date, month_on date,
        horizon integer, model varchar, yhat double, lo_80 double, hi_80 double, lo_95 double,
        hi_95 double
    )
"""


def write_forecasts(connection: DuckDBPyConnection) -> None:
    """Write `transforms.forecasts` from `marts.fct_bookings_monthly` of the same database.

    One row per tenant, branch (null for the company), metric and month ahead: horizon 1 is the
    first month that has not ended everywhere, and `origin_on` its first day. Rows without a
    branch are not forecast: the company's row is the sum of its branches. Series are fitted again
    only when they changed.
    """
    history = connection.sql(_HISTORY).pl()
    store = FitStore(settings().var / "forecasts")
    frames = [
        _forecasts(tenant, str(client), metric, column, store)
        for (client,), tenant in history.group_by("client_id", maintain_order=True)
        for metric, column in METRICS.items()
    ]
    store.sweep(clock.now().timestamp())
    connection.execute("create schema if not exists transforms")
    connection.execute(_TABLE)
    if frames:
        rows = pl.concat(frames)
        connection.register("forecast_rows", rows.to_arrow())
        connection.execute("insert into transforms.forecasts by name select * from forecast_rows")
        connection.unregister("forecast_rows")


def _forecasts(
    tenant: pl.DataFrame, client: str, metric: str, column: str, store: FitStore
) -> pl.DataFrame:
    """Forecasts of one metric of one tenant, in the columns of the table."""
    branches = common_months(
        tenant.select(unique_id="location_id", ds="month_on", y=pl.col(column))
    )
    # A branch that has no forecast of its own is in the company's neither: it would be spread
    # over the others.
    usable = [each.id for each in read_series(branches) if isinstance(each, Series)]
    forecast = branches.filter(pl.col("unique_id").is_in(usable))
    company = forecast.group_by("ds").agg(pl.col("y").sum()).select(pl.lit(COMPANY), "ds", "y")
    together = pl.concat([forecast, company.rename({"literal": "unique_id"})])
    made = forecast_series(together, HORIZON, SEASON, store=store).frame
    return _rows(made if made.is_empty() else coherent(made, COMPANY), client, metric)


def common_months(branches: pl.DataFrame) -> pl.DataFrame:
    """The months that have ended at every branch (unique_id, ds, y).

    A month ends earlier in the east: for some hours only part of the branches have it. A branch
    that is more than a month behind has ended itself, and holds nobody back.
    """
    if branches.is_empty():
        return branches
    lasts = branches.group_by("unique_id").agg(last=pl.col("ds").max())
    newest = pl.col("last").max().dt.offset_by("-1mo")
    going = lasts.filter(pl.col("last") >= newest)
    return branches.filter(
        pl.col("unique_id").is_in(going["unique_id"].implode()), pl.col("ds") <= going["last"].min()
    )


def _rows(frame: pl.DataFrame, client: str, metric: str) -> pl.DataFrame:
    branch = pl.col("unique_id")
    return frame.select(
        pl.lit(client).alias("client_id"),
        pl.when(branch == COMPANY).then(None).otherwise(branch).alias("location_id"),
        pl.lit(metric).alias("metric_name"),
        pl.col("ds").cast(pl.Date).min().over("unique_id").alias("origin_on"),
        pl.col("ds").cast(pl.Date).alias("month_on"),
        pl.col("ds").rank("ordinal").over("unique_id").cast(pl.Int32).alias("horizon"),
        "model",
        *BAND_COLUMNS,
    )
