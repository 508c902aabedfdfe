"""The catalogue lint finds nothing, and finds each seeded defect."""

from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from crm_core.database import DatabaseRole, engine
from crm_core.migrations.lint import RULES, findings
from crm_core.migrations.run import compare_name, config, configure_options
from crm_core.models import Base
from crm_core.postgres import ServerAddress

DEFECTS = {
    "row-level security is not enabled and forced": (
        "alter table core.leads no force row level security"
    ),
    "has no restrictive tenant policy for the application role": (
        "drop policy tenant_only on core.leads"
    ),
    "has no policy for a verb": "drop policy scope_delete on core.quotes",
    "is a foreign key without the tenant": (
        "create table core.loose_target (id uuid primary key);"
        "alter table core.leads add constraint loose foreign key (owner_id)"
        " references core.loose_target (id)"
    ),
    "is a definer function without a fixed search path": (
        "create function core.loose() returns int language sql security definer as 'select 1'"
    ),
    "is a view that does not run as its invoker": "create view raw.loose as select 1 as one",
    "is a materialised view": "create materialized view core.loose as select 1 as one",
    "is a number without bounds": "alter table core.leads add column loose numeric",
    "is a float or a time without zone": "alter table core.leads add column loose float8",
    "lets the application write the fence": "grant update (changed_xid) on core.leads to crm_app",
    "may be truncated by the application": "grant truncate on core.leads to crm_app",
}


def test_the_catalogue_has_no_finding(crm_database: Path) -> None:
    assert findings() == []


@pytest.mark.parametrize("rule", sorted(DEFECTS))
def test_a_seeded_defect_is_found(crm_database: Path, rule: str) -> None:
    with engine(DatabaseRole.OWNER).begin() as connection:
        connection.exec_driver_sql(DEFECTS[rule])
    assert any(finding.endswith(rule) for finding in findings())


def test_a_role_with_too_much_power_is_found(crm_database: Path, cluster: ServerAddress) -> None:
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("alter role crm_audit bypassrls")
        try:
            assert findings() == ["crm_audit is a role with more power than its task"]
        finally:
            connection.execute("alter role crm_audit nobypassrls")


def test_every_rule_has_its_defect() -> None:
    assert set(RULES) - set(DEFECTS) == {"is a role with more power than its task"}


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
