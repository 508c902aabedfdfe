"""From the audited tables in memory to the lake, in one transaction; the pointer is set after it.

What is checked before is in `audit` and in dbt's tests.
"""

from collections.abc import Collection
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from transforms.lake import crash, slices
from transforms.lake.audit import Relations
from transforms.lake.engine import (
    LAKE,
    attach_lake_to_write,
    current_snapshot,
    identifier,
)
from transforms.lake.plan import Model
from transforms.lake.writer import Writer

SCHEMAS = ("marts", "reporting")
MEMORY = "memory"

RELATIONS = """
select t.schema_name || '.' || t.table_name, list(c.column_name order by c.column_index)
from duckdb_tables() t join duckdb_columns() c using (table_oid, database_oid)
where t.database_name = ? and t.schema_name in ('marts', 'reporting') and not t.internal
group by all order by all
"""


@dataclass(frozen=True)
class Written:
    """The marts as they stand in the lake."""

    lake_snapshot: int
    rows: dict[str, int]
    """Of every relation that was replaced."""
    merged: dict[str, int]
    """How many rows more every merged relation has."""


def relations(connection: DuckDBPyConnection, database: str = MEMORY) -> Relations:
    """The tables that leave the lake, with their columns."""
    found = connection.execute(RELATIONS, [database]).fetchall()
    return {name: tuple(columns) for name, columns in found}


def write_marts(
    connection: DuckDBPyConnection,
    writer: Writer,
    marts: Relations,
    merged: Collection[Model] = (),
    keep: Collection[str] = (),
) -> Written:
    """Replaces marts of the lake by those in memory, and of merged ones the rows of the slice.

    All of it, or nothing. What of the lake is neither among them nor in `keep` is dropped. Rows
    are sorted by tenant, branch and day, so that what one door needs lies together.
    """
    # Other connections of this instance must be idle: the lake was attached for them to read.
    crash.point("publish.started")
    connection.execute(f"detach {LAKE}")
    attach_lake_to_write(connection)
    crash.point("publish.attached")
    connection.begin()
    try:
        crash.point("publish.begun")
        rows = {name: _replace(connection, name) for name in marts}
        crash.point("publish.replaced")
        more = {model.relation: _merge(connection, model) for model in merged}
        crash.point("publish.merged")
        for name in relations(connection, LAKE).keys() - marts.keys() - set(keep):
            connection.execute(f"drop table {_full(LAKE, name)}")
            crash.point("publish.dropped")
        crash.point("publish.written")
        writer.confirm()
        crash.point("publish.confirmed")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    crash.point("publish.committed")
    return Written(current_snapshot(connection), rows, more)


def _replace(connection: DuckDBPyConnection, name: str) -> int:
    order = ", ".join(identifier(column) for column in order_of(connection, MEMORY, name)) or "all"
    row = connection.execute(
        f"create or replace table {_full(LAKE, name)} as"
        f" from {_full(MEMORY, name)} order by {order}"
    ).fetchone()
    assert row is not None
    crash.point("publish.mart")
    return int(row[0])


def _merge(connection: DuckDBPyConnection, model: Model) -> int:
    """Rows of the slice for those they replace; how many more there are now."""
    target = _full(LAKE, model.relation)
    less = _changed(connection, f"delete from {target} where {slices.gone(model, '')}")
    crash.point("publish.deleted")
    return _changed(connection, f"insert into {target} by name from {slices.rows(model)}") - less


def _changed(connection: DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def order_of(connection: DuckDBPyConnection, database: str, name: str) -> list[str]:
    """The columns a relation is sorted by: tenant, branch, and its first date."""
    # Not `duckdb_columns()`: that lists every column of the lake, for each relation.
    columns = connection.execute(f"describe {_full(database, name)}").fetchall()
    names = [column for column, *_ in columns]
    days = [column for column, kind, *_ in columns if kind == "DATE"]
    return [c for c in ("client_id", "access_location_id") if c in names] + days[:1]


def _full(database: str, name: str) -> str:
    schema, table = name.split(".")
    return f"{database}.{identifier(schema)}.{identifier(table)}"
