"""Whose context a pooled connection carries: wrong set-ups are shown to leak, ours is shown not to.

Each schedule is run on every set-up, so that the schedule is known to bite.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm_core import database
from crm_core.database import DatabaseRole, conninfo, engine, tenant_session
from crm_core.security.permissions import Subject
from tests.conftest import TEST_NOW
from tests.factories import create_tenant

Pool = Callable[[Subject | None], AbstractContextManager[Connection]]
"""Lends a connection to a subject, or to somebody who forgot to say who they are."""


class Reading(NamedTuple):
    """Who asked, and whose rows came."""

    asked: UUID | None
    seen: frozenset[UUID]

    @property
    def leaks(self) -> bool:
        return bool(self.seen - {self.asked})


class _Crash(Exception):
    """Something goes wrong in the middle of a transaction."""


@pytest.fixture(scope="module")
def people(shared_database: Path) -> tuple[Subject, Subject]:
    """The administrators of two tenants."""
    tenants = [create_tenant(slug, at=TEST_NOW) for slug in ("left", "right")]
    return tenants[0].subjects["admin"], tenants[1].subjects["admin"]


def _small_pool(**options: object) -> Engine:
    """One connection that everybody has to share."""
    dsn = conninfo(DatabaseRole.APP)
    return create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), pool_size=1,
        max_overflow=0, **options,
    )  # fmt: skip


@pytest.fixture
def ours(shared_database: Path) -> Iterator[Pool]:
    """The product's own way, on a pool of one connection."""
    dsn = conninfo(DatabaseRole.APP)
    usual = database._engines.pop(dsn, None)
    database._engines[dsn] = _small_pool()

    @contextmanager
    def lend(subject: Subject | None) -> Iterator[Connection]:
        if subject is None:
            with Session(engine(DatabaseRole.APP)) as session:
                yield session.connection()
        else:
            with tenant_session(subject) as session:
                yield session.connection()

    yield lend
    database._engines.pop(dsn).dispose()
    if usual is not None:
        database._engines[dsn] = usual


SAID_FOR_LONG = str(database.CONTEXT).replace(", true)", ", false)")


def _say(connection: Connection, subject: Subject, statement: str) -> None:
    values = {
        "client_id": str(subject.client_id),
        "user_id": str(subject.user_id),
        "location_ids": "{}",
        "grants": subject.context,
        "at": "",
    }
    connection.execute(text(statement), values)


@pytest.fixture
def session_level(shared_database: Path) -> Iterator[Pool]:
    """Wrong: the context is SET for the session, not for the transaction."""
    pool = _small_pool()

    @contextmanager
    def lend(subject: Subject | None) -> Iterator[Connection]:
        with pool.connect() as connection:
            if subject is not None:
                _say(connection, subject, SAID_FOR_LONG)
                connection.commit()
            with connection.begin():
                yield connection

    yield lend
    pool.dispose()


@pytest.fixture
def without_reset(shared_database: Path) -> Iterator[Pool]:
    """Wrong: a connection goes back to the pool with its transaction still open."""
    pool = _small_pool(pool_reset_on_return=None)

    @contextmanager
    def lend(subject: Subject | None) -> Iterator[Connection]:
        connection = pool.connect()
        if subject is not None:
            _say(connection, subject, str(database.CONTEXT))
        try:
            yield connection
        finally:
            # What a pool does for a driver that is handed out raw.
            connection._transaction = None
            connection.connection.close()

    yield lend
    pool.dispose()


_ambient: ContextVar[Subject | None] = ContextVar("ambient", default=None)


@pytest.fixture
def ambient(shared_database: Path) -> Iterator[Pool]:
    """Wrong: who acts is kept in a context variable, which tasks and threads copy."""
    pool = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo(DatabaseRole.APP))
    )

    @contextmanager
    def lend(subject: Subject | None) -> Iterator[Connection]:
        if subject is not None:
            _ambient.set(subject)
        with pool.begin() as connection:
            if (known := _ambient.get()) is not None:
                _say(connection, known, str(database.CONTEXT))
            yield connection

    yield lend
    pool.dispose()


def _read(connection: Connection, subject: Subject | None) -> Reading:
    seen = connection.scalars(text("select distinct client_id from core.users"))
    return Reading(subject.client_id if subject else None, frozenset(seen))


