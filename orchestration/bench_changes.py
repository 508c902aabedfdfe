"""`crm bench ingest --incremental`: from a commit to the lake's raw tables, for small changes.

A thousand changed rows over twenty tables, recent ones and such spread over history; then five
hundred small loads with the upkeep between them, after which nothing may have grown.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg

from crm_core import clock
from crm_core.config import settings
from crm_core.migrations.access import UNCHANGEABLE, raw_tables
from orchestration.bench_ingest import scratch_core
from orchestration.measure import ROUNDS, Calibration, Figure, calibrate
from transforms.lake.engine import attach_lake, connect_memory
from transforms.lake.extract import run_extract
from transforms.lake.maintenance import maintain

TABLES, ROWS = 20, 1000
LOADS, LOADED_ROWS, UPKEEP_EVERY = 500, 200, 50
MOST_SECONDS = 5.0
MOST_GROWTH = 1.5
"""Of times between the first and the last loads; what noise alone may do."""

LARGEST = """
select relname::text from pg_class where relnamespace = 'core'::regnamespace and relkind = 'r'
  and relname = any(%s) order by reltuples desc
"""
RECENT = "select client_id, id from core.{table} order by id desc limit {rows}"
SPREAD = """select client_id, id from (
  select client_id, id from core.{table} tablesample system ({share}) limit 100000) t
  order by random() limit {rows}"""
TOUCH = "update core.{table} set updated_at = now() where (client_id, id) in ({keys})"
QUERY = "select source, count(*), sum(estimated_amount) from lake.raw.core__leads group by 1"


def bench_changes(scale: str, tell: Callable[[str], None], *, here: bool) -> Iterator[Figure]:
    """Figures of small loads, as they come."""
    machine = calibrate()
    with scratch_core(scale, tell, here=here) as superuser:
        tables = _tables(superuser)
        loaded = run_extract(full=True)
        tell(f"{loaded.read_rows:,} rows loaded in {loaded.seconds:.1f} s")
        _commit(superuser, tables, RECENT, ROWS)
        run_extract()  # warm
        yield from _changes(scale, superuser, tables, machine)
        yield from _loads(superuser, tables, machine, tell)


def _tables(superuser: psycopg.Connection) -> list[str]:
    """The largest tables of tenants whose rows may be touched at all."""
    names = [t.name for t in raw_tables() if "id" in t.columns and "client_id" in t.columns]
    found = superuser.execute(LARGEST, [sorted({*names} - UNCHANGEABLE)]).fetchall()
    touchable: list[str] = []
    for (name,) in found:
        if len(touchable) == TABLES:
            break
        try:
            if _touch(superuser, name, RECENT, 1):
                touchable.append(name)
        except psycopg.errors.Error:  # a rule of this table forbids it
            continue
    return touchable


def _touch(superuser: psycopg.Connection, table: str, which: str, rows: int) -> int:
    """Changes rows of a table; gives how many."""
    found = superuser.execute(
        "select greatest(relpages, 1) from pg_class where oid = %s::regclass", [f"core.{table}"]
    ).fetchone()
    assert found is not None
    share = min(100.0, 100.0 * 20 * rows / found[0])
    keys = which.format(table=table, rows=rows, share=share)
    return superuser.execute(TOUCH.format(table=table, keys=keys).encode()).rowcount


def _commit(superuser: psycopg.Connection, tables: list[str], which: str, rows: int) -> int:
    with superuser.transaction():
        return sum(_touch(superuser, table, which, rows // len(tables)) for table in tables)


def _changes(
    scale: str, superuser: psycopg.Connection, tables: list[str], machine: Calibration
) -> Iterator[Figure]:
    """Recent and spread changes in turns; the limit is the time from the commit to raw."""
    seconds: dict[str, list[float]] = {"recent": [], "spread over history": []}
    rows = 0
    for _ in range(ROUNDS):
        for kind, which in zip(seconds, (RECENT, SPREAD), strict=True):
            changed = _commit(superuser, tables, which, ROWS)
            started = time.perf_counter()
            rows = run_extract().read_rows
            seconds[kind].append(time.perf_counter() - started)
            assert rows >= changed, f"{changed} rows were changed and {rows} read"
    for kind, times in seconds.items():
        median = round(statistics.median(times), 3)
        yield Figure(
            figure=f"{rows} rows of {len(tables)} tables, {kind}, commit to raw at scale {scale}",
            unit="s",
            measured=median,
            limit=MOST_SECONDS,
            is_met=median <= MOST_SECONDS,
            calibration=machine,
        )


def _loads(
    superuser: psycopg.Connection,
    tables: list[str],
    machine: Calibration,
    tell: Callable[[str], None],
) -> Iterator[Figure]:
    """Many small loads: files, loads and queries at the end beside those at the beginning."""
    _maintain()
    files, loads, queries = [_files()], [], []
    for number in range(1, LOADS + 1):
        _commit(superuser, tables, SPREAD, LOADED_ROWS)
        started = time.perf_counter()
        run_extract()
        loads.append(time.perf_counter() - started)
        queries.append(_query())
        if number % UPKEEP_EVERY == 0:
            before = _files()
            _maintain()
            files.append(_files())
            tell(f"{number} loads: {before} files, {files[-1]} after the upkeep")
    tenth = LOADS // 10
    for name, unit, first, last in (
        ("a load", "s", statistics.median(loads[:tenth]), statistics.median(loads[-tenth:])),
        ("a query", "s", statistics.median(queries[:tenth]), statistics.median(queries[-tenth:])),
        ("files", "", float(files[0]), float(files[-1])),
    ):
        ratio = round(last / first, 2)
        yield Figure(
            figure=f"{name} after {LOADS} small loads, against the first {tenth}",
            unit=unit,
            measured=round(last, 4),
            peer=round(first, 4),
            ratio=ratio,
            limit=MOST_GROWTH,
            is_met=ratio <= MOST_GROWTH,
            calibration=machine,
        )


def _files() -> int:
    return sum(1 for _ in settings().lake_dir.rglob("*.parquet"))


def _query() -> float:
    """Seconds of one question to the lake, on a fresh connection that is not timed."""
    with connect_memory() as connection:
        attach_lake(connection)
        connection.execute("select 1 from lake.raw.core__leads limit 1").fetchall()
        started = time.perf_counter()
        connection.execute(QUERY).fetchall()
        return time.perf_counter() - started


def _maintain() -> None:
    """The upkeep of the lake, with nobody reading an old version."""
    at_once = timedelta(0)
    maintain(clock.now(), kept=0, days=at_once, grace=at_once)
