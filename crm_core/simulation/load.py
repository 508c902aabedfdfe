"""Writes frames into the core by COPY, in one transaction that leaves every constraint in force.

Which rows are written is decided in `crm_core.simulation.generate`.
"""

import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import LiteralString, TypeVar

import polars as pl
import psycopg
from psycopg import sql

from crm_core.database import DatabaseRole, connect, conninfo
from crm_core.models.base import SCHEMA
from crm_core.simulation.binary import HEADER, TRAILER, as_binary
from crm_core.simulation.errors import SimulationBlocked
from crm_core.simulation.organisation import Frames

LOCK_TIMEOUT = "30s"
SORT_MEMORY = "768MB"
AHEAD = 24
"""Pieces of some 4 MB that may wait for the server."""

# What is cheaper to make at once than row by row. Of foreign keys also those that other tables
# point with, because a key cannot go while it is pointed at.
CONSTRAINTS = """
select con.contype::text, format('%%I.%%I', n.nspname, c.relname), quote_ident(con.conname),
  pg_get_constraintdef(con.oid),
  format('%%I.%%I', rn.nspname, r.relname)
from pg_constraint con join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class r on r.oid = case con.contype when 'f' then con.confrelid else con.conrelid end
join pg_namespace rn on rn.oid = r.relnamespace
where con.contype in ('p', 'u', 'x', 'f')
  and (con.conrelid = any(%(tables)s::regclass[]) or con.confrelid = any(%(tables)s::regclass[]))
order by array_position(array['p', 'u', 'x', 'f'], con.contype::text), 2, 3
"""

PLAIN_INDEXES = """
select format('%%I.%%I', n.nspname, c.relname), format('%%I.%%I', n.nspname, i.relname),
  pg_get_indexdef(i.oid)
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
join pg_namespace n on n.oid = c.relnamespace
where c.oid = any(%(tables)s::regclass[])
  and not exists (select 1 from pg_constraint con
                  where con.conindid = i.oid and con.contype in ('p', 'u', 'x'))
order by i.relname
"""

TYPES = """
select column_name, data_type from information_schema.columns
where table_schema = %s and table_name = %s
"""

STEPS = {"p": "keys", "u": "keys", "x": "exclusions", "f": "foreign keys"}
"""What the time of a kind of constraint is reported as."""


@dataclass(frozen=True)
class Rule:
    """A constraint that was taken away, and what makes it again."""

    kind: str
    """p, u, x or f, as Postgres calls them."""
    table: str
    name: str
    definition: str
    target: str
    """The table a foreign key points at; other kinds point at their own."""

    @property
    def statements(self) -> list[str]:
        """What makes the constraint again, as it was; the tree of an exclusion in batches."""
        add = f"alter table {self.table} add constraint {self.name} "
        if self.kind != "x":
            return [add + self.definition]
        elements, where, condition = self.definition.partition(" WHERE ")
        return [
            f"{add}{elements} with (buffering = on){where}{condition}",
            f"alter index {SCHEMA}.{self.name} reset (buffering)",
        ]


