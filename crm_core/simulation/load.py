"""Writes frames into the core by COPY, in one transaction that leaves every constraint in force.

Which rows are written is decided in `crm_core.simulation.generate`.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import polars as pl
import psycopg
from psycopg import sql

from crm_core.database import DatabaseRole, conninfo
from crm_core.models.base import SCHEMA
from crm_core.simulation.errors import SimulationBlocked
from crm_core.simulation.organisation import Frames

LOCK_TIMEOUT = "30s"
SORT_MEMORY = "256MB"
PIECE = 50_000
"""Rows that are turned into text at a time."""

FOREIGN_KEYS = """
select c.relname, con.conname, pg_get_constraintdef(con.oid)
from pg_constraint con join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
where con.contype = 'f' and n.nspname = %s and c.relname = any(%s)
order by c.relname, con.conname
"""

# Indexes of constraints stay: keys are checked while the rows come in.
PLAIN_INDEXES = """
select i.relname, pg_get_indexdef(i.oid)
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = any(%s)
  and not exists (select 1 from pg_constraint con where con.conindid = i.oid)
order by i.relname
"""


@contextmanager
def bulk_transaction(tables: Sequence[str]) -> Iterator[psycopg.Connection]:
    """One transaction in which `tables` take rows fast; all of it happens, or nothing.

    Foreign keys and plain indexes are dropped, and made again (which validates every row) before
    the commit. As the owner role, because only the owner may do that in the transaction of the
    rows: a loader with a transaction of its own could leave tables without their keys. COPY is
    refused under row-level security, so FORCE is lifted for the owner, inside the transaction.
    """
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        connection.execute("set local timezone = 'UTC'")
        connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
        connection.execute(sql.SQL("set local maintenance_work_mem = {}").format(SORT_MEMORY))
        try:
            keys, indexes = _lay_open(connection, tables)
        except psycopg.errors.LockNotAvailable as error:
            raise SimulationBlocked(
                f"the core's tables are in use for more than {LOCK_TIMEOUT}: stop the services"
                " (`crm down`) and run the simulation again"
            ) from error
        yield connection
        _close_up(connection, tables, keys, indexes)


Key = tuple[str, str, str]
"""Table, constraint and definition."""


def _lay_open(connection: psycopg.Connection, tables: Sequence[str]) -> tuple[list[Key], list[str]]:
    """Drop what slows a bulk load down; returns the definitions to make it again."""
    keys: list[Key] = connection.execute(FOREIGN_KEYS, [SCHEMA, list(tables)]).fetchall()
    indexes = connection.execute(PLAIN_INDEXES, [SCHEMA, list(tables)]).fetchall()
    for table, name, _ in keys:
        connection.execute(
            sql.SQL("alter table {} drop constraint {}").format(_named(table), sql.Identifier(name))
        )
    for name, _ in indexes:
        connection.execute(sql.SQL("drop index {}").format(_named(name)))
    for table in tables:
        connection.execute(
            sql.SQL("alter table {} no force row level security").format(_named(table))
        )
    return keys, [definition for _, definition in indexes]


def _close_up(
    connection: psycopg.Connection, tables: Sequence[str], keys: list[Key], indexes: list[str]
) -> None:
    for table in tables:
        connection.execute(sql.SQL("alter table {} force row level security").format(_named(table)))
    for definition in indexes:
        connection.execute(definition.encode())
    for table, name, definition in keys:
        connection.execute(
            sql.SQL("alter table {} add constraint {} ")
            .format(_named(table), sql.Identifier(name))
            .as_bytes(connection)
            + definition.encode()
        )


def copy_all(connection: psycopg.Connection, parts: Iterable[Frames]) -> None:
    """COPY the frames of each part as soon as it is there, while the next is being made."""
    with ThreadPoolExecutor(max_workers=1) as writer:
        written: list[Future[None]] = [
            writer.submit(copy, connection, table, frame)
            for part in parts
            for table, frame in part.items()
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
        for piece in frame.iter_slices(PIECE):
            stream.write(
                piece.write_csv(
                    include_header=False, separator="\t", quote_style="never", null_value="\\N"
                )
            )


def analyze(tables: Sequence[str]) -> None:
    """Refresh the planner's statistics, on two connections."""

    def one_half(names: Sequence[str]) -> None:
        with psycopg.connect(conninfo(DatabaseRole.OWNER), autocommit=True) as connection:
            for name in names:
                connection.execute(sql.SQL("analyze {}").format(_named(name)))

    with ThreadPoolExecutor(max_workers=2) as pool:
        for done in [pool.submit(one_half, tables[start::2]) for start in range(2)]:
            done.result()


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
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as connection:
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
