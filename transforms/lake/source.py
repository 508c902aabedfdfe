"""The core as the extract sees it: its tables, its fence, and who holds the fence back.

Every query runs on the attached database `core`, in the one snapshot of the caller's transaction.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from duckdb import DuckDBPyConnection

from crm_core.migrations.access import lake_columns, masked_columns, raw_tables
from crm_core.models import Base
from crm_core.models.base import LakePolicy
from crm_core.security.secrets import secret
from transforms.lake.contract import Columns, Policy, require_policy
from transforms.lake.engine import CORE, MASK_KEY, identifier, quoted

TENANT_KEY = ("client_id", "id")
ROW_HASH = "row_hash"
"""Made of the whole row by Postgres and carried along, so that rows can be compared later."""

STATE = """
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as fence,
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint as newest,
  (select system_identifier::text from pg_control_system())
    || '/' || ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int
    || '/' || (select oid::text from pg_database where datname = current_database()) as identity,
  (select as_of from raw.core__business_clock) as as_of
"""

COLUMNS = """
select n.nspname::text as schema_name, c.relname::text as table_name,
  a.attname::text as column_name, format_type(a.atttypid, a.atttypmod) as source_type
from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid
where (n.nspname, c.relkind) in (('raw', 'v'), ('core', 'r')) and a.attnum > 0
  and not a.attisdropped
order by c.relname, a.attnum
"""

# A transaction number is 32 bits here; which process has it is visible to every role.
HOLDER = """
select pid, coalesce(datname::text, '') as database, coalesce(usename::text, '') as role
from pg_stat_activity where backend_xid::text = ({fence} % 4294967296)::text
"""


HASH = "hash_record_extended(r, 0)"
"""The hash of the row `r` of a raw view; the same for as long as the server is the same."""

UNFIT = (
    ("numeric", "", "'Infinity'::numeric"),
    ("date", "'0001-01-01'::date", "'9999-12-31'::date"),
    ("timestamp without", "'0001-01-01'::timestamp", "'9999-12-31'::timestamp"),
    ("timestamp with ", "'0001-01-01Z'::timestamptz", "'9999-12-31Z'::timestamptz"),
)
"""Kinds of values by the beginning of their type, and their bounds; NaN is above all numbers."""


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

    @property
    def tenant(self) -> str:
        """The tenant of a row as text, in either engine's SQL."""
        return "client_id::text" if "client_id" in self.columns else "'all'"

    @property
    def row_key(self) -> str:
        """The key of a row as one text, in either engine's SQL."""
        parts = [f"{identifier(name)}::text" for name in self.key]
        return f"concat_ws('/', {', '.join(parts)})" if parts else "''"

    def select(self, *conditions: str, columns: Iterable[str] | None = None) -> str:
        """The query of its fit rows that meet all conditions, in Postgres SQL."""
        return f"select {self._made(columns or self.columns)} {self.rows(*conditions)}"

    def select_changed(self, fence: int) -> str:
        """The query of all rows since the fence; the last column, `is_unfit`, tells them apart."""
        unfit = f"coalesce({self.unfit}, false)" if self.unfit else "false"
        return (
            f"select {self._made(self.columns)}, {unfit} as is_unfit"
            f" from raw.{identifier(self.name)} r where {since(fence)}"
        )

    def _made(self, columns: Iterable[str]) -> str:
        return ", ".join(_taken(name, self.columns[name]) for name in columns)

    def rows(self, *conditions: str) -> str:
        """The rest of that query, from the word `from`."""
        fit = [f"({self.unfit}) is not true"] if self.unfit else []
        where = " and ".join([*fit, *conditions])
        return f"from raw.{identifier(self.name)} r" + (f" where {where}" if where else "")

    @cached_property
    def unfit(self) -> str:
        """True of rows with a value that would not arrive as it is; empty where none can be.

        DuckDB's scanner makes 0 of a number that is none, and no calendar knows infinity.
        """
        tests = []
        for kinds, lowest, highest in UNFIT:
            names = ", ".join(self._of_kind(kinds))
            if names and lowest:
                tests.append(f"least({names}) < {lowest}")
            if names:
                tests.append(f"greatest({names}) > {highest}")
        return " or ".join(tests)

    def _of_kind(self, kinds: str) -> list[str]:
        return [
            identifier(name)
            for name, kind in self.columns.items()
            if kind.startswith(kinds) and not kind.endswith("[]")
        ]

    def reasons(self) -> str:
        """What is wrong with an unfit row, in Postgres SQL: the columns that do not fit."""
        tests = []
        for kinds, lowest, highest in UNFIT:
            for name in self._of_kind(kinds):
                below = f"{name} < {lowest} or " if lowest else ""
                said = quoted(name.strip('"') + " is ")
                told = f"case when {below}{name} > {highest} then {said} || {name}::text end"
                tests.append(told)
        return f"concat_ws(', ', {', '.join(tests)})"


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
    """The raw views by name; raises `ContractBroken` for a column that no policy covers."""
    found: dict[str, dict[str, dict[str, str]]] = {"raw": {}, "core": {}}
    for schema, table, column, kind in rows(connection, COLUMNS):
        found[schema].setdefault(table, {})[column] = kind
    policies = declared()
    require_policy(policies, found["core"], found["raw"])
    keyed = f" keyed {hashlib.sha256(secret(MASK_KEY).encode()).hexdigest()[:8]}"
    return {
        name: SourceTable(
            name,
            {c: kind + keyed * (c in policies[name].hashed) for c, kind in held.items()}
            | {ROW_HASH: "bigint"},
            _key(name, held),
        )
        for name, held in found["raw"].items()
    }


def declared() -> dict[str, Policy]:
    """What the models say may leave the core, by raw view."""
    return {
        f"core__{table.name}": Policy(
            columns=frozenset(table.columns.keys()),
            leaving=frozenset([*lake_columns(table), *masked_columns(table)]),
            hashed=frozenset(
                f"{c.name}_hash" for c in table.columns if c.info["lake"] is LakePolicy.HASH
            ),
        )
        for table in raw_tables()
    }


def _taken(name: str, kind: str) -> str:
    if name == ROW_HASH:
        return f"{HASH} as {ROW_HASH}"
    if kind == "xid8":
        return f"{identifier(name)}::text::bigint as {identifier(name)}"
    return identifier(name)


def _key(name: str, columns: Columns) -> tuple[str, ...]:
    table = Base.metadata.tables.get(name.replace("__", ".", 1))
    key = TENANT_KEY if table is None else tuple(c.name for c in table.primary_key)
    # The one row of a table without a kept key is the table.
    return key if set(key) <= set(columns) else ()


@dataclass(frozen=True)
class Pending:
    """Names of the tables with something at or after the fence."""

    changed: set[str]
    deleted: set[str]


def pending(connection: DuckDBPyConnection, tables: Iterable[SourceTable], fence: int) -> Pending:
    """What has happened at or after the fence."""
    asked = [
        f"select {quoted(table.name)} as name, 'changed' as what where exists"
        f" (select from raw.{identifier(table.name)} where {since(fence)})"
        for table in tables
    ]
    asked.append(
        "select distinct 'core__' || table_name as name, 'deleted' as what from core.tombstones"
        f" where {since(fence)}"
    )
    found = rows(connection, " union all ".join(asked))
    return Pending(
        changed={name for name, what in found if what == "changed"},
        deleted={name for name, what in found if what == "deleted"},
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
