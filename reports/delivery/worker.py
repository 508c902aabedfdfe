"""A scheduler at work: its number, and the lock by which others see that it lives.

The lock is held by a connection of its own: when the process dies, however, Postgres lets go of it
at once. No clock is asked, so none can be wrong.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import SystemRandom

import psycopg

from crm_core import crash
from crm_core.database import DatabaseRole, connect, conninfo

LOCKS = 0x52504F  # our own family of advisory locks
_random = SystemRandom()


@dataclass
class Worker:
    """One scheduler; rows that it works on carry its number."""

    number: int
    connection: psycopg.Connection = field(repr=False)
    passing: Callable[[str], None] = crash.point
    """Called at each named step; tests kill there."""

    def is_gone(self, number: int) -> bool:
        """Whether the worker of that number no longer lives; oneself is not at work while asking.

        Raises `psycopg.Error` when one's own connection is gone.
        """
        if number == self.number:
            return True
        row = self.connection.execute(
            "select pg_try_advisory_lock(%s, %s)", [LOCKS, number]
        ).fetchone()
        is_free = bool(row and row[0])
        if is_free:
            self.connection.execute("select pg_advisory_unlock(%s, %s)", [LOCKS, number])
        return is_free


@contextmanager
def worker(passing: Callable[[str], None] = crash.point) -> Iterator[Worker]:
    """A scheduler for as long as the block lasts."""
    with connect(conninfo(DatabaseRole.APP), autocommit=True) as connection:
        while True:
            number = _random.randrange(1, 2**31)
            taken = connection.execute(
                "select pg_try_advisory_lock(%s, %s)", [LOCKS, number]
            ).fetchone()
            if taken and taken[0]:
                break
        yield Worker(number, connection, passing)
