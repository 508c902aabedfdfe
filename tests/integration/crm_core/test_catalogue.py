"""The tables in the database are those of the models, and every column has a policy."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from crm_core.database import DatabaseRole, engine
from crm_core.migrations.run import compare_name, configure_options
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


def test_every_column_says_whether_it_may_leave_the_core() -> None:
    silent = [
        f"{table.fullname}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "lake" not in column.info
    ]
    assert silent == []
