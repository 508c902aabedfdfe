"""Forecasts that were published, kept with what came of them: carried from publication to
publication by the mart that holds them.

New forecasts are made in `publish`.
"""

import polars as pl
from duckdb import DuckDBPyConnection

LEDGER = "lake.marts.fct_forecast_ledger"
"""The mart of the publication before this one."""

KEPT_DAYS = 3 * 365
"""Origins further back are let go."""

COLUMNS: dict[str, pl.DataType] = {
    "client_id": pl.String(),
    "location_id": pl.String(),
    "province": pl.String(),
    "level": pl.String(),
    "metric_name": pl.String(),
    "cadence": pl.String(),
    "kind": pl.String(),
    "origin_on": pl.Date(),
    "period_on": pl.Date(),
    "horizon": pl.Int32(),
    "model": pl.String(),
    "version": pl.Int32(),
    "yhat": pl.Float64(),
    "lo_80": pl.Float64(),
    "hi_80": pl.Float64(),
    "lo_95": pl.Float64(),
    "hi_95": pl.Float64(),
    "naive": pl.Float64(),
    "scale": pl.Float64(),
    "actual": pl.Float64(),
}

_TYPES = {pl.String(): "varchar", pl.Date(): "date", pl.Int32(): "integer", pl.Float64(): "double"}

DESCRIBED = ", ".join(f"{name} {_TYPES[kind]}" for name, kind in COLUMNS.items())
"""The columns of `transforms.forecasts` in SQL."""

TARGET = ("client_id", "metric_name", "cadence")


def table(connection: DuckDBPyConnection, rows: pl.DataFrame) -> None:
    """Write the rows as `transforms.forecasts`."""
    connection.execute("create schema if not exists transforms")
    connection.execute(f"create or replace table transforms.forecasts ({DESCRIBED})")
    connection.register("forecast_rows", rows.to_arrow())
    connection.execute("insert into transforms.forecasts by name select * from forecast_rows")
    connection.unregister("forecast_rows")


def kept(connection: DuckDBPyConnection, rows: pl.DataFrame, actuals: pl.DataFrame) -> pl.DataFrame:
    """What was published at origins before today's, beside what came.

    What is published twice at one origin counts as it was published last.
    """
    before = _before(connection)
    if before.is_empty():
        return before
    current = rows.filter(pl.col("kind") == "current")
    origins = current.group_by(TARGET).agg(today=pl.col("origin_on").max())
    past = (
        before.join(origins, on=TARGET, how="left")
        .filter(
            (pl.col("origin_on") < pl.col("today"))
            & (pl.col("origin_on") > pl.col("today").dt.offset_by(f"-{KEPT_DAYS}d"))
        )
        .with_columns(
            pl.lit("published").alias("kind"),
            unique_id=pl.when(pl.col("level") == "province")
            .then(pl.lit("province ") + pl.col("province"))
            .otherwise(pl.col("location_id").fill_null("")),
        )
    )
    came = past.join(actuals, on=[*TARGET, "unique_id", "period_on"], how="left")
    # What was known of a period that has left the history stays known.
    return came.with_columns(pl.coalesce("came", "actual").alias("actual")).select(*COLUMNS)


def _before(connection: DuckDBPyConnection) -> pl.DataFrame:
    catalogue, schema, name = LEDGER.split(".")
    found = connection.execute(
        "select column_name from information_schema.columns"
        " where table_catalog = ? and table_schema = ? and table_name = ?",
        [catalogue, schema, name],
    ).fetchall()
    if not set(COLUMNS) <= {column for (column,) in found}:
        return pl.DataFrame(schema=COLUMNS)
    names = ", ".join(COLUMNS)
    query = f"select {names} from {LEDGER} where kind in ('current', 'published')"
    return connection.sql(query).pl().cast(COLUMNS)  # type: ignore[arg-type]