@dataclass
class Bulk:
    """A transaction in which some tables stand open, until each is closed again.

    Tables are called by schema and name.
    """

    connection: psycopg.Connection
    rules: list[Rule]
    indexes: dict[str, list[str]]
    """Definitions of the dropped indexes by table; the open tables are its keys."""
    fresh: frozenset[str] = frozenset()
    """Tables that were empty, so that their rows may be written as if they had stood for long."""
    closed: set[str] = field(default_factory=set)
    steps: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds of the server by kind of work."""

    def close(self, table: str) -> None:
        """All rows of the table are there: make its keys, exclusions, indexes and references again.

        Making one validates every row; a reference waits until its target is closed too.
        """
        name = f"{SCHEMA}.{table}"
        if name in self.closed or name not in self.indexes:
            return
        self._restore([rule for rule in self.rules if rule.table == name and rule.kind != "f"])
        with self._timed("indexes"):
            for definition in self.indexes[name]:
                self.connection.execute(definition.encode())
        self.closed.add(name)
        self._restore([rule for rule in self.rules if rule.kind == "f" and self._is_ready(rule)])

    def _restore(self, rules: Sequence[Rule]) -> None:
        for rule in rules:
            with self._timed(STEPS[rule.kind]):
                for statement in rule.statements:
                    self.connection.execute(statement.encode())
            self.rules.remove(rule)

    def _is_ready(self, rule: Rule) -> bool:
        return self.indexes.keys().isdisjoint({rule.table, rule.target} - self.closed)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.steps[step] += time.monotonic() - started

    def copy(self, table: str, columns: Sequence[str], pieces: Iterable[bytes]) -> None:
        """COPY rows in the binary format into an open table; the rest takes its defaults."""
        options = "format binary, freeze" if f"{SCHEMA}.{table}" in self.fresh else "format binary"
        with (
            self._timed("copy"),
            self.connection.cursor() as cursor,
            cursor.copy(copy_statement(_named(table), columns, options)) as stream,
        ):
            for piece in chain([HEADER], pieces, [TRAILER]):
                stream.write(piece)


@contextmanager
def bulk_transaction(tables: Sequence[str]) -> Iterator[Bulk]:
    """One transaction in which `tables` take rows fast; all of it happens, or nothing.

    Keys, exclusions, foreign keys and plain indexes are dropped, and made again (which validates
    every row) before the commit; triggers rest, so the rows bring what those would have written.
    As the owner role, because only the owner may do that in the transaction of the rows: a loader
    with a transaction of its own could leave tables without their keys. COPY is refused under
    row-level security, so FORCE is lifted for the owner, inside the transaction.
    """
    with connect(conninfo(DatabaseRole.OWNER)) as connection:
        connection.execute("set local timezone = 'UTC'")
        connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.execute(sql.SQL("set local maintenance_work_mem = {}").format(SORT_MEMORY))
        try:
            bulk = _lay_open(connection, tables)
        except psycopg.errors.LockNotAvailable as error:
            raise SimulationBlocked(
                f"the core's tables are in use for more than {LOCK_TIMEOUT}: stop the services"
                " (`crm down`) and run the simulation again"
            ) from error
        yield bulk
        for table in tables:
            bulk.close(table)
            _alter(connection, table, "force row level security")
            _alter(connection, table, "enable trigger user")
        started = time.monotonic()
        connection.commit()
        bulk.steps["commit"] = time.monotonic() - started


def _lay_open(connection: psycopg.Connection, tables: Sequence[str]) -> Bulk:
    """Drop what slows a bulk load down, and keep the definitions to make it again."""
    names = {"tables": [f"{SCHEMA}.{table}" for table in tables]}
    rules = [Rule(*row) for row in connection.execute(CONSTRAINTS, names)]
    indexes = connection.execute(PLAIN_INDEXES, names).fetchall()
    for rule in reversed(rules):
        connection.execute(f"alter table {rule.table} drop constraint {rule.name}".encode())
    made: dict[str, list[str]] = {name: [] for name in names["tables"]}
    for table, index, definition in indexes:
        made[table].append(definition)
        connection.execute(f"drop index {index}".encode())
    for table in tables:
        _alter(connection, table, "no force row level security")
        _alter(connection, table, "disable trigger user")
    return Bulk(connection, rules, made, _emptied(connection, names["tables"]))


def _emptied(connection: psycopg.Connection, names: Sequence[str]) -> frozenset[str]:
    """The tables without rows, begun anew in this transaction.

    Their rows can be written frozen, which makes keys three times as fast to validate, and where
    the server keeps no log for others (`wal_level` minimal) they are written once and not twice.
    """
    empty = [
        name
        for name in names
        if connection.execute(f"select 1 from {name} limit 1".encode()).fetchone() is None
    ]
    if empty:
        connection.execute(f"truncate {', '.join(empty)}".encode())
    return frozenset(empty)


def _alter(connection: psycopg.Connection, table: str, how: LiteralString) -> None:
    connection.execute(sql.SQL("alter table {} {}").format(_named(table), sql.SQL(how)))


def copy_all(bulk: Bulk, parts: Iterable[Frames], *, last: bool) -> None:
    """COPY the frames of each part as soon as it is there, while the next is being made.

    Rows are made on one thread, laid out in bytes on another, and sent on this one. With `last` no
    more rows follow in these tables, so that each is closed right after its copy: the server is
    busy with keys and indexes while the next rows are made.
    """
    types = {
        name: column_types(bulk.connection, name)
        for name in (table.removeprefix(f"{SCHEMA}.") for table in bulk.indexes)
    }
    frames = ahead((one for part in parts for one in part.items()), 1)
    for (table, columns), pieces in by_table(laid_out(frames, types)):
        bulk.copy(table, columns, pieces)
        if last:
            bulk.close(table)


Rows = tuple[str, Sequence[str], bytes]
"""Some rows of a table: its name, their columns, and their bytes."""


def laid_out(
    frames: Iterable[tuple[str, pl.DataFrame]], types: Mapping[str, Mapping[str, str]]
) -> Iterator[Rows]:
    """Frames in pieces of bytes, some made beforehand; `types` by table and column."""

    def pieces() -> Iterator[Rows]:
        for table, frame in frames:
            for piece in as_binary(frame, types[table]):
                yield table, tuple(frame.columns), piece

    return ahead(pieces(), AHEAD)


def by_table(rows: Iterable[Rows]) -> Iterator[tuple[tuple[str, Sequence[str]], Iterator[bytes]]]:
    """Pieces that belong into one COPY together."""
    for into, group in groupby(rows, key=lambda piece: piece[:2]):
        yield into, (piece for _, _, piece in group)


T = TypeVar("T")


def ahead(source: Iterable[T], most: int) -> Iterator[T]:
    """The items of `source`, up to `most` of them made beforehand on a thread of their own."""
    items = iter(source)
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        waiting = deque(pool.submit(next, items, None) for _ in range(most))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)


def copy(bulk: Bulk, table: str, frame: pl.DataFrame) -> None:
    """COPY one frame; its columns are named like the table's, the rest takes its defaults."""
    bulk.copy(table, frame.columns, as_binary(frame, column_types(bulk.connection, table)))


