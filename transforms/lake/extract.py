"""The fenced extract: what changed in the core since the last one, into the lake, exactly once.

How a table is merged is in `merge`; models are built from the result by `build`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection
from sqlalchemy import Connection

from crm_core import clock
from crm_core.database import DatabaseRole, engine
from transforms.lake import contract, crash, merge, quarantine, reconcile, source, state, status
from transforms.lake.engine import attach_core, connect_writer, current_snapshot, quoted, said
from transforms.lake.errors import AuditFailed, ExtractFailed, SourceRestored
from transforms.lake.merge import TableChange
from transforms.lake.source import FenceHolder, SourceState, SourceTable
from transforms.lake.state import LakeState
from transforms.lake.writer import Writer, writing
from transforms.sources import lake as declared
from transforms.sources.smartmoving import lake as smartmoving

SourceRows = Callable[[Connection, int], Mapping[str, pa.Table]]
"""Rows of an integration changed since a transaction number (0: all), keyed (client_id, id)."""

SOURCES: tuple[SourceRows, ...] = (smartmoving.changed_rows, declared.changed_rows)

PATIENCE = timedelta(minutes=1)
"""A fence that stands still for longer is reported."""


@dataclass(frozen=True)
class ExtractResult:
    """What one extract read and what it made of the lake."""

    tables: dict[str, TableChange]
    """Only tables of which anything was read or deleted."""
    fence: int
    generation: int
    seconds: float
    lake_snapshot: int
    as_of: datetime
    is_full: bool
    held_by: FenceHolder | None = None
    """Set when an open transaction has kept the fence where it is for more than a minute."""
    quarantined: int = 0
    """Rows that wait outside the lake, with a reason each in its table `ops.quarantine`."""
    mended: tuple[str, ...] = ()
    """One line per table and tenant in which a comparison found the lake wrong, and mended it."""

    @property
    def read_rows(self) -> int:
        """Rows that came over from the core."""
        return sum(change.read for change in self.tables.values())

    @property
    def changed_rows(self) -> int:
        """Rows that are different in the lake now."""
        return sum(change.changed for change in self.tables.values())


@dataclass(frozen=True)
class _Wanted:
    """What the caller of one extract asked for."""

    is_full: bool
    is_compared: bool
    at: datetime


@dataclass
class _Run:
    """One extract inside its transaction."""

    connection: DuckDBPyConnection
    core: SourceState
    tables: dict[str, SourceTable]
    before: LakeState | None
    """None when everything is loaded anew."""
    is_compared: bool
    changes: dict[str, TableChange] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, change: TableChange) -> None:
        """What one more step made of a table."""
        total = self.changes.get(name, TableChange()) + change
        if total != TableChange():
            self.changes[name] = total


def run_extract(
    full: bool = False,
    *,
    compare: bool = False,
    at: datetime | None = None,
    sources: Sequence[SourceRows] = SOURCES,
    wait: float = 0.0,
    tell: Callable[[str], None] | None = None,
) -> ExtractResult:
    """Brings the lake's raw tables up to the core, in one transaction over all tables.

    `full` loads everything anew. `compare` compares every row with the core, by key and hash, and
    mends what differs; for the night. `wait` is how many seconds to wait for another writer.
    Raises `WriterBusy`, `SourceRestored`, `ContractBroken`, `TooManyDeleted`, `AuditFailed`,
    `ExtractFailed`; the lake is then as it was.
    """
    started = time.perf_counter()
    with writing("extract", wait=wait, tell=tell) as writer, status.recorded("extract") as notes:
        crash.point("extract.locked")
        connection = connect_writer()
        try:
            state.prepare(connection)
            is_first = full or state.newest(connection) is None
            attach_core(connection, by_index=not (is_first or compare))
            wanted = _Wanted(is_full=full, is_compared=compare, at=at or clock.now())
            result = _extract(connection, writer, wanted, sources)
        except duckdb.Error as error:
            raise ExtractFailed(
                f"the extract was interrupted and wrote nothing: {said(error)}: run it again"
            ) from error
        finally:
            connection.close()
        crash.point("extract.closed")
        notes.append(f"{result.changed_rows} rows changed")
    seconds = time.perf_counter() - started
    return ExtractResult(**{**vars(result), "seconds": seconds})


def _extract(
    connection: DuckDBPyConnection,
    writer: Writer,
    wanted: _Wanted,
    sources: Sequence[SourceRows],
) -> ExtractResult:
    at = wanted.at
    connection.begin()
    try:
        core = source.read_state(connection)
        newest = state.newest(connection)
        if newest is not None and not wanted.is_full:
            require_same_source(core, newest)
        crash.point("extract.fenced")
        tables = source.read_tables(connection)
        before = None if wanted.is_full else newest
        run = _Run(connection, core, tables, before, wanted.is_compared)
        _take_core(run)
        _take_sources(run, sources)
        crash.point("extract.sources")
        if run.failures:
            raise AuditFailed(run.failures)
        crash.point("extract.merged")
        written = _write_state(run, newest, at)
        crash.point("extract.stated")
        writer.confirm()
        crash.point("extract.confirmed")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    crash.point("extract.committed")
    return ExtractResult(
        tables=dict(sorted(run.changes.items())),
        fence=written.fence,
        generation=written.generation,
        seconds=0.0,
        lake_snapshot=current_snapshot(connection),
        as_of=core.as_of or at,
        is_full=run.before is None,
        held_by=source.holder(connection, core, _stood_since(core, newest, at)),
        quarantined=sum(run.waiting.values()),
        mended=tuple(run.mended),
    )


def require_same_source(core: SourceState, lake: LakeState) -> None:
    """Raises `SourceRestored` unless the core continues the history the lake was filled from."""
    if core.identity != lake.identity:
        reason = "is another database, or was restored from a backup,"
    elif core.newest < lake.fence:
        reason = f"stands at transaction {core.newest}, behind {lake.fence} where the lake is:"
    else:
        return
    raise SourceRestored(
        f"the core {reason} since the lake was filled: run the pipeline with --full"
        " to fill the lake anew from it"
    )


def _take_core(run: _Run) -> None:
    """Every raw view: whole where the lake lacks it, else what changed since the fence."""
    held = state.read_columns(run.connection)
    offered = source.as_columns(run.tables)
    contract.require_exact(offered)
    known = {} if run.before is None else contract.require_kept(held, offered)
    anew = [n for n in run.tables if n not in known or known[n].needs_reload]
    crash.point("extract.compared")
    if run.before is not None:
        kept = [table for name, table in run.tables.items() if name not in anew]
        unfit = _merge_tables(run, kept, run.before.fence)
        if run.is_compared:
            _mend(run, kept)
    else:
        run.connection.execute(f"delete from {quarantine.HELD}")
        unfit = set()
    for name in anew:
        run.changes[name] = merge.load(run.connection, run.tables[name])
        found = reconcile.look(run.connection, run.tables[name])
        run.failures += found.differences
        if found.unfit:
            unfit.add(name)
    _set_aside(run, unfit)
    for name in held.keys() - offered.keys():
        run.connection.execute(f"drop table {merge.target(name)}")
    crash.point("extract.read")
    if anew:
        state.write_columns(run.connection, offered)


def _merge_tables(run: _Run, tables: Sequence[SourceTable], fence: int) -> set[str]:
    """Takes what changed; gives the names of the tables with rows that it left out."""
    pending = source.pending(run.connection, tables, fence)
    crash.point("extract.found")
    unfit: set[str] = set()
    for table in tables:
        crash.point("merge.table")
        if table.name in pending.changed:
            change = merge.merge_core(run.connection, table, fence)
            run.add(table.name, change)
            if change.unfit:
                unfit.add(table.name)
            missing = reconcile.untaken(run.connection, table)
            crash.point("merge.checked")
            if missing:
                run.failures.append(f"{missing} rows of {table.name} did not arrive in the lake")
        if table.name in pending.deleted and table.is_tenants:
            run.add(table.name, merge.bury(run.connection, table, fence))
    return unfit


def _mend(run: _Run, tables: Sequence[SourceTable]) -> None:
    """Compares all rows with the core, and mends the tables and tenants that differ."""
    for table, tenant in list(reconcile.unequal(run.connection, tables)):
        change = reconcile.mend(run.connection, table, tenant)
        run.add(table.name, change)
        run.mended.append(
            f"{table.name} of tenant {tenant}: {change.inserted} rows were missing,"
            f" {change.updated} different, {change.deleted} too many"
        )


def _set_aside(run: _Run, unfit: set[str]) -> None:
    """Keeps rows out whose values would not arrive as they are, and looks again at those kept."""
    for name in sorted(unfit | quarantine.held(run.connection).keys() & run.tables.keys()):
        run.add(name, quarantine.refresh(run.connection, run.tables[name]))
    run.waiting = quarantine.held(run.connection)
    run.failures += quarantine.failures(run.waiting)


def _take_sources(run: _Run, sources: Sequence[SourceRows]) -> None:
    """Rows of integrations, read in the very snapshot of the core's tables."""
    snapshot = source.rows(run.connection, "select pg_export_snapshot() as name")[0][0]
    connected = engine(DatabaseRole.EXTRACT).connect()
    with connected.execution_options(isolation_level="REPEATABLE READ") as core, core.begin():
        core.exec_driver_sql(f"set transaction snapshot {quoted(snapshot)}")
        for read in sources:
            _take_source(run, read, core)


