"""Connections to our databases: which role, and the row-level-security context of a transaction.

Queries belong to the services; starting a server belongs to `crm_core.postgres`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from crm_core.config import settings
from crm_core.errors import CrmError
from crm_core.postgres import ServerAddress, ensure_running
from crm_core.refusals import name_fields
from crm_core.security.permissions import SYSTEM_CONTEXT, Subject
from crm_core.security.secrets import database_password


class DatabaseRole(StrEnum):
    """The login roles; `crm_core.migrations.bootstrap` creates them."""

    OWNER = "crm_owner"
    """Owns the tables; migrations only."""
    APP = "crm_app"
    """Services and screens, under row-level security."""
    LOADER = "crm_loader"
    """Bulk import and simulation; bypasses row-level security."""
    EXTRACT = "crm_extract"
    """Reads what may leave the core."""
    AUDIT = "crm_audit"
    """Reads the audit trail of all tenants."""
    LAKE = "crm_lake"
    """Owns the lake's catalogue."""
    DAGSTER = "crm_dagster"
    """Owns Dagster's storage."""


class DatabaseNotReady(CrmError):
    """The database is missing or was never migrated."""


def server() -> ServerAddress:
    """The server of this installation, started when it is ours and not running."""
    return _server(settings().var, settings().postgres_source, settings().database_url)


@cache
def _server(var: Path, source: str, database_url: str | None) -> ServerAddress:
    return ensure_running(var, source=source, database_url=database_url)


def database_name(name: str) -> str:
    """The full name of one of our databases (crm, lake, dagster) on this server."""
    return f"{name}{settings().database_suffix}"


def conninfo(role: DatabaseRole, database: str = "crm") -> str:
    """A libpq keyword string for `role` on one of our databases; DuckDB's attach takes it too."""
    plain = server().conninfo(database_name(database), user=role.value)
    return f"{plain} password={database_password(role.value)}"


def engine(role: DatabaseRole) -> Engine:
    """A pooled engine on the `crm` database; one per role and process."""
    return _engine(conninfo(role))


_engines: dict[str, Engine] = {}


def _engine(dsn: str) -> Engine:
    if dsn not in _engines:
        _engines[dsn] = create_engine(
            "postgresql+psycopg://",
            creator=lambda: connect(dsn),
            pool_size=5,
            max_overflow=10,
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged, and parameters are personal data
        )
        name_fields(_engines[dsn])
    return _engines[dsn]


def connect(
    dsn: str, *, autocommit: bool = False, application_name: str | None = None
) -> psycopg.Connection:
    """A connection by `conninfo`; raises `DatabaseNotReady` where nothing was set up yet."""
    try:
        return psycopg.connect(dsn, autocommit=autocommit, application_name=application_name)
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            raise DatabaseNotReady(
                "nothing is set up on this server yet: run `crm demo` or `crm db migrate`"
            ) from error
        raise


def forget_connections() -> None:
    """Close every pooled connection and forget the server (after stopping it, and in tests)."""
    for made in _engines.values():
        made.dispose()
    _engines.clear()
    _server.cache_clear()


CONTEXT = text(
    "select set_config('crm.client_id', :client_id, true),"
    " set_config('crm.user_id', :user_id, true),"
    " set_config('crm.location_ids', :location_ids, true), set_config('crm.grants', :grants, true),"
    " set_config('crm.at', :at, true)"
)
_GRANTS = text("select set_config('crm.grants', :grants, true)")
MOMENT = text("select set_config('crm.at', :at, true)")
_HELD, _TOLD = "crm_core.database.grants", "crm_core.database.moment"


def set_context(session: Session, subject: Subject, at: datetime | None = None) -> None:
    """Tell row-level security, for this transaction only, on whose behalf it runs.

    With `at` it also tells the moment, see `set_moment`, in the same round trip.
    """
    session.execute(
        CONTEXT,
        {
            "client_id": str(subject.client_id),
            "user_id": str(subject.user_id or ""),
            "location_ids": "{" + ",".join(sorted(map(str, subject.location_ids))) + "}",
            "grants": subject.context,
            "at": "" if at is None else at.isoformat(),
        },
    )
    session.info[_HELD] = subject.context
    session.info[_TOLD] = _telling(session, at)


@contextmanager
def as_system(session: Session) -> Iterator[None]:
    """An effect beyond the rights of the one who acts, in the same transaction and tenant.

    For services only, and only after they have decided that the act itself is permitted: a won
    lead of an accepted quote, a journey moved by its driver's step.
    """
    held = session.info.get(_HELD, "")
    if held == SYSTEM_CONTEXT:
        yield
        return
    session.flush()  # what was done so far is held to the rights of the one who did it
    _take(session, SYSTEM_CONTEXT)
    try:
        yield
        session.flush()
    finally:
        _take(session, held)


def _take(session: Session, grants: str) -> None:
    session.info[_HELD] = grants
    # A transaction that failed takes no more commands; its rollback takes the context with it.
    if session.is_active and not _has_failed(session):
        with session.no_autoflush:  # what a refusal left half changed is never written
            session.execute(_GRANTS, {"grants": grants})


def _has_failed(session: Session) -> bool:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.info.transaction_status == TransactionStatus.INERROR


def set_moment(session: Session, at: datetime) -> None:
    """Tell the history of statuses when it is, for this transaction: the instant of the service.

    Costs a round trip only when the instant differs from the last one told.
    """
    told = _telling(session, at)
    if session.info.get(_TOLD) != told:
        session.connection().execute(MOMENT, {"at": at.isoformat()})
        session.info[_TOLD] = told


def _telling(session: Session, at: datetime | None) -> tuple[object, datetime | None]:
    # A savepoint that is rolled back takes the setting with it: what was told, counts inside it.
    return session.get_nested_transaction() or session.get_transaction(), at


@contextmanager
def tenant_session(subject: Subject, at: datetime | None = None) -> Iterator[Session]:
    """One transaction as the application role on behalf of `subject`; commits at the end.

    Whoever knows the instant of the act, says it here: telling it later costs a round trip.
    """
    with Session(engine(DatabaseRole.APP), expire_on_commit=False) as session, session.begin():
        set_context(session, subject, at)
        yield session


@contextmanager
def loader_session(subject: Subject) -> Iterator[Session]:
    """One transaction that row-level security does not bind, in the context of `subject`.

    For an erasure, which must reach rows that nobody else may change.
    """
    with Session(engine(DatabaseRole.LOADER), expire_on_commit=False) as session, session.begin():
        set_context(session, subject)
        yield session


@contextmanager
def loader_connection() -> Iterator[psycopg.Connection]:
    """One transaction of the bulk loader; commits at the end. Import and simulation only."""
    with connect(conninfo(DatabaseRole.LOADER)) as connection:
        yield connection