def column_types(connection: psycopg.Connection, table: str) -> dict[str, str]:
    """The type of each column of a table, without its length."""
    return dict(connection.execute(TYPES, [SCHEMA, table]).fetchall())


def copy_statement(
    table: sql.Identifier, columns: Sequence[str], options: LiteralString
) -> sql.Composed:
    """COPY from the client; `options` say in which format."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("copy {} ({}) from stdin ({})").format(table, names, sql.SQL(options))


@contextmanager
def statistics_gathered(tables: Sequence[str]) -> Iterator[None]:
    """Refresh the planner's statistics beside what is done meanwhile, on another connection."""

    def analyze() -> None:
        with connect(conninfo(DatabaseRole.OWNER), autocommit=True) as connection:
            for name in tables:
                connection.execute(sql.SQL("analyze {}").format(_named(name)))

    with ThreadPoolExecutor(max_workers=1) as pool:
        analysis = pool.submit(analyze)
        yield
        analysis.result()


def transaction_number(connection: psycopg.Connection) -> int:
    """The number that every row of this transaction carries as its fence."""
    row = connection.execute("select pg_current_xact_id()::text").fetchone()
    return int(row[0]) if row else 0


def read_since(
    client_id: str, table: str, columns: Sequence[str], number: int, like: pl.DataFrame
) -> pl.DataFrame:
    """Rows of a tenant written after the transaction `number`, with the column types of `like`."""
    query = sql.SQL(
        "select {} from {} where client_id = %s and changed_xid > %s::text::xid8 order by id"
    ).format(sql.SQL(", ").join(_as_text(like, name) for name in columns), _named(table))
    with connect(conninfo(DatabaseRole.LOADER)) as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(query, [client_id, str(number)]).fetchall()
    return pl.DataFrame(rows, schema={name: like.schema[name] for name in columns}, orient="row")


def _as_text(like: pl.DataFrame, column: str) -> sql.Composable:
    """Ids as text and instants without zone, as the frames hold them."""
    name, kind = sql.Identifier(column), like.schema[column]
    if kind == pl.String:
        return sql.SQL("{}::text").format(name)
    return sql.SQL("{}::timestamp").format(name) if isinstance(kind, pl.Datetime) else name


def _named(name: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, name)
