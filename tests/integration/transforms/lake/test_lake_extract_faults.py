"""What goes wrong at the source: schemas, keys, deletions, restores, values that do not travel.

All tests of the file share one core and its lake; each writes rows of its own.
"""

import hashlib
import hmac
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from crm_core.database import DatabaseRole, conninfo, database_name
from crm_core.ids import new_id
from crm_core.migrations.access import raw_views
from crm_core.postgres import ServerAddress, ensure_running, stop
from crm_core.security.secrets import secret
from tests.conftest import WORKER, _create_databases, _drop_databases, installation
from tests.factories import Tenant, create_tenant
from tests.integration.transforms.lake.lake_rows import AT, add_leads, in_core, in_lake
from transforms.lake import contract, engine, source
from transforms.lake.engine import connect_memory, connect_writer
from transforms.lake.errors import AuditFailed, ContractBroken, ExtractFailed, TooManyDeleted
from transforms.lake.extract import run_extract
from transforms.lake.merge import TableChange
from transforms.lake.writer import writing

pytestmark = pytest.mark.long

LEADS, CUSTOMERS = "core__leads", "core__customers"
SUFFIX = f"{WORKER}_faults"


@pytest.fixture(scope="module")
def core(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenant]:
    """The tenant of this module, with a lake that has been filled once."""
    var = tmp_path_factory.mktemp("faults") / "var"
    shutil.copytree(template / "keys", var / "keys")
    _create_databases(cluster, SUFFIX)
    with installation(var, cluster, SUFFIX):
        tenant = create_tenant("acme", at=AT)
        run_extract(at=AT)
        yield tenant
    _drop_databases(cluster, SUFFIX)


@pytest.fixture(scope="module")
def other(core: Tenant) -> Tenant:
    """A second tenant of the same core."""
    return create_tenant("birch", at=AT)


@contextmanager
def as_superuser(cluster: ServerAddress) -> Iterator[psycopg.Connection[Any]]:
    """A connection that no trigger sees: what a repair by hand may do."""
    with psycopg.connect(cluster.conninfo(database_name("crm"))) as connection:
        connection.execute("set session_replication_role = replica")
        yield connection


