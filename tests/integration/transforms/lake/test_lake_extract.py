"""The extract against a real core: exact, only what changed, late commits and deletes included."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from crm_core.database import DatabaseRole, conninfo, database_name, loader_connection
from crm_core.migrations.access import lake_columns, masked_columns, raw_tables
from crm_core.postgres import ServerAddress
from tests.factories import Tenant
from tests.integration.transforms.lake.lake_rows import (
    AT,
    add_leads,
    in_core,
    in_lake,
    insert_leads,
    lead_ids,
)
from transforms.lake import source
from transforms.lake.engine import connect_writer
from transforms.lake.errors import (
    AuditFailed,
    ContractBroken,
    ExtractFailed,
    LakeError,
    SourceRestored,
    WriterBusy,
    WriterLost,
)
from transforms.lake.extract import run_extract
from transforms.lake.merge import TableChange
from transforms.lake.status import freshness
from transforms.lake.writer import writing

pytestmark = pytest.mark.long

LEADS = "core__leads"


def test_the_first_extract_takes_everything_that_may_leave(tenant: Tenant) -> None:
    leads = add_leads(tenant, 5)
    result = run_extract(at=AT)
    assert result.is_full
    assert result.generation == 1
    assert result.tables[LEADS] == TableChange(read=5, inserted=5, is_news=True)
    assert lead_ids() == set(leads)
    total = in_lake("select sum(estimated_amount), typeof(sum(estimated_amount)) from"
                    " lake.raw.core__leads")  # fmt: skip
    assert total == [(Decimal("500.50"), "DECIMAL(38,2)")]


def test_nothing_personal_enters_the_lake(tenant: Tenant) -> None:
    add_leads(tenant, 1)
    run_extract(at=AT)
    held: dict[str, list[str]] = {}
    for table, column in in_lake(
        "select table_name, column_name from duckdb_columns() where database_name = 'lake'"
        " and schema_name = 'raw' and table_name like 'core%' order by column_index"
    ):
        held.setdefault(table, []).append(column)
    assert held == {
        f"core__{t.name}": [*lake_columns(t), *masked_columns(t), "row_hash"] for t in raw_tables()
    }
    assert "email" not in held["core__customers"]


def test_no_change_reads_nothing_and_writes_nothing(tenant: Tenant) -> None:
    add_leads(tenant, 3)
    first = run_extract(at=AT)
    second = run_extract(at=AT + timedelta(minutes=5))
    assert (second.read_rows, second.changed_rows) == (0, 0)
    assert second.tables == {}
    assert second.generation == first.generation
    assert second.lake_snapshot == first.lake_snapshot


def test_only_changed_rows_are_read_from_the_server(tenant: Tenant) -> None:
    leads = add_leads(tenant, 2000)
    run_extract(at=AT)
    in_core("update core.leads set score = 7 where id = any(%s)", leads[::20])
    before = rows_read_by_the_server("leads")
    result = run_extract(at=AT)
    assert result.tables[LEADS] == TableChange(read=100, updated=100, is_news=True)
    assert (result.read_rows, result.changed_rows) == (100, 100)
    assert result.generation == 2
    # One row more: whether there is any change is asked first.
    assert rows_read_by_the_server("leads") - before <= 101
    assert in_lake("select count(*) from lake.raw.core__leads where score = 7") == [(100,)]


def rows_read_by_the_server(table: str) -> int:
    with psycopg.connect(conninfo(DatabaseRole.OWNER), autocommit=True) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        row = connection.execute(
            "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables"
            " where relname = %s",
            [table],
        ).fetchone()
        assert row is not None
        return int(row[0])


def test_a_late_commit_is_taken_by_the_next_extract(tenant: Tenant) -> None:
    add_leads(tenant, 1)
    run_extract(at=AT)
    with loader_connection() as slow:
        late = insert_leads(slow, tenant, 1)  # written first, committed last
        early = add_leads(tenant, 1)
        result = run_extract(at=AT)
        assert result.tables[LEADS].inserted == 1
        assert set(early) <= lead_ids()
        assert not set(late) & lead_ids()
    assert run_extract(at=AT).tables[LEADS].inserted == 1
    assert set(late) <= lead_ids()


def test_rows_read_twice_are_no_change(tenant: Tenant) -> None:
    run_extract(at=AT)
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as elsewhere:
        elsewhere.execute("select pg_current_xact_id()")  # holds the fence back
        add_leads(tenant, 4)
        first = run_extract(at=AT)
        second = run_extract(at=AT)
    assert first.tables[LEADS] == TableChange(read=4, inserted=4, is_news=True)
    assert second.tables[LEADS] == TableChange(read=4)
    assert second.generation == first.generation
    assert second.lake_snapshot == first.lake_snapshot
    released = run_extract(at=AT)  # the fence moves on, and the rows are not read a third time
    assert released.tables[LEADS].read == 4
    assert run_extract(at=AT).tables == {}


def test_whoever_holds_the_fence_back_is_named(tenant: Tenant) -> None:
    run_extract(at=AT)
    with psycopg.connect(conninfo(DatabaseRole.LAKE, "lake")) as elsewhere:
        elsewhere.execute("select pg_current_xact_id()")
        add_leads(tenant, 1)
        assert run_extract(at=AT).held_by is None
        late = run_extract(at=AT + timedelta(minutes=10)).held_by
        assert late is not None
        assert late.pid == elsewhere.info.backend_pid
        assert late.role == "crm_lake"
        assert late.since == AT
        assert str(late.pid) in late.line
        assert late.database in late.line


def test_a_deleted_row_leaves_the_lake(tenant: Tenant) -> None:
    kept, gone = add_leads(tenant, 2)
    run_extract(at=AT)
    in_core("delete from core.leads where id = %s", gone)
    result = run_extract(at=AT)
    assert result.tables[LEADS] == TableChange(deleted=1, is_news=True)
    assert lead_ids() == {kept}
    assert run_extract(at=AT).tables == {}


def test_a_row_that_is_there_again_stays(tenant: Tenant) -> None:
    (lead,) = add_leads(tenant, 1)
    run_extract(at=AT)
    with loader_connection() as connection:
        connection.execute("delete from core.leads where id = %s", [lead])
    with loader_connection() as connection:
        insert_leads(connection, tenant, 1)
        connection.execute("update core.leads set id = %s", [lead])
    run_extract(at=AT)
    assert lead_ids() == {lead}


def test_a_row_that_came_back_under_an_older_transaction_stays(tenant: Tenant) -> None:
    # The tombstone is newer than the row: comparing their numbers would delete it.
    (lead,) = add_leads(tenant, 1)
    run_extract(at=AT)
    with psycopg.connect(conninfo(DatabaseRole.LOADER)) as older:
        older.execute("select pg_current_xact_id()")
        in_core("delete from core.leads where id = %s", lead)
        (again,) = insert_leads(older, tenant, 1)
        older.execute("update core.leads set id = %s where id = %s", [lead, again])
    run_extract(at=AT)
    assert lead_ids() == {lead}


def test_the_clock_is_no_news_and_a_new_business_day_is(tenant: Tenant) -> None:
    in_core("insert into core.business_clock (as_of) values (%s)", AT)
    first = run_extract(at=AT)
    assert first.as_of == AT
    in_core("update core.business_clock set as_of = %s", AT + timedelta(hours=1))
    second = run_extract(at=AT)
    assert second.as_of == AT + timedelta(hours=1)
    assert second.generation == first.generation
    in_core("update core.business_dates set business_on = business_on + 1")
    assert run_extract(at=AT).generation == first.generation + 1


def test_a_sign_in_is_no_news_and_a_new_role_is(tenant: Tenant) -> None:
    first = run_extract(at=AT)
    in_core("update core.users set last_login_at = %s, failed_login_count = 0", AT)
    second = run_extract(at=AT)
    assert second.tables["core__users"].updated == len(tenant.subjects)
    assert second.generation == first.generation
    in_core("update core.users set status = 'SUSPENDED' where role = 'DRIVER'")
    assert run_extract(at=AT).generation == first.generation + 1


def test_a_new_column_arrives_with_the_values_of_old_rows(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_leads(tenant, 2)
    run_extract(at=AT)
    change_view("alter table core.leads add column rank integer not null default 3", "rank")
    declare(monkeypatch, "rank")
    result = run_extract(at=AT)
    assert result.tables[LEADS].read == 2
    assert in_lake("select distinct rank from lake.raw.core__leads") == [(3,)]
    assert run_extract(at=AT).tables == {}


def test_a_lost_column_stops_the_extract_and_full_accepts_it(tenant: Tenant) -> None:
    add_leads(tenant, 1)
    before = run_extract(at=AT)
    change_view("select 1", without="score")
    add_leads(tenant, 1)
    with pytest.raises(ContractBroken, match=r"score \(integer\) is gone"):
        run_extract(at=AT)
    failure = freshness().failure
    assert failure is not None
    assert "core__leads.score" in failure.message
    assert in_lake("select count(*) from lake.raw.core__leads") == [(1,)]
    after = run_extract(full=True, at=AT)
    assert after.generation == before.generation + 1
    assert in_lake("select count(*) from lake.raw.core__leads") == [(2,)]
    assert freshness().failure is None


def declare(monkeypatch: pytest.MonkeyPatch, column: str) -> None:
    """A policy for one more column of the leads: it may leave."""
    policies = source.declared()
    had = policies[LEADS]
    policies[LEADS] = replace(had, columns=had.columns | {column}, leaving=had.leaving | {column})
    monkeypatch.setattr(source, "declared", lambda: policies)


def change_view(statement: str, extra: str = "", without: str = "") -> None:
    table = next(t for t in raw_tables() if t.name == "leads")
    columns = [c for c in [*lake_columns(table), extra] if c and c != without]
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        connection.execute(statement)
        connection.execute("drop view raw.core__leads")
        connection.execute(
            f"create view raw.core__leads as select {', '.join(columns)} from core.leads"
        )
        connection.execute("grant select on raw.core__leads to crm_extract")
        connection.execute("grant select on core.leads to crm_extract")


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [("identity", "'1/1/1'", "another database"), ("fence", "9000000000", "behind 9000000000")],
)
def test_a_restored_core_is_refused(tenant: Tenant, column: str, value: str, reason: str) -> None:
    run_extract(at=AT)
    with writing("test"), connect_writer() as connection:
        connection.execute(f"update lake.ops.fences set {column} = {value}")
    with pytest.raises(SourceRestored, match=reason) as caught:
        run_extract(at=AT)
    assert "--full" in caught.value.line
    assert run_extract(full=True, at=AT).generation == 2
    assert run_extract(at=AT).tables == {}


def test_a_lake_that_differs_from_the_core_is_not_committed(tenant: Tenant) -> None:
    add_leads(tenant, 1)
    first = run_extract(at=AT)
    # A view that answers differently when it is asked again stands for any defect in between.
    change_view("create sequence core.tick", without="estimated_amount")
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        connection.execute("grant usage on sequence core.tick to crm_extract")
        connection.execute(
            "create or replace view raw.core__business_dates as select business_on, client_id, id,"
            " created_at, updated_at, changed_xid from core.business_dates"
            " where random() < 0.5"
        )
    failures = 0
    for _ in range(20):
        try:
            run_extract(full=True, at=AT)
        except AuditFailed as error:
            failures += 1
            assert "core__business_dates" in error.line
            break
    assert failures == 1
    assert in_lake("select max(generation) from lake.ops.fences")[0][0] >= first.generation


def test_rows_of_integrations_come_in_the_same_snapshot(tenant: Tenant) -> None:
    asked: list[int] = []
    rows = [{"client_id": str(tenant.client_id), "id": "a", "amount": Decimal("1.50")}]

    def vendor(connection: object, since: int) -> dict[str, pa.Table]:
        asked.append(since)
        schema = pa.schema(
            {"client_id": pa.string(), "id": pa.string(), "amount": pa.decimal128(18, 2)}
        )
        return {"vendor__jobs": pa.Table.from_pylist(rows, schema=schema)}

    first = run_extract(at=AT, sources=[vendor])
    assert first.tables["vendor__jobs"].inserted == 1
    again = run_extract(at=AT, sources=[vendor])
    assert again.tables["vendor__jobs"] == TableChange(read=1)
    rows[0]["amount"] = Decimal("2.50")
    rows.append({"client_id": str(tenant.client_id), "id": "b", "amount": None})
    changed = run_extract(at=AT, sources=[vendor])
    assert changed.tables["vendor__jobs"] == TableChange(2, 1, 1, 0, is_news=True)
    assert in_lake("select id, amount from lake.raw.vendor__jobs order by id") == [
        ("a", Decimal("2.50")),
        ("b", None),
    ]
    assert asked[0] == 0
    assert asked[1] == first.fence


def test_a_second_writer_is_told_who_writes(tenant: Tenant) -> None:
    code = (
        "import sys\nfrom transforms.lake.writer import writing\n"
        "with writing('nightly'):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(WriterBusy, match=f"nightly, process {other.pid}"):
            run_extract(at=AT)
        told: list[str] = []

        def hear(line: str) -> None:
            told.append(line)
            other.kill()

        assert run_extract(at=AT, wait=60, tell=hear).generation == 1
        assert len(told) == 1
        assert str(other.pid) in told[0]
    finally:
        other.kill()
        other.communicate()


@pytest.mark.parametrize(
    ("whose", "expected"),
    [
        ("usename = 'crm_lake' and application_name = ''", ExtractFailed),
        ("application_name like 'extract, process %'", WriterLost),
    ],
)
def test_a_lost_connection_writes_nothing(
    tenant: Tenant, cluster: ServerAddress, whose: str, expected: type[LakeError]
) -> None:
    first = run_extract(at=AT)
    leads = add_leads(tenant, 2)

    def cut(connection: object, since: int) -> dict[str, pa.Table]:
        with psycopg.connect(cluster.conninfo("postgres")) as superuser:
            ended = superuser.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                f" where datname = '{database_name('lake')}' and {whose}"
            ).fetchall()
        assert ended
        return {}

    with pytest.raises(expected, match=r"wrote nothing|nothing was written"):
        run_extract(at=AT, sources=[cut])
    assert lead_ids() == set()
    again = run_extract(at=AT)
    assert again.tables[LEADS].inserted == 2
    assert again.generation == first.generation + 1
    assert lead_ids() == set(leads)


@pytest.mark.parametrize("point", ["extract.read", "extract.merged", "extract.committed"])
def test_a_killed_extract_loses_and_doubles_nothing(tenant: Tenant, point: str) -> None:
    leads = add_leads(tenant, 3)
    run_extract(at=AT)
    in_core("update core.leads set score = 9 where id = %s", leads[0])
    in_core("delete from core.leads where id = %s", leads[1])
    more = add_leads(tenant, 2)
    killed = subprocess.run(
        [sys.executable, "-c", "from transforms.lake.extract import run_extract; run_extract()"],
        env=os.environ | {"CRM_CRASH_AT": point},
        cwd=Path(__file__).parents[4],
        check=False,
    )
    assert killed.returncode == -9
    was_committed = point == "extract.committed"
    assert (lead_ids() == {leads[0], leads[2], *more}) is was_committed
    assert (lead_ids() == set(leads)) is not was_committed
    result = run_extract(at=AT)
    assert (result.changed_rows == 0) is was_committed
    assert lead_ids() == {leads[0], leads[2], *more}
    assert in_lake("select count(*), sum(score) from lake.raw.core__leads") == [(4, 9)]
