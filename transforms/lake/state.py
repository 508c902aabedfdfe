"""What the lake remembers of its extracts, written in the same transaction as the rows.

Publications are remembered in Postgres, by `publication`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb
from duckdb import DuckDBPyConnection

from transforms.lake import crash
from transforms.lake.contract import Columns
from transforms.lake.engine import quoted

SCHEMAS = ("raw", "marts", "reporting", "ops")

FENCES = """
create table if not exists lake.ops.fences (
  id bigint, fence bigint, newest bigint, generation bigint, identity varchar,
  as_of timestamptz, extracted_at timestamptz, changed_rows bigint, is_full boolean)
"""

QUARANTINE = """
create table if not exists lake.ops.quarantine (
  table_name varchar, tenant varchar, row_key varchar, reason varchar, row_hash bigint)
"""

COLUMNS = """
create table if not exists lake.ops.columns (
  table_name varchar, column_name varchar, kind varchar)
"""


@dataclass(frozen=True)
class LakeState:
    """One extract that wrote: up to where the core was read, and what that made of the lake."""

    id: int
    fence: int
    newest: int
    generation: int
    """Goes up only when a row really changed."""
    identity: str
    as_of: datetime
    extracted_at: datetime
    changed_rows: int
    is_full: bool


def prepare(connection: DuckDBPyConnection) -> None:
    """The lake's own schemas and tables, in one transaction, where they are missing."""
    if columns_of(connection, "ops.quarantine"):
        return
    connection.begin()
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists lake.{schema}")
    for statement in (FENCES, COLUMNS, QUARANTINE):
        connection.execute(statement)
    crash.point("extract.preparing")
    connection.commit()
    crash.point("extract.prepared")


def columns_of(connection: DuckDBPyConnection, name: str) -> list[str]:
    """The columns of a table of the lake ("ops.fences"); none where it is missing."""
    try:
        # DuckDB's own lists of tables would read the catalogues of everything that is attached.
        found = connection.execute(f"describe lake.{name}").fetchall()
    except duckdb.CatalogException:
        return []
    return [str(row[0]) for row in found]


def newest(connection: DuckDBPyConnection) -> LakeState | None:
    """The last extract that wrote; None in an empty lake."""
    row = connection.execute(
        "select id, fence, newest, generation, identity, as_of, extracted_at, changed_rows,"
        " is_full from lake.ops.fences order by id desc limit 1"
    ).fetchone()
    if row is None:
        return None
    held = LakeState(*row)
    return replace(
        held,
        as_of=held.as_of.astimezone(UTC),
        extracted_at=held.extracted_at.astimezone(UTC),
    )


def write(connection: DuckDBPyConnection, state: LakeState) -> None:
    """Adds the state to the running transaction."""
    connection.execute(
        "insert into lake.ops.fences values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            state.id,
            state.fence,
            state.newest,
            state.generation,
            state.identity,
            state.as_of,
            state.extracted_at,
            state.changed_rows,
            state.is_full,
        ],
    )


def read_columns(connection: DuckDBPyConnection) -> dict[str, Columns]:
    """The columns the lake was filled with, by table."""
    held: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute("from lake.ops.columns").fetchall():
        held.setdefault(table, {})[column] = kind
    return dict(held)


def write_columns(connection: DuckDBPyConnection, tables: dict[str, Columns]) -> None:
    """Replaces the remembered columns, in the running transaction."""
    connection.execute("delete from lake.ops.columns")
    lines = [
        (table, column, kind)
        for table, columns in tables.items()
        for column, kind in columns.items()
    ]
    if lines:
        # In one statement, since a thousand inserts of a row take half a second; as text, since
        # DuckDB imports pandas to look at a parameter that is a list.
        values = ", ".join(f"({', '.join(map(quoted, line))})" for line in lines)
        connection.execute(f"insert into lake.ops.columns values {values}")
