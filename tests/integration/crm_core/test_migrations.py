"""Migrations: up and down, from nothing and with rows, and beside others who use the tables."""

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from crm_core.database import DatabaseRole, conninfo, engine
from crm_core.migrations.lint import findings
from crm_core.migrations.online import RowsBreakRule
from crm_core.migrations.run import DatabaseBusy, config, migrate, migrate_down
from crm_core.models import Base
from tests.factories import Tenant
from tests.rows import Place, create_row, tables

pytestmark = pytest.mark.long

CATALOGUE = """
    select 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
      || ' ' || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, c.oid), '')
      from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'v')
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where a.attnum > 0 and not a.attisdropped and c.relnamespace = any (%(ours)s::regnamespace[])
    union all select 'constraint', k.conrelid::regclass || '.' || k.conname,
      pg_get_constraintdef(k.oid) from pg_constraint k where k.connamespace = any (%(ours)s::regnamespace[])
    union all select 'index', i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = any (%(ours)s::regnamespace[])
    union all select 'policy', tablename || '.' || policyname, cmd || permissive || roles::text
      || coalesce(qual, '') || coalesce(with_check, '') from pg_policies
    union all select 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid)
      from pg_trigger where not tgisinternal
    union all select 'function', p.oid::regprocedure::text, md5(p.prosrc) || p.prosecdef
      from pg_proc p where p.pronamespace = any (%(ours)s::regnamespace[])
    union all select 'grant', c.oid::regclass::text, (select string_agg(g::text, ' ' order by g::text)
      from aclexplode(c.relacl) g) from pg_class c where c.relnamespace = any (%(ours)s::regnamespace[])
"""  # noqa: E501


VALUES = {"fx_rates": {"from_currency": "CAD", "to_currency": "USD"}}
"""What a row above the tenants must hold."""


UNFIT = {("0003_office", "core.encryption_keys")}
"""Tables with rows that have no place in the older shape: here the keys of persons."""

REPLACED = {("0004_trust", "core.encryption_keys"): {"is_active"}}
"""Columns that go, their meaning being in another."""


def _catalogue() -> set[tuple[str, str, str]]:
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        ours = ["core", "landing", "raw"]
        return set(connection.execute(CATALOGUE.encode(), {"ours": ours}).fetchall())


def _tables() -> list[str]:
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        return [
            name for (name,) in connection.execute(
                "select schemaname || '.' || tablename from pg_tables"
                " where schemaname in ('core', 'landing')"
                " and tablename not in ('alembic_version', 'derived_state') order by 1"
            )
        ]  # fmt: skip


def _rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as plain data, but for what a migration may touch: the fence."""
    found = {}
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for name in _tables():
            query = f"select to_jsonb(t) - 'changed_xid' - 'updated_at' from {name} t order by 1"
            found[name] = [row for (row,) in connection.execute(query.encode())]
    return found


def _revisions() -> list[str]:
    """From the first to the newest."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        script = ScriptDirectory.from_config(config(connection))
    return [each.revision for each in script.walk_revisions()][::-1]


def _fill(tenant: Tenant) -> None:
    seller = tenant.subjects["sales_rep"]
    place = Place(tenant.client_id, tenant.locations["VANC"], seller.user_id)
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for table in Base.metadata.sorted_tables:
            if not connection.execute(f"select from {table.fullname} limit 1".encode()).rowcount:
                create_row(connection, table, place, **VALUES.get(table.name, {}))
        keys = Base.metadata.tables["core.encryption_keys"]
        create_row(connection, keys, place, holder="TENANT", holder_id=tenant.client_id)


def test_down_to_nothing_and_up_again_gives_the_same_catalogue(crm_database: Path) -> None:
    before = _catalogue()
    migrate_down("base")
    assert _tables() == []
    migrate()
    assert _catalogue() == before
    assert findings() == []