@contextmanager
def as_owner(*statements: str) -> Iterator[None]:
    """A change of the schema; afterwards the views are made again."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        yield


def restore_views(undo: str) -> None:
    """The schema as the models declare it."""
    with as_owner("drop schema raw cascade", undo, *[*raw_views()][1:], "grant usage on schema raw"
                  " to crm_app, crm_extract"):  # fmt: skip
        pass


def held(ids: list[UUID]) -> list[tuple[UUID, UUID]]:
    """Tenant and id of those leads that the lake holds."""
    listed = ", ".join(f"'{one}'" for one in ids)
    return in_lake(
        f"select client_id, id from lake.raw.core__leads where id in ({listed}) order by id"
    )


def test_a_row_under_a_new_key_leaves_no_copy_under_the_old_one(core: Tenant) -> None:
    (lead,) = add_leads(core, 1)
    run_extract(at=AT)
    fresh = new_id(AT)
    in_core("update core.leads set id = %s where id = %s", fresh, lead)
    result = run_extract(at=AT)
    assert result.tables[LEADS] == TableChange(1, 1, 0, 1, is_news=True)
    assert held([lead, fresh]) == [(core.client_id, fresh)]


def test_a_row_that_moves_to_another_tenant_is_his_alone(core: Tenant, other: Tenant) -> None:
    one = new_id(AT)
    in_core(
        "insert into core.customers (client_id, id, first_name, last_name, created_on)"
        " values (%s, %s, 'Robin', 'Meadow', '2026-11-01')",
        core.client_id,
        one,
    )
    run_extract(at=AT)
    in_core("update core.customers set client_id = %s where id = %s", other.client_id, one)
    run_extract(at=AT)
    found = in_lake(f"select client_id from lake.raw.core__customers where id = '{one}'")
    assert found == [(other.client_id,)]


def test_a_table_cannot_be_emptied_without_trace(core: Tenant) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege, match="would not hear of it")
    with refused, as_owner("truncate core.leads cascade"):
        pass


def test_a_wider_type_is_taken_with_its_values(core: Tenant) -> None:
    lead, _ = add_leads(core, 2)
    run_extract(at=AT)
    with as_owner("drop view raw.core__leads", "alter table core.leads alter score type bigint",
                  *[v for v in raw_views() if "core__leads" in v]):  # fmt: skip
        in_core("update core.leads set score = 42 where id = %s", lead)
    result = run_extract(at=AT)
    assert result.tables[LEADS].inserted > 1  # the whole table, with the new type
    shown = f"select score, typeof(score) from lake.raw.core__leads where id = '{lead}'"
    assert in_lake(shown) == [(42, "BIGINT")]
    restore_views("alter table core.leads alter score type integer")
    with pytest.raises(ContractBroken, match="score was bigint and is now integer"):
        run_extract(at=AT)
    assert run_extract(full=True, at=AT).is_full


def test_a_column_without_a_policy_stops_the_run(core: Tenant) -> None:
    with as_owner("alter table core.leads add column nickname text"):
        for full in (False, True):
            with pytest.raises(ContractBroken, match=r"core\.leads\.nickname") as caught:
                run_extract(full, at=AT)
            assert "declare it in its model" in caught.value.line
    with as_owner("alter table core.leads drop column nickname"):
        assert run_extract(at=AT).tables == {}


def test_a_view_that_shows_more_than_its_policy_stops_the_run(core: Tenant) -> None:
    with (
        as_owner(
            "create view raw.core__leads_more as select client_id, id from core.leads",
            "drop view raw.core__customers",
            "create view raw.core__customers as select client_id, id, changed_xid, last_name"
            " from core.customers",
        ),
        pytest.raises(ContractBroken) as caught,
    ):
        run_extract(at=AT)
    for stray in ("raw.core__leads_more.id", "raw.core__customers.last_name"):
        assert stray in caught.value.line
    assert "changed_xid" not in caught.value.line
    restore_views("select 1")
    run_extract(at=AT)


def test_what_is_masked_leaves_as_a_keyed_hash_or_in_part(core: Tenant, other: Tenant) -> None:
    for tenant in (core, other):
        add_leads(tenant, 1)
    in_core("update core.customers set phone = '604-555-0187'")
    run_extract(at=AT)
    found = dict(
        in_lake(
            "select client_id, any_value(email_hash) from lake.raw.core__customers"
            " where phone_start = '604' group by client_id"
        )
    )
    key = bytes.fromhex(secret(engine.MASK_KEY))
    assert found == {
        tenant.client_id: hmac.new(
            key, f"customers.email:{tenant.client_id}:robin@mail.example".encode(), hashlib.sha256
        ).hexdigest()
        for tenant in (core, other)
    }
    with psycopg.connect(conninfo(DatabaseRole.EXTRACT)) as without_key:
        shown = without_key.execute("select distinct email_hash from raw.core__customers")
        assert shown.fetchall() == [(None,)]


def test_another_key_of_the_masks_stops_the_run(
    core: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MASK_KEY", "other-mask")
    monkeypatch.setattr(source, "MASK_KEY", "other-mask")
    with pytest.raises(ContractBroken, match=r"email_hash was text keyed .* and is now text"):
        run_extract(at=AT)


def test_values_that_do_not_travel_wait_in_quarantine(core: Tenant) -> None:
    fit, unknown, endless = add_leads(core, 3)
    in_core("update core.leads set estimated_amount = 'NaN' where id = %s", unknown)
    first = run_extract(at=AT)
    assert first.tables[LEADS] == TableChange(2, 2, 0, 0, 1, is_news=True)
    # A row that was taken before and is unfit now leaves: the lake holds no value that is past.
    in_core("update core.leads set received_at = 'infinity' where id = %s", endless)
    second = run_extract(at=AT)
    assert (second.quarantined, second.tables[LEADS].deleted) == (2, 1)
    assert [lead for _, lead in held([fit, unknown, endless])] == [fit]
    waiting = "select row_key, reason from lake.ops.quarantine order by reason"
    assert in_lake(waiting) == [
        (f"{core.client_id}/{unknown}", "estimated_amount is NaN"),
        (f"{core.client_id}/{endless}", "received_at is infinity"),
    ]
    quiet = run_extract(at=AT)
    assert (quiet.tables, quiet.lake_snapshot) == ({}, second.lake_snapshot)
    assert run_extract(full=True, at=AT).quarantined == 2
    assert run_extract(compare=True, at=AT).mended == ()
    in_core("update core.leads set estimated_amount = 1, received_at = %s where id = any(%s)",
            AT, [unknown, endless])  # fmt: skip
    last = run_extract(at=AT)
    assert last.quarantined == 0
    assert last.tables[LEADS].inserted == 2


def test_too_many_unfit_rows_stop_the_run(core: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "MOST_UNFIT", 1)
    leads = add_leads(core, 2)
    in_core("update core.leads set estimated_amount = 'NaN' where id = any(%s)", leads)
    with pytest.raises(AuditFailed, match="2 rows of the core cannot be taken"):
        run_extract(at=AT)
    assert in_lake("select count(*) from lake.ops.quarantine") == [(0,)]
    in_core("update core.leads set estimated_amount = 1 where id = any(%s)", leads)
    assert run_extract(at=AT).tables[LEADS].inserted == 2


def test_a_landslide_of_deletions_stops_the_run(
    core: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "BRAKE_ROWS", 20)
    leads = add_leads(core, 100)
    run_extract(at=AT)
    in_core("delete from core.leads where id = any(%s)", leads)
    with pytest.raises(TooManyDeleted, match=r"100 of the \d+ rows of core__leads") as caught:
        run_extract(at=AT)
    assert "--full" in caught.value.line
    assert len(held(leads)) == 100
    run_extract(full=True, at=AT)
    assert held(leads) == []


def test_the_comparison_mends_what_no_fence_could_tell(
    core: Tenant, other: Tenant, cluster: ServerAddress
) -> None:
    kept, changed, gone = add_leads(core, 3)
    (theirs,) = add_leads(other, 1)
    run_extract(at=AT)
    with as_superuser(cluster) as connection:  # no trigger tells of any of this
        connection.execute("update core.leads set score = 77 where id = %s", [changed])
        connection.execute("delete from core.leads where id = %s", [gone])
    with writing("test"), connect_writer() as lake:
        lake.execute(f"delete from lake.raw.core__leads where id = '{kept}'")
    assert run_extract(at=AT).tables == {}
    mended = run_extract(compare=True, at=AT)
    assert mended.mended == (
        f"{LEADS} of tenant {core.client_id}: 1 rows were missing, 1 different, 1 too many",
    )
    assert mended.tables[LEADS] == TableChange(2, 1, 1, 1, is_news=True)
    listed = [one for _, one in held([kept, changed, gone, theirs])]
    assert sorted(listed) == sorted([kept, changed, theirs])
    scores = in_lake(f"select score from lake.raw.core__leads where id = '{changed}'")
    assert scores == [(77,)]
    again = run_extract(compare=True, at=AT)
    assert (again.mended, again.tables, again.lake_snapshot) == ((), {}, mended.lake_snapshot)


def test_the_comparison_finds_rows_of_tables_without_tenants(
    core: Tenant, cluster: ServerAddress
) -> None:
    in_core(
        "insert into core.fx_rates (from_currency, to_currency, rate_on, rate, source)"
        " values ('CAD', 'USD', '2031-01-01', 0.7, 'test'),"
        " ('CAD', 'USD', '2031-01-02', 0.7, 'test')"
    )
    run_extract(at=AT)
    with as_superuser(cluster) as connection:
        connection.execute("delete from core.fx_rates where rate_on = '2031-01-01'")
    (line,) = run_extract(compare=True, at=AT).mended
    assert line == "core__fx_rates of tenant all: 0 rows were missing, 0 different, 1 too many"


def test_the_comparison_does_not_follow_a_landslide(
    core: Tenant, cluster: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "BRAKE_ROWS", 20)
    leads = add_leads(core, 100)
    run_extract(at=AT)
    with as_superuser(cluster) as connection:
        connection.execute("truncate core.leads cascade")
    with pytest.raises(TooManyDeleted):
        run_extract(compare=True, at=AT)
    assert len(held(leads)) == 100
    run_extract(full=True, at=AT)


def test_a_migration_in_the_way_is_not_waited_for(
    core: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PATIENCE", "-c lock_timeout=50ms")
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as migration:
        migration.execute("lock table core.leads in access exclusive mode")
        with pytest.raises(ExtractFailed, match="lock timeout"):
            run_extract(at=AT + timedelta(minutes=1))
    assert run_extract(at=AT).tables == {}


def test_a_server_restored_to_a_point_in_time_is_another_source() -> None:
    var = Path(tempfile.mkdtemp(prefix="crm-timeline-"))
    var.chmod(0o755)
    try:
        ensure_running(var, database_url=None, fast=True)
        stop(var)
        (data,) = [found.parent for found in var.rglob("PG_VERSION") if found.parent.name != "base"
                   and (found.parent / "global").exists()]  # fmt: skip
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write("wal_level = replica\n")  # the log of one that is backed up as files
        before = _state(ensure_running(var, database_url=None, fast=True), is_new=True)
        stop(var)
        (data / "recovery.signal").touch()
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write("restore_command = 'false'\n")
        for name in ("recovery.signal", "postgresql.auto.conf"):
            shutil.copystat(data / "PG_VERSION", data / name)
            owner = (data / "PG_VERSION").stat()
            shutil.chown(data / name, owner.st_uid, owner.st_gid)
        after = _state(ensure_running(var, database_url=None, fast=True))
        assert after.newest >= before.newest  # its numbers alone would not give it away
        assert after.identity.split("/")[1] == "2"
        assert after.identity == before.identity.replace("/1/", "/2/")
    finally:
        stop(var)
        shutil.rmtree(var, ignore_errors=True)


def _state(server: ServerAddress, is_new: bool = False) -> source.SourceState:
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as connection:
        if is_new:
            connection.execute("create schema raw")
            connection.execute("create view raw.core__business_clock as select now() as as_of")
    with connect_memory() as duck:
        duck.execute(f"attach '{server.conninfo('postgres')}' as core (type postgres, read_only)")
        return source.read_state(duck)
