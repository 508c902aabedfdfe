"""The core as the extract sees it: its tables, its fence, and who holds the fence back.

Every query runs on the attached database `core`, in the one snapshot of the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from crm_core.models import Base
from transforms.lake.contract import Columns
from transforms.lake.engine import CORE, identifier, quoted

TENANT_KEY = ("client_id", "id")

STATE = """
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as fence,
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint as newest,
  (select system_identifier::text from pg_control_system())
    || '/' || (select timeline_id::text from pg_control_checkpoint())
    || '/' || (select oid::text from pg_database where datname = current_database()) as identity,
  (select as_of from raw.core__business_clock) as as_of
"""

COLUMNS = """
select c.relname::text as table_name, a.attname::text as column_name,
  format_type(a.atttypid, a.atttypmod) as source_type
from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid
where n.nspname = 'raw' and c.relkind = 'v' and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""

# A transaction number is 32 bits here; which process has it is visible to every role.
HOLDER = """
select pid, coalesce(datname::text, '') as database, coalesce(usename::text, '') as role
from pg_stat_activity where backend_xid::text = ({fence} % 4294967296)::text
"""


@dataclass(frozen=True)
class SourceTable:
    """A raw view of the core: its columns with their Postgres types, and its key."""

    name: str
    columns: Columns
    key: tuple[str, ...]

    @property
    def in_core(self) -> str:
        """The name of the table behind the view, as tombstones carry it."""
        return self.name.removeprefix("core__")

    @property
    def is_tenants(self) -> bool:
        """Whether a deleted row of it leaves a tombstone."""
        return self.key == TENANT_KEY

    def select(self, where: str = "") -> str:
        """The query of its rows, in Postgres SQL; `where` includes the word."""
        parts = [
            f"{identifier(name)}::text::bigint as {identifier(name)}"
            if kind == "xid8"
            else identifier(name)
            for name, kind in self.columns.items()
        ]
        return f"select {', '.join(parts)} from raw.{identifier(self.name)} {where}"


@dataclass(frozen=True)
class SourceState:
    """Where the core stands in this snapshot."""

    fence: int
    """The oldest transaction still running: everything older is visible, or never will be."""
    newest: int
    identity: str
    """Server, timeline and database: changes when the core is not the same any more."""
    as_of: datetime | None
    """What the branches take for now, if the core's clock was ever set."""


@dataclass(frozen=True)
class FenceHolder:
    """A transaction, anywhere on the server, that keeps the fence where it is."""

    pid: int
    database: str
    role: str
    since: datetime
    """It has been running at least since then."""

    @property
    def line(self) -> str:
        """One line for people."""
        return (
            f"new changes cannot be told from old ones since {self.since:%Y-%m-%d %H:%M} UTC:"
            f" process {self.pid} ({self.role}, database {self.database}) has a transaction open:"
            " end it"
        )


def postgres(sql: str) -> str:
    """A DuckDB table expression for a query that the core's server runs."""
    return f"postgres_query({quoted(CORE)}, {quoted(sql)})"


def rows(connection: DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query that the core's server runs."""
    return connection.execute(f"from {postgres(sql)}").fetchall()


def read_state(connection: DuckDBPyConnection) -> SourceState:
    """Fence, identity and clock of the core; the first query of an extract's transaction."""
    fence, newest, identity, as_of = rows(connection, STATE)[0]
    return SourceState(fence, newest, identity, as_of and as_of.astimezone(UTC))


def read_tables(connection: DuckDBPyConnection) -> dict[str, SourceTable]:
    """The raw views by name."""
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in rows(connection, COLUMNS):
        columns.setdefault(table, {})[column] = kind
    return {name: SourceTable(name, held, _key(name, held)) for name, held in columns.items()}


def _key(name: str, columns: Columns) -> tuple[str, ...]:
    table = Base.metadata.tables.get(name.replace("__", ".", 1))
    key = TENANT_KEY if table is None else tuple(c.name for c in table.primary_key)
    # The one row of a table without a kept key is the table.
    return key if set(key) <= set(columns) else ()


def pending(
    connection: DuckDBPyConnection, tables: Iterable[SourceTable], fence: int
) -> tuple[set[str], set[str]]:
    """Names of the tables with rows, and with tombstones, at or after the fence."""
    asked = [
        f"select {quoted(table.name)} as name, false as is_deleted where exists"
        f" (select from raw.{identifier(table.name)} where {since(fence)})"
        for table in tables
    ]
    asked.append(
        f"select distinct 'core__' || table_name, true from core.tombstones where {since(fence)}"
    )
    found = rows(connection, " union all ".join(asked))
    return (
        {name for name, is_deleted in found if not is_deleted},
        {name for name, is_deleted in found if is_deleted},
    )


def since(fence: int, alias: str = "") -> str:
    """The predicate that finds what changed, by the index of the fence."""
    return f"{alias}changed_xid >= '{int(fence)}'::xid8"


def holder(
    connection: DuckDBPyConnection, state: SourceState, stood_since: datetime | None
) -> FenceHolder | None:
    """Who holds the fence back, if it has stood still since a known time."""
    if stood_since is None or state.fence == state.newest:
        return None
    found = rows(connection, HOLDER.format(fence=int(state.fence)))
    if not found:
        return None
    pid, database, role = found[0]
    return FenceHolder(pid, database, role, stood_since)


def as_columns(tables: Mapping[str, SourceTable]) -> dict[str, Columns]:
    """Table name to columns, the shape in which the contract compares them."""
    return {name: table.columns for name, table in tables.items()}
