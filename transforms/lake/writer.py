"""One writer of the lake at a time, over all processes: a lock in the lake's own Postgres.

What the writer does is in `extract` and `publish`.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass

import psycopg

from crm_core.database import DatabaseRole, connect, conninfo
from transforms.lake.errors import LakeUnreachable, WriterBusy, WriterLost

LOCK = 0x6C616B65
"""The key of the advisory lock ("lake" in ASCII)."""

PAUSE = 0.25
"""Seconds between two tries."""

_held: ContextVar["Writer | None"] = ContextVar("lake_writer", default=None)

HOLDER = """
select a.application_name from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = %s
  and l.database = (select oid from pg_database where datname = current_database())
"""


@dataclass(frozen=True)
class Writer:
    """The right to write the lake, for as long as the block of `writing` lasts."""

    session: "psycopg.Connection[tuple[object, ...]]"

    def confirm(self) -> None:
        """Raises `WriterLost` when the lock is gone; to be asked right before a commit."""
        try:
            self.session.execute("select 1")
        except psycopg.Error as error:
            raise WriterLost(
                "the lock on the lake was lost while writing (was Postgres restarted?):"
                " nothing was written, run it again"
            ) from error


@contextmanager
def writing(
    purpose: str, *, wait: float = 0.0, tell: Callable[[str], None] | None = None
) -> Iterator[Writer]:
    """The only writer of the lake; inside another `writing` of the same task, that one.

    `wait` is how many seconds to wait for another process, `tell` hears once that we wait.
    Raises `WriterBusy`, which names the process that writes.
    """
    outer = _held.get()
    if outer is not None:
        yield outer
        return
    name = f"{purpose}, process {os.getpid()}"
    try:
        session = connect(
            conninfo(DatabaseRole.LAKE, "lake"), autocommit=True, application_name=name
        )
    except psycopg.OperationalError as error:
        raise LakeUnreachable(f"the database of the lake cannot be reached: {error}") from error
    with session:
        _take(session, wait, tell)
        writer = Writer(session)
        token = _held.set(writer)
        try:
            yield writer
        finally:
            _held.reset(token)
            # Given back, not only let go of: the server ends a closed session in its own time.
            with suppress(psycopg.Error):
                session.execute("select pg_advisory_unlock(%s)", [LOCK])


def _take(
    session: "psycopg.Connection[tuple[object, ...]]",
    wait: float,
    tell: Callable[[str], None] | None,
) -> None:
    deadline = time.monotonic() + wait
    while not _try(session):
        holder = _holder(session)
        if time.monotonic() >= deadline:
            raise WriterBusy(
                f"the lake is being written by another run ({holder}):"
                " wait until it has finished, or end it"
            )
        if tell is not None:
            tell(f"waiting for another run ({holder}) to finish with the lake")
            tell = None
        time.sleep(PAUSE)


def _try(session: "psycopg.Connection[tuple[object, ...]]") -> bool:
    row = session.execute("select pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


def _holder(session: "psycopg.Connection[tuple[object, ...]]") -> str:
    row = session.execute(HOLDER, [LOCK]).fetchone()
    return str(row[0]) if row else "which has just ended"
