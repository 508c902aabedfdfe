"""A slice: the changed rows of the lake with all that makes figures together with them.

It is a small lake of its own, in which the very same models and checks run; facts that declare it
are made there for the changed rows only. Which ones, is decided in `plan`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from transforms.lake import crash, run_plan
from transforms.lake.engine import LAKE, connect_memory, identifier
from transforms.lake.plan import Link, Model, Plan, Work

MOST = 20_000
"""Rows of the lake in one slice; of more, the facts are made whole."""

KEYS = "memory.slice_keys"
ROWS = "memory.slice_rows"


@dataclass(frozen=True)
class Slice:
    """The keys of a slice's rows stand in `KEYS`, a table each; its facts will in `ROWS`."""

    rows: int


def cut(
    connection: DuckDBPyConnection, plan: Plan, changed: Collection[str], since: int, until: int
) -> Slice | None:
    """Finds the rows of the linked tables around what changed between two snapshots.

    None when there are too many for a slice to be worth it.
    """
    connection.execute("create schema memory.slice_keys; create schema memory.slice_rows")
    for table in plan.linked:
        connection.execute(f"create table {keys(table)} (client_id uuid, id uuid)")
    for table in plan.linked:
        if f"raw.{table}" in changed:
            _add_changed(connection, table, plan.links, since, until)
    crash.point("build.changes")
    while rows := _count(connection, plan.linked):
        if rows > MOST:
            return None
        for link in plan.links:
            _follow(connection, link)
        if _count(connection, plan.linked) == rows:
            break
    crash.point("build.sliced")
    return Slice(rows)


def _add_changed(
    connection: DuckDBPyConnection, table: str, links: Collection[Link], since: int, until: int
) -> None:
    """Rows as they were and as they are, and what either names: a job may leave its quote."""
    own = [link for link in links if link.table == table]
    columns = "".join(f", {identifier(link.column)}" for link in own)
    connection.execute(
        f"create or replace temp table changed_rows as select distinct client_id, id{columns}"
        f" from ducklake_table_changes('{LAKE}', 'raw', '{table}', {since + 1}, {until})"
    )
    _add(connection, table, "select client_id, id from changed_rows")
    for link in own:
        _add(
            connection,
            link.to,
            f"select client_id, {identifier(link.column)} from changed_rows"
            f" where {identifier(link.column)} is not null",
        )


def _follow(connection: DuckDBPyConnection, link: Link) -> None:
    source, column = f"{LAKE}.raw.{identifier(link.table)}", identifier(link.column)
    _add(
        connection,
        link.to,
        f"select r.client_id, r.{column} from {source} r semi join {keys(link.table)} k"
        f" on k.client_id = r.client_id and k.id = r.id where r.{column} is not null",
    )
    if link.is_shared:
        _add(
            connection,
            link.table,
            f"select r.client_id, r.id from {source} r semi join {keys(link.to)} k"
            f" on k.client_id = r.client_id and k.id = r.{column}",
        )


def _add(connection: DuckDBPyConnection, table: str, query: str) -> None:
    connection.execute(f"insert into {keys(table)} from ({query}) except from {keys(table)}")


def _count(connection: DuckDBPyConnection, tables: Collection[str]) -> int:
    counts = " + ".join(f"(select count(*) from {keys(table)})" for table in tables)
    row = connection.execute(f"select {counts or 0}").fetchone()
    assert row is not None
    return int(row[0])


def keys(table: str) -> str:
    """The table with the keys (client_id, id) of a raw table's rows in the slice."""
    return f"{KEYS}.{identifier(table)}"


def rows(model: Model) -> str:
    """The table with a merged fact's rows of the slice."""
    return f"{ROWS}.{identifier(model.name)}"


def gone(model: Model, alias: str) -> str:
    """The condition of the rows of a merged fact that the slice replaces."""
    assert model.merge is not None
    return (
        f"({alias}client_id, {alias}{identifier(model.merge.key)}) in"
        f" (select (client_id::varchar, id::varchar) from {keys(model.merge.of)})"
    )


def make(connection: DuckDBPyConnection, plan: Plan, work: Work) -> list[str]:
    """Makes and checks the merged facts of the slice; returns what the checks found.

    Afterwards the facts are in memory as they will be in the lake.
    """
    with _small_lake(connection, plan, work) as small:
        run_plan.make(small, work.slice_models)
        crash.point("audit.slice_made")
        findings = run_plan.failures(small, work.slice_checks)
        crash.point("audit.slice")
        for model in work.slice_models:
            if model.name in work.merged:
                _bring(connection, small, model)
    crash.point("build.merged")
    return findings


@contextmanager
def _small_lake(
    connection: DuckDBPyConnection, plan: Plan, work: Work
) -> Iterator[DuckDBPyConnection]:
    """An instance of its own whose lake holds the slice, and small tables whole."""
    tables = sorted({p for m in work.slice_models for p in m.parents if p.startswith("raw.")})
    small = connect_memory()
    try:
        small.execute(f"attach ':memory:' as {LAKE}; create schema {LAKE}.raw")
        for table in tables:
            _copy_table(connection, small, plan, table.removeprefix("raw."))
        crash.point("build.small")
        yield small
    finally:
        small.close()


def _copy_table(
    connection: DuckDBPyConnection, small: DuckDBPyConnection, plan: Plan, table: str
) -> None:
    source = f"{LAKE}.raw.{identifier(table)}"
    within = f" r semi join {keys(table)} k on k.client_id = r.client_id and k.id = r.id"
    _copy(connection, f"from {source}{within if table in plan.linked else ''}", small, source)


def _bring(connection: DuckDBPyConnection, small: DuckDBPyConnection, model: Model) -> None:
    _copy(small, f"from memory.{model.relation}", connection, rows(model))
    relation = f"memory.{model.relation}"
    connection.execute(f"create schema if not exists memory.{model.schema}")
    connection.execute(
        f"create view {relation} as select * from {LAKE}.{model.relation}"
        f" where not {gone(model, '')} union all by name from {rows(model)}"
    )


def _copy(source: DuckDBPyConnection, query: str, into: DuckDBPyConnection, name: str) -> None:
    """Rows from one instance to another, with their types: Arrow knows no uuid."""
    columns = ", ".join(
        f"{identifier(column)} {kind}"
        for column, kind, *_ in source.execute(f"describe ({query})").fetchall()
    )
    into.execute(f"create table {name} ({columns})")
    into.register("copied", source.execute(query).to_arrow_table())
    into.execute(f"insert into {name} by name from copied")
    into.unregister("copied")
