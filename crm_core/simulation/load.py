"""Writes frames into the core by COPY, in one transaction that leaves every constraint in force.

Which rows are written is decided in `crm_core.simulation.generate`.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import LiteralString

import polars as pl
import psycopg
from psycopg import sql

from crm_core.database import DatabaseRole, connect, conninfo
from crm_core.models.base import SCHEMA
from crm_core.simulation.errors import SimulationBlocked
from crm_core.simulation.organisation import Frames

LOCK_TIMEOUT = "30s"
SORT_MEMORY = "256MB"
PIECE = 50_000
"""Rows that are turned into text at a time."""

# Foreign keys, and exclusions of overlaps: what is cheaper to validate at once than row by row.
COSTLY_CONSTRAINTS = """
select c.relname, con.conname, pg_get_constraintdef(con.oid), coalesce(r.relname, c.relname)
from pg_constraint con join pg_class c on c.oid = con.conrelid
left join pg_class r on r.oid = con.confrelid
join pg_namespace n on n.oid = c.relnamespace
where con.contype in ('f', 'x') and n.nspname = %s and c.relname = any(%s)
order by c.relname, con.conname
"""

# Indexes of constraints stay: keys are checked while the rows come in.
PLAIN_INDEXES = """
select c.relname, i.relname, pg_get_indexdef(i.oid)
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = any(%s)
  and not exists (select 1 from pg_constraint con where con.conindid = i.oid)
order by i.relname
"""


@dataclass(frozen=True)
class Constraint:
    """A foreign key or an exclusion that was taken away, and what makes it again."""

    table: str
    name: str
    definition: str
    target: str
    """The table a key points at; an exclusion points at its own."""


@dataclass
class Bulk:
    """A transaction in which some tables stand open, until each is closed again."""

    connection: psycopg.Connection
    keys: list[Constraint]
    indexes: dict[str, list[str]]
    """Definitions of the dropped indexes by table; the open tables are its keys."""
    closed: set[str] = field(default_factory=set)

    def close(self, table: str) -> None:
        """All rows of the table are there: make its indexes and keys again.

        Making a key validates every row; it waits until the table it points at is closed too.
        """
        if table in self.closed or table not in self.indexes:
            return
        for definition in self.indexes[table]:
            self.connection.execute(definition.encode())
        self.closed.add(table)
        for key in [key for key in self.keys if self._is_ready(key)]:
            self.connection.execute(
                sql.SQL("alter table {} add constraint {} ")
                .format(_named(key.table), sql.Identifier(key.name))
                .as_bytes(self.connection)
                + key.definition.encode()
            )
            self.keys.remove(key)

    def _is_ready(self, key: Constraint) -> bool:
        open_still = self.indexes.keys() - self.closed
        return key.table not in open_still and key.target not in open_still


@contextmanager
def bulk_transaction(tables: Sequence[str]) -> Iterator[Bulk]:
    """One transaction in which `tables` take rows fast; all of it happens, or nothing.

    Foreign keys, exclusions and plain indexes are dropped, and made again (which validates every
    row) before the commit; triggers rest, so the rows bring what those would have written. As the
    owner role, because only the owner may do that in the transaction of the rows: a loader with a
    transaction of its own could leave tables without their keys. COPY is refused under row-level
    security, so FORCE is lifted for the owner, inside the transaction.
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


def _lay_open(connection: psycopg.Connection, tables: Sequence[str]) -> Bulk:
    """Drop what slows a bulk load down, and keep the definitions to make it again."""
    found = connection.execute(COSTLY_CONSTRAINTS, [SCHEMA, list(tables)]).fetchall()
    bulk = Bulk(connection, [Constraint(*row) for row in found], {table: [] for table in tables})
    for key in bulk.keys:
        connection.execute(
            sql.SQL("alter table {} drop constraint {}").format(
                _named(key.table), sql.Identifier(key.name)
            )
        )
    for table, name, definition in connection.execute(PLAIN_INDEXES, [SCHEMA, list(tables)]):
        bulk.indexes[table].append(definition)
        connection.execute(sql.SQL("drop index {}").format(_named(name)))
    for table in tables:
        _alter(connection, table, "no force row level security")
        _alter(connection, table, "disable trigger user")
    return bulk


def _alter(connection: psycopg.Connection, table: str, how: LiteralString) -> None:
    connection.execute(sql.SQL("alter table {} {}").format(_named(table), sql.SQL(how)))


def copy_all(bulk: Bulk, parts: Iterable[Frames], *, last: bool) -> None:
    """COPY the frames of each part as soon as it is there, while the next is being made.

    With `last` no more rows follow in these tables, so that each is closed right after its copy:
    the server is busy with keys and indexes while the next part is made.
    """

    def take(table: str, frame: pl.DataFrame) -> None:
        copy(bulk.connection, table, frame)
        if last:
            bulk.close(table)

    with ThreadPoolExecutor(max_workers=1) as writer:
        written: list[Future[None]] = [
            writer.submit(take, table, frame) for part in parts for table, frame in part.items()
        ]
        for one in written:
            one.result()


def copy(connection: psycopg.Connection, table: str, frame: pl.DataFrame) -> None:
    """COPY one frame; its columns are named like the table's, the rest takes its defaults.

    In Postgres' text format, which it reads a fifth faster than CSV. Simulated text holds no tab,
    line break or backslash, so nothing needs escaping.
    """
    statement = sql.SQL("copy {} ({}) from stdin").format(
        _named(table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as stream:
        for piece in as_text(frame):
            stream.write(piece)


def as_text(frame: pl.DataFrame) -> Iterator[str]:
    """The rows in Postgres' text format, piece by piece."""
    for piece in frame.iter_slices(PIECE):
        yield piece.write_csv(
            include_header=False, separator="\t", quote_style="never", null_value="\\N"
        )


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
