"""`crm db migrate`: roles, databases, tables, derived objects, reference rows; safe to run again.

What the tables look like is in `crm_core.models`, what changed is in `versions/`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from crm_core.database import DatabaseNotReady, DatabaseRole, conninfo, engine
from crm_core.errors import CrmError
from crm_core.migrations.bootstrap import bootstrap
from crm_core.migrations.derived import (
    apply_derived,
    driver_of,
    fill_local_times,
    forget_derived,
)
from crm_core.migrations.online import validate
from crm_core.services.finance.tax_seed import seed_tax_rates
from crm_core.services.zone_offsets import write_zone_offsets

Done = TypeVar("Done")

PATIENCE = "3s"
"""How long a statement waits for a table, with everybody else queueing behind it."""
ATTEMPTS = 5
PAUSE = 1.0
"""Seconds between attempts, times the number of the attempt."""
_BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.QueryCanceled,
)

HERE = Path(__file__).resolve().parent


class DatabaseBusy(CrmError):
    """Somebody holds a table that a migration has to change."""


@dataclass(frozen=True)
class Migrated:
    """What a migration did."""

    revision: str
    derived_changed: bool


def config(connection: Connection, is_alone: bool = False) -> Config:
    """Alembic's configuration for an open connection.

    `is_alone`: each migration commits by itself, and may build indexes beside the work of others.
    """
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["connection"] = connection
    made.attributes["is_alone"] = is_alone
    return made


def configure_options() -> dict[str, Any]:
    """What a migration and a comparison with the models must agree on."""
    return {
        "include_schemas": True,
        "compare_type": True,
        "compare_server_default": False,
        "version_table": "alembic_version",
        "version_table_schema": "core",
    }


def compare_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Only our own tables take part in comparisons."""
    if kind == "schema":
        return name in ("core", "landing")
    return not (kind == "table" and name in ("derived_state", "alembic_version"))


def migrate(revision: str = "head", *, attempts: int = ATTEMPTS) -> Migrated:
    """Bring the `crm` database to a revision, and everything derived with it.

    Safe while others work: it waits for a table for `PATIENCE` only, lets the queue behind it
    pass, and tries again; what is done stays done. Raises `DatabaseBusy` after the last attempt.
    """
    bootstrap()
    return _patiently(lambda connection: _up(connection, revision), attempts)


def migrate_down(revision: str, *, attempts: int = ATTEMPTS) -> None:
    """Go back to a revision; what is derived comes again with the next `migrate`."""
    _patiently(lambda connection: _down(connection, revision), attempts)


def _up(connection: Connection, revision: str) -> Migrated:
    with connection.begin():
        connection.execute(text("create schema if not exists core"))
        connection.execute(text("create schema if not exists landing"))
    command.upgrade(config(connection, is_alone=True), revision)
    connection.commit()
    validate(connection)
    connection.commit()
    changed = apply_derived(connection)
    connection.commit()
    with connection.begin():
        write_zone_offsets(driver_of(connection))
        if changed:
            fill_local_times(connection)
        seed_tax_rates(connection)
        return Migrated(current_revision(connection) or "", changed)


def _down(connection: Connection, revision: str) -> None:
    with connection.begin():
        forget_derived(connection)
    command.downgrade(config(connection, is_alone=True), revision)
    connection.commit()


def _patiently(work: Callable[[Connection], Done], attempts: int) -> Done:
    """Run `work` on a connection of its own, again when a table was not to be had."""
    dsn = conninfo(DatabaseRole.OWNER)
    options = f"-c lock_timeout={PATIENCE}"
    alone = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(dsn, options=options),
        poolclass=NullPool,
    )
    for attempt in range(1, attempts + 1):
        try:
            with alone.connect() as connection:
                return work(connection)
        except (OperationalError, psycopg.OperationalError) as error:
            cause = error.orig if isinstance(error, OperationalError) else error
            if not isinstance(cause, _BUSY):
                raise
            if attempt == attempts:
                raise DatabaseBusy(
                    f"a table stayed in use, {_holders(alone)}: let that end, then run"
                    " `crm db migrate` again; nothing is half-done"
                ) from error
            time.sleep(PAUSE * attempt)
    raise AssertionError("unreachable")


def _holders(alone: Engine) -> str:
    """Who holds our tables, the longest first."""
    query = text(
        "select distinct a.pid, a.usename::text, a.xact_start from pg_locks l"
        " join pg_stat_activity a on a.pid = l.pid"
        " join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace"
        " where l.granted and l.pid <> pg_backend_pid() and n.nspname in ('core', 'landing')"
        " order by a.xact_start limit 3"
    )
    with alone.connect() as connection:
        found = [f"process {row.pid} of {row.usename}" for row in connection.execute(query)]
    return ("by " + ", ".join(found)) if found else "by somebody who is gone now"


def current_revision(connection: Connection) -> str | None:
    """The revision the database is at; None before the first."""
    context = MigrationContext.configure(connection, opts=configure_options())
    return context.get_current_revision()


def require_migrated() -> None:
    """Raise `DatabaseNotReady` unless the database is at the newest revision."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        at = current_revision(connection)
        head = ScriptDirectory.from_config(config(connection)).get_current_head()
    if at != head:
        raise DatabaseNotReady(
            f"the database is at revision {at or 'none'}, the program at {head}:"
            " run `crm db migrate`"
        )
