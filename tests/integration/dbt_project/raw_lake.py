"""A small raw layer made by hand: the tables the extract would keep, with the rows of a test.

What companies stand in it is in `companies`; how dbt is run on it in `builds`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Integer, Numeric, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import Uuid

from crm_core.migrations.access import lake_columns, raw_tables
from crm_core.migrations.local_time import local_columns
from crm_core.models.base import Xid8
from transforms.sources.catalogue import PROVIDERS
from transforms.sources.lake import schema_of

STAMP = datetime(2026, 1, 1, tzinfo=UTC)

ARROW = {
    "varchar": pa.string(),
    "varchar[]": pa.list_(pa.string()),
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
    "timestamp": pa.timestamp("us"),
}

OF_ARROW = {kind: name for name, kind in ARROW.items()} | {
    pa.decimal128(18, 2): "decimal(18, 2)",
}

SMARTMOVING = {
    "client_id": "varchar",
    "id": "varchar",
    "location_id": "varchar",
    "mode": "varchar",
    "status": "varchar",
    "is_booked": "boolean",
    "created_on": "date",
    "booked_on": "date",
    "service_on": "date",
    "estimated_subtotal_amount": "decimal(18, 2)",
    "currency": "varchar",
}
"""What staging reads of `raw.smartmoving__opportunities`; the connector keeps more."""


def local(instant: datetime) -> datetime:
    """The wall clock of the companies' branches, eight hours behind UTC in November."""
    return (instant - timedelta(hours=8)).replace(tzinfo=None)


@cache
def raw_table(name: str) -> Table:
    """The core's table of that name, if it is copied to the lake."""
    return {table.name: table for table in raw_tables()}[name]


def sql_type(column: Column[Any]) -> str:
    """The column's type, in words that DuckDB and Postgres both know."""
    kind = column.type
    match kind:
        case Uuid():
            return "uuid"
        case Xid8() | BigInteger():
            return "bigint"
        case Integer():
            return "integer"
        case Boolean():
            return "boolean"
        case Date():
            return "date"
        case DateTime():
            return "timestamp with time zone" if kind.timezone else "timestamp"
        case Numeric():
            return f"decimal({kind.precision}, {kind.scale})"
        case ARRAY():
            return "varchar[]"
        case JSONB():
            return "json"
        case _:
            return "varchar"


def default_of(column: Column[Any]) -> Any:
    """What the core would fill in; raises `LookupError` where a row must say it itself."""
    if column.name in ("created_at", "updated_at"):
        return STAMP
    if column.name == "changed_xid":
        return 1
    if column.server_default is None:
        if column.nullable:
            return None
        raise LookupError(f"{column.table.name}.{column.name} has no default: the row must say it")
    written = column.server_default.arg  # type: ignore[attr-defined]
    assert isinstance(written, TextClause)
    text = written.text
    match sql_type(column):
        case "boolean":
            return text == "true"
        case "varchar[]" | "json":
            return []
        case "varchar":
            return text.strip("'")
        case _:
            return int(text)


@dataclass
class RawLake:
    """Rows by table, keyed as in the core; write them to either engine."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    opportunities: list[dict[str, Any]] = field(default_factory=list)
    outside: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """Rows of declared sources, by raw table."""
    _next: int = 0

    def new_id(self) -> UUID:
        """The next id; ids of one lake rise, and are the same in every run."""
        self._next += 1
        return UUID(int=(7 << 76) | (2 << 62) | self._next)

    def add(self, table: str, **values: Any) -> UUID:
        """One row of `core.<table>`; gives its id. Unknown columns raise `LookupError`."""
        known = raw_table(table)
        kept = lake_columns(known)
        if unknown := set(values) - set(kept):
            raise LookupError(f"{table} keeps no column {', '.join(sorted(unknown))}")
        row = {"id": self.new_id()} | values if "id" in kept else values
        for name in kept:
            if name not in row:
                row[name] = default_of(known.columns[name])
        for column, instant in local_columns(known).items():
            if row.get(instant) is not None and row[column.name] is None:
                wall = local(row[instant])
                row[column.name] = wall.date() if isinstance(column.type, Date) else wall
        self.rows[table].append(row)
        return UUID(str(row["id"]))

    def tables(self) -> Iterator[tuple[str, dict[str, str], list[dict[str, Any]]]]:
        """(name, column types, rows) of every raw table, the empty ones too."""
        for table in raw_tables():
            yield f"core__{table.name}", _types(table), self.rows[table.name]
        yield "smartmoving__opportunities", SMARTMOVING, self.opportunities
        for provider in PROVIDERS.values():
            for stream in (s for s in provider.streams if s.feeds_lake):
                name = f"{provider.name}__{stream.name}"
                kinds = {c.name: OF_ARROW.get(c.type, str(c.type)) for c in schema_of(stream.row)}
                yield name, kinds, self.outside[name]

    def write_duckdb(self, file: Path) -> Path:
        """A DuckDB file with the schema `raw`; attach it as `lake`."""
        file.unlink(missing_ok=True)
        with duckdb.connect(str(file)) as connection:
            connection.execute("create schema raw")
            for name, types, rows in self.tables():
                columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
                connection.execute(f"create table raw.{name} ({columns})")
                if rows:
                    connection.register("made", arrow_table(types, rows))
                    connection.execute(f"insert into raw.{name} from made")
        return file

    def write_postgres(self, connection: psycopg.Connection) -> None:
        """The same tables in the schema `raw` of a database."""
        connection.execute("create schema raw")
        for name, types, rows in self.tables():
            target = sql.Identifier("raw", name)
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
                for column, kind in types.items()
            )
            connection.execute(sql.SQL("create table {} ({})").format(target, columns))
            with connection.cursor().copy(sql.SQL("copy {} from stdin").format(target)) as copy:
                copy.set_types([_copy_type(kind) for kind in types.values()])
                for row in rows:
                    copy.write_row([_adapted(types[c], row.get(c)) for c in types])


def arrow_table(types: dict[str, str], rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as one table; ids and JSON as text, which DuckDB turns into their types."""
    arrays = []
    for column, kind in types.items():
        values = [row.get(column) for row in rows]
        match kind:
            case "uuid" | "json":
                written = str if kind == "uuid" else json.dumps
                texts = [None if v is None else written(v) for v in values]
                arrays.append(pa.array(texts, pa.string()))
            case _ if kind.startswith("decimal"):
                places = int(kind.rstrip(")").split(",")[1])
                numbers = [None if v is None else Decimal(v) for v in values]
                arrays.append(pa.array(numbers, pa.decimal128(18, places)))
            case _:
                arrays.append(pa.array(values, ARROW[kind]))
    return pa.table(arrays, names=list(types))


def _types(table: Table) -> dict[str, str]:
    return {name: sql_type(table.columns[name]) for name in lake_columns(table)}


def _copy_type(kind: str) -> str:
    return (
        "numeric"
        if kind.startswith("decimal")
        else kind.replace("timestamp with time zone", "timestamptz")
    )


def _adapted(kind: str, value: Any) -> Any:
    return Jsonb(value) if kind == "json" and value is not None else value
