"""`crm db migrate`: roles, databases, tables, derived objects, reference rows; safe to run again.

What the tables look like is in `crm_core.models`, what changed is in `versions/`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from crm_core.database import DatabaseNotReady, DatabaseRole, engine
from crm_core.migrations.bootstrap import bootstrap
from crm_core.migrations.derived import apply_derived
from crm_core.services.tax_seed import seed_tax_rates

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Migrated:
    """What a migration did."""

    revision: str
    derived_changed: bool


def config(connection: Connection) -> Config:
    """Alembic's configuration for an open connection."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["connection"] = connection
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


def migrate(revision: str = "head") -> Migrated:
    """Bring the `crm` database to a revision, and everything derived with it."""
    bootstrap()
    with engine(DatabaseRole.OWNER).begin() as connection:
        # A table in use must not be waited for with everybody else queueing behind.
        connection.execute(text("set local lock_timeout = '10s'"))
        connection.execute(text("create schema if not exists core"))
        connection.execute(text("create schema if not exists landing"))
        command.upgrade(config(connection), revision)
        changed = apply_derived(connection)
        seed_tax_rates(connection)
        return Migrated(current_revision(connection) or "", changed)


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