def _borrow(pool: Pool, subject: Subject | None) -> Reading:
    with pool(subject) as connection:
        return _read(connection, subject)


def in_turn(pool: Pool, left: Subject, right: Subject) -> list[Reading]:
    """One after the other, and each time somebody without a context after them."""
    return [_borrow(pool, who) for who in (left, None, right, None, left, right, None)]


def error_in_the_middle(pool: Pool, left: Subject, right: Subject) -> list[Reading]:
    """A crash of the program, then an error of the database, each followed by others."""
    readings = []
    for who in (left, right):
        with pytest.raises(_Crash), pool(who) as connection:
            readings.append(_read(connection, who))
            raise _Crash
        readings.append(_borrow(pool, None))
        with pytest.raises(DBAPIError), pool(who) as connection:
            connection.execute(text("select 1 / 0"))
        readings.append(_borrow(pool, None))
    return readings


def rollback_to_savepoint(pool: Pool, left: Subject, right: Subject) -> list[Reading]:
    """The context outlives a savepoint that is taken back, and ends with the transaction."""
    readings = []
    for who in (left, right):
        with pool(who) as connection:
            inner = connection.begin_nested()
            readings.append(_read(connection, who))
            inner.rollback()
            readings.append(_read(connection, who))
        readings.append(_borrow(pool, None))
    return readings


def in_threads(pool: Pool, left: Subject, right: Subject) -> list[Reading]:
    """Eight threads that share the pool."""
    askers = (left, None, right, right, None, left) * 8
    with ThreadPoolExecutor(max_workers=8) as workers:
        return list(workers.map(lambda who: _borrow(pool, who), askers))


def in_tasks(pool: Pool, left: Subject, right: Subject) -> list[Reading]:
    """Tasks that start others, whose context is a copy; work is done in threads."""

    async def request(who: Subject) -> list[Reading]:
        first = await asyncio.to_thread(_borrow, pool, who)
        _ambient.set(who)
        job = asyncio.create_task(asyncio.to_thread(_borrow, pool, None))
        return [first, await job]

    async def run() -> list[Reading]:
        answers = await asyncio.gather(*(request(who) for who in (left, right) * 4))
        return [reading for answer in answers for reading in answer]

    # In a thread of its own: a browser driven by other tests may keep a loop running in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, run()).result()


Schedule = Callable[[Pool, Subject, Subject], list[Reading]]
SCHEDULES: list[Schedule] = [
    in_turn, error_in_the_middle, rollback_to_savepoint, in_threads, in_tasks
]  # fmt: skip


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.__name__)
def test_our_pool_leaks_nothing(
    ours: Pool, people: tuple[Subject, Subject], schedule: Schedule
) -> None:
    readings = schedule(ours, *people)
    assert [reading for reading in readings if reading.leaks] == []
    assert all(reading.seen == {reading.asked} for reading in readings if reading.asked)
    assert {reading.asked for reading in readings} == {None, *(who.client_id for who in people)}


@pytest.mark.parametrize(
    ("wrong", "schedule"),
    [
        ("session_level", in_turn),
        ("session_level", error_in_the_middle),
        ("session_level", in_threads),
        ("session_level", in_tasks),
        ("without_reset", in_turn),
        ("without_reset", rollback_to_savepoint),
        ("ambient", in_tasks),
    ],
)
def test_a_wrong_pool_is_seen_to_leak(
    request: pytest.FixtureRequest,
    people: tuple[Subject, Subject],
    wrong: str,
    schedule: Schedule,
) -> None:
    pool: Pool = request.getfixturevalue(wrong)
    assert any(reading.leaks for reading in schedule(pool, *people))


def test_a_context_said_inside_a_savepoint_goes_with_it(people: tuple[Subject, Subject]) -> None:
    """Wrong: changing the subject in the middle; taking it back leaves the one before."""
    left, right = people
    with tenant_session(left) as session:
        inner = session.begin_nested()
        database.set_context(session, right)
        assert not _read(session.connection(), right).leaks
        inner.rollback()
        assert _read(session.connection(), right).leaks


def test_a_context_said_outside_a_transaction_is_no_context(
    people: tuple[Subject, Subject],
) -> None:
    pool = _small_pool(isolation_level="AUTOCOMMIT")
    with pool.connect() as connection:
        _say(connection, people[0], str(database.CONTEXT))
        assert _read(connection, None).seen == frozenset()
    pool.dispose()
