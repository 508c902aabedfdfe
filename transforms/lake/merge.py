"""How changed rows get into a table of the lake, and how many of them were really new.

Where the rows come from is decided by `extract`; every call is part of its transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from duckdb import DuckDBPyConnection

from transforms.lake import contract, crash
from transforms.lake.engine import identifier
from transforms.lake.source import ROW_HASH, SourceTable, postgres, since

# Carried to the lake, but no reason to publish: what the product writes about itself.
QUIET_TABLES = frozenset(
    {
        "core__audit_entries",
        "core__business_clock",
        "core__company_access_logs",
        "core__integration_sync_logs",
        "core__notifications",
        "core__report_deliveries",
        "core__report_occasions",
        "core__report_runs",
        "core__status_events",
        "core__webhook_deliveries",
    }
)
QUIET_COLUMNS = {
    "core__integrations": ("last_sync_at", "error_count"),
    "core__users": ("last_login_at", "last_login_on"),
}
"""Small tables whose rows change without news: a row counts only when another column differs."""

STAMPS = ("changed_xid", "updated_at", ROW_HASH)


@dataclass(frozen=True)
class TableChange:
    """What one table brought: rows read, and what they were to the lake."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unfit: int = 0
    """Rows read that a contract keeps out of the lake."""
    is_news: bool = False
    """Whether the change is a reason to publish."""

    def __add__(self, other: "TableChange") -> "TableChange":
        return TableChange(
            self.read + other.read,
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.unfit + other.unfit,
            self.is_news or other.is_news,
        )

    @property
    def changed(self) -> int:
        """Rows that are different in the lake now."""
        return self.inserted + self.updated + self.deleted


def load(connection: DuckDBPyConnection, table: SourceTable) -> TableChange:
    """Fills the table anew from the core."""
    connection.execute(
        f"create or replace table {target(table.name)} as from {postgres(table.select())}"
    )
    crash.point("merge.loaded")
    count = _one(connection, f"select count(*) from {target(table.name)}")
    return TableChange(read=count, inserted=count, is_news=True)


def load_arrow(connection: DuckDBPyConnection, name: str, rows: pa.Table) -> TableChange:
    """Fills a table anew with the rows of an integration."""
    connection.register("arrived", rows)
    connection.execute(f"create or replace table {target(name)} as from arrived")
    connection.unregister("arrived")
    return TableChange(read=rows.num_rows, inserted=rows.num_rows, is_news=True)


def merge_arrow(
    connection: DuckDBPyConnection, name: str, key: Sequence[str], rows: pa.Table
) -> TableChange:
    """Takes in the rows of an integration that changed."""
    connection.register("arrived", rows)
    connection.execute("create or replace temp table changes as from arrived")
    connection.unregister("arrived")
    return merge(connection, name, key, rows.column_names)


def merge_core(connection: DuckDBPyConnection, table: SourceTable, fence: int) -> TableChange:
    """Takes in what changed in one table since the fence, by its transaction numbers."""
    query = postgres(table.select_changed(fence))
    connection.execute(f"create or replace temp table changes as from {query}")
    crash.point("merge.read")
    unfit = _one(connection, "select count(*) from changes where is_unfit")
    if unfit:
        connection.execute("delete from changes where is_unfit")
    connection.execute("alter table changes drop column is_unfit")
    taken = merge(connection, table.name, table.key, list(table.columns), differ="changed_xid")
    return replace(taken, unfit=unfit)


def merge(
    connection: DuckDBPyConnection,
    name: str,
    key: Sequence[str],
    columns: Sequence[str],
    differ: str | None = None,
) -> TableChange:
    """Takes in the rows of the temporary table `changes`, one per key.

    A row that is there already is written only when the column `differ` (any column, without it)
    is different: rows that are read twice must not count as changed.
    """
    on = _on(key)
    stamps = [differ] if differ else [c for c in columns if c not in key]
    unequal = " or ".join(f"t.{identifier(c)} is distinct from s.{identifier(c)}" for c in stamps)
    quiet = QUIET_COLUMNS.get(name)
    news = (
        " or ".join(
            f"t.{identifier(c)} is distinct from s.{identifier(c)}"
            for c in columns
            if c not in (*quiet, *STAMPS)
        )
        if quiet
        else unequal
    )
    # DuckLake has no MERGE … RETURNING, and scans only the columns that this names.
    row = connection.execute(
        "select count(*), count(*) filter (t.is_there is null),"
        f" count(*) filter (t.is_there and ({unequal})),"
        f" count(*) filter (t.is_there is null or {news})"
        f" from changes s left join (select *, true as is_there from {target(name)}) t on {on}"
    ).fetchone()
    assert row is not None
    crash.point("merge.counted")
    read, inserted, updated, loud = row
    if inserted or updated:
        connection.execute(
            f"merge into {target(name)} t using changes s on {on}"
            f" when matched and ({unequal}) then update by name"
            " when not matched then insert by name"
        )
        crash.point("merge.written")
    is_news = loud > 0 and name not in QUIET_TABLES
    return TableChange(read=read, inserted=inserted, updated=updated, is_news=is_news)


def bury(connection: DuckDBPyConnection, table: SourceTable, fence: int) -> TableChange:
    """Deletes rows that left a tombstone since the fence and are not there again."""
    gone = (
        "select t.client_id, t.row_id as id from core.tombstones t"
        f" where t.table_name = '{table.in_core}' and {since(fence, 't.')} and not exists"
        f" (select from raw.{identifier(table.name)} r"
        " where r.client_id = t.client_id and r.id = t.row_id)"
    )
    connection.execute(
        f"create or replace temp table gone as select distinct client_id, id from {postgres(gone)}"
    )
    crash.point("merge.gone")
    return remove(connection, table)


def remove(connection: DuckDBPyConnection, table: SourceTable) -> TableChange:
    """Deletes the rows whose keys stand in the temporary table `gone`.

    Raises `TooManyDeleted` when that is more than anyone deletes on purpose.
    """
    key = ", ".join(identifier(c) for c in table.key)
    rows = f"from {target(table.name)} where ({key}) in (select ({key}) from gone)"
    count = _one(connection, f"select count(*) {rows}")
    if count:
        if count > contract.BRAKE_ROWS:
            held = _one(connection, f"select count(*) from {target(table.name)}")
            contract.require_no_landslide(table.name, count, held)
        connection.execute(f"delete {rows}")
        crash.point("merge.buried")
    return TableChange(deleted=count, is_news=count > 0 and table.name not in QUIET_TABLES)


def target(name: str) -> str:
    """The full name of a raw table of the lake."""
    return f"lake.raw.{identifier(name)}"


def _on(key: Sequence[str]) -> str:
    return " and ".join(f"t.{identifier(c)} = s.{identifier(c)}" for c in key) or "true"


def _one(connection: DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