def _take_source(run: _Run, read: SourceRows, core: Connection) -> None:
    since = 0 if run.before is None else run.before.fence
    found = read(core, since)
    if since and not all(
        state.columns_of(run.connection, f"raw.{name}") == rows.column_names
        for name, rows in found.items()
    ):
        since = 0
        found = read(core, since)
    for name, rows in found.items():
        if since == 0:
            run.changes[name] = merge.load_arrow(run.connection, name, rows)
        elif rows.num_rows:
            run.changes[name] = merge.merge_arrow(run.connection, name, source.TENANT_KEY, rows)


def _write_state(run: _Run, newest: LakeState | None, at: datetime) -> LakeState:
    """The lake's new state; nothing is written when there is nothing to gain from it."""
    changed = sum(change.changed for change in run.changes.values())
    is_first = run.before is None or newest is None
    if newest is not None and not is_first and not changed:
        rows_to_skip = run.core.fence > newest.fence and run.changes
        if not rows_to_skip:
            return newest
    generation = newest.generation if newest else 0
    written = LakeState(
        id=newest.id + 1 if newest else 1,
        fence=run.core.fence,
        newest=run.core.newest,
        generation=generation + any(change.is_news for change in run.changes.values()),
        identity=run.core.identity,
        as_of=run.core.as_of or at,
        extracted_at=at,
        changed_rows=changed,
        is_full=is_first,
    )
    state.write(run.connection, written)
    return written


def _stood_since(core: SourceState, newest: LakeState | None, at: datetime) -> datetime | None:
    """Since when the transaction at the fence has been seen running, if that is too long."""
    if newest is None or newest.fence != core.fence or newest.newest == newest.fence:
        return None
    return newest.extracted_at if at - newest.extracted_at > PATIENCE else None
