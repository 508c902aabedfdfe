"""Tables that Python hands back to dbt: made as declared, filled by name, empty where nothing is.

Who makes the rows is in `forecasting`, `scoring` and `insight`.
"""

from collections.abc import Mapping

import polars as pl
from duckdb import DuckDBPyConnection


def write_tables(
    connection: DuckDBPyConnection,
    tables: Mapping[str, str],
    rows: Mapping[str, pl.DataFrame | None],
) -> None:
    """Make `tables` (name to columns) anew in the schema `transforms`, with `rows` by name.

    Columns that a frame does not have are null; types are cast to what is declared.
    """
    connection.execute("create schema if not exists transforms")
    for name, columns in tables.items():
        connection.execute(f"create or replace table transforms.{name} ({columns})")
        frame = rows.get(name)
        if frame is not None and frame.height:
            connection.register("rows_to_write", frame.to_arrow())
            connection.execute(f"insert into transforms.{name} by name select * from rows_to_write")
            connection.unregister("rows_to_write")
