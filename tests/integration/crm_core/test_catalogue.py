"""The tables in the database are those of the models, and every column has a policy."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from crm_core.database import DatabaseRole, engine
from crm_core.migrations.run import compare_name, config, configure_options
from crm_core.models import Base


def test_the_migrations_make_exactly_the_models(crm_database: Path) -> None:
    options = {
        **configure_options(),
        "include_name": compare_name,
        "target_metadata": Base.metadata,
    }
    with engine(DatabaseRole.OWNER).connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_go_down_and_up_again(crm_database: Path) -> None:
    with engine(DatabaseRole.OWNER).begin() as connection:
        connection.execute(text("drop schema raw cascade"))
        command.downgrade(config(connection), "base")
        left = connection.scalars(
            text(
                "select table_name from information_schema.tables where table_schema in"
                " ('core', 'landing') and table_name not in ('alembic_version', 'derived_state')"
            )
        ).all()
        assert left == []
        command.upgrade(config(connection), "head")


def test_every_column_says_whether_it_may_leave_the_core() -> None:
    silent = [
        f"{table.fullname}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "lake" not in column.info
    ]
    assert silent == []