def test_each_step_down_and_up_keeps_the_rows(tenant: Tenant) -> None:
    """With rows in every table, each migration down and up: tables that stay lose nothing."""
    _fill(tenant)
    catalogue, before = _catalogue(), _rows()
    assert [name for name, rows in before.items() if not rows] == []
    for older, newer in reversed(list(pairwise(_revisions()))):
        migrate_down(older)
        below = _rows()
        for name, rows in below.items():
            if (older, name) not in UNFIT:
                assert len(rows) == len(before[name]), f"{name} at {older}"
        _up_to(newer)
        above = _rows()
        for name, rows in below.items():
            lost = {key for row in rows for key in row} - {
                key for row in above[name] for key in row
            }
            assert not rows or lost == REPLACED.get((newer, name), set()), name
            kept = [
                {key: row[key] for key in rows[0] if key not in lost} for row in above[name] if rows
            ]
            same = [{key: row[key] for key in row if key not in lost} for row in rows]
            assert sorted(map(repr, kept)) == sorted(map(repr, same)), f"{name} at {newer}"
        migrate_down(older)
        assert _rows() == below
        before = below
    migrate()
    assert _catalogue() == catalogue
    assert findings() == []


def _up_to(revision: str) -> None:
    """The tables alone: what is derived fits the newest revision only."""
    with engine(DatabaseRole.OWNER).connect() as connection:
        command.upgrade(config(connection, is_alone=True), revision)
        connection.commit()


def test_migrating_twice_changes_nothing(crm_database: Path) -> None:
    before = _catalogue()
    assert not migrate().derived_changed
    assert _catalogue() == before


@pytest.fixture
def work_to_do(tenant: Tenant) -> None:
    """Something to do on every table: all migrations after the first, and what is derived."""
    migrate_down(_revisions()[0])


def test_a_table_in_use_is_a_clear_failure_and_a_later_success(
    work_to_do: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_core.migrations.run.PATIENCE", "200ms")
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as reader:
        reader.execute("select count(*) from core.leads").fetchone()
        with pytest.raises(DatabaseBusy) as refused:
            migrate(attempts=1)
        assert f"process {reader.info.backend_pid} of crm_loader" in refused.value.line
        assert "\n" not in refused.value.line
        reader.execute("select count(*) from core.leads").fetchone()
    assert migrate().revision == _revisions()[-1]
    assert findings() == []


def test_a_table_that_comes_free_is_waited_for(
    work_to_do: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_core.migrations.run.PATIENCE", "200ms")
    reader = psycopg.connect(conninfo(DatabaseRole.LOADER))
    reader.execute("select count(*) from core.leads").fetchone()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        """The reader ends while the migration stands back."""
        pauses.append(seconds)
        reader.close()

    monkeypatch.setattr("crm_core.migrations.run.time.sleep", pause)
    assert migrate().revision == _revisions()[-1]
    assert pauses
    assert findings() == []


def test_others_write_while_a_migration_runs(work_to_do: None, tenant: Tenant) -> None:
    """Writers that come and go are never refused, and the migration gets through."""
    stop, written, refused = threading.Event(), [], []

    def write() -> None:
        place = Place(tenant.client_id, tenant.locations["VANC"], None)
        table = next(table for table in tables() if table.name == "leads")
        while not stop.is_set():
            try:
                with psycopg.connect(conninfo(DatabaseRole.LOADER)) as connection:
                    written.append(create_row(connection, table, place)["id"])
            except psycopg.Error as error:
                refused.append(str(error))
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        migrate()
    finally:
        stop.set()
        writer.join()
    assert refused == []
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        found = connection.execute("select id from core.leads").fetchall()
    assert set(written) <= {row[0] for row in found}


def test_rows_that_break_a_new_rule_are_a_clear_failure_and_a_later_success(
    tenant: Tenant,
) -> None:
    """A migration's constraint holds new rows at once; old ones are named until corrected."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER), autocommit=True) as connection:
        connection.execute(
            "alter table core.users add constraint short check (length(email) < 1) not valid"
        )
        with pytest.raises(RowsBreakRule) as refused:
            migrate()
        assert refused.value.line.startswith("rows of core.users break short: ")
        connection.execute("alter table core.users drop constraint short")
        connection.execute(
            "alter table core.users add constraint long check (length(email) > 1) not valid"
        )
        migrate()
        assert findings() == []
