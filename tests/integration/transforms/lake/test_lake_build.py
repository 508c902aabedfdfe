"""Build, audit, publish: nothing unaudited is ever visible, whatever happens in between."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from crm_core import clock
from crm_core.config import settings
from crm_core.postgres import ServerAddress
from tests.conftest import WORKER, _create_databases, _drop_databases, installation
from tests.factories import Tenant, create_tenant
from tests.integration.transforms.lake.lake_rows import AT, add_leads, in_core, in_lake
from transforms.lake import engine, publication, status
from transforms.lake.build import NothingToPublish, Published, run_build
from transforms.lake.definitions import definitions_hash, definitions_path
from transforms.lake.door import find_door, open_door
from transforms.lake.engine import attach_lake, connect_memory
from transforms.lake.errors import AuditFailed, BuildFailed, NothingPublished
from transforms.lake.extract import run_extract
from transforms.lake.maintenance import maintain

pytestmark = pytest.mark.long

SMALL = Path(__file__).parent / "project"
PROJECT = Path(__file__).parents[4]
SUFFIX = f"{WORKER}_build"


@pytest.fixture(scope="module")
def tenant(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenant]:
    """One installation for all tests here: what dbt has parsed once need not be parsed again.

    Tests look at what they change, not at what is there.
    """
    var = tmp_path_factory.mktemp("build") / "var"
    shutil.copytree(template / "keys", var / "keys")
    _create_databases(cluster, SUFFIX)
    with installation(var, cluster, SUFFIX):
        yield create_tenant()
    _drop_databases(cluster, SUFFIX)


@pytest.fixture
def project(tenant: Tenant) -> Path:
    """A fresh copy of the small project, always in the same place."""
    copy = settings().var / "project"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(SMALL, copy)
    return copy


def forecast(connection: DuckDBPyConnection) -> None:
    """Stands for the forecasts: reads a mart in memory, writes the source of another."""
    connection.execute(
        "create or replace table memory.transforms.forecasts as select client_id,"
        " access_location_id, date '2026-12-01' as month_on, count(*)::double as yhat"
        " from memory.marts.fct_leads group by all"
    )


def build(project: Path, force: bool = False) -> Published | NothingToPublish:
    return run_build(forecast, force=force, at=AT, project_dir=project)


def built(project: Path, force: bool = False) -> Published:
    made = build(project, force)
    assert isinstance(made, Published)
    return made


def leads_at_the_door(tenant: Tenant, publication_id: int | None = None) -> int:
    with open_door(tenant.subjects["executive"], publication_id) as door:
        return int(door.sql("select count(*) from marts.fct_leads").item())


def test_a_build_publishes_what_it_audited(tenant: Tenant, project: Path) -> None:
    add_leads(tenant, 3)
    extracted = run_extract(at=AT)
    made = built(project)
    assert publication.current() == made.publication == publication.get(made.publication.id)
    assert made.publication.generation == extracted.generation
    assert made.publication.definitions == definitions_hash(project)
    assert made.publication.relations["marts.fct_forecasts"] == (
        *("client_id", "access_location_id", "month_on"),
        "yhat",
    )
    assert (made.models, made.checks) == (3, 3)
    assert made.rows.keys() == made.publication.relations.keys()
    assert made.rows["marts.dim_locations"] == 2
    assert made.doors >= 1
    kept = definitions_path(made.publication.definitions)
    assert json.loads((kept / "semantic_manifest.json").read_text()).keys() >= {"metrics"}
    with open_door(tenant.subjects["executive"]) as door:
        forecasts = door.sql("select sum(yhat) from marts.fct_forecasts").item()
    assert forecasts == leads_at_the_door(tenant) == made.rows["marts.fct_leads"] >= 3
    assert status.freshness().publication == made.publication


def test_nothing_changed_is_nothing_published(tenant: Tenant, project: Path) -> None:
    run_extract(at=AT)
    first = built(project, force=True)
    run_extract(at=AT + timedelta(minutes=1))
    snapshots = in_lake("select count(*) from lake.snapshots()")
    again = build(project)
    assert again == NothingToPublish(first.publication)
    assert f"publication {first.publication.id}" in again.line
    assert in_lake("select count(*) from lake.snapshots()") == snapshots


def test_an_empty_lake_says_what_to_run(crm_database: Path) -> None:
    with pytest.raises(NothingPublished, match="crm pipeline run"):
        publication.get()
    with pytest.raises(NothingPublished, match="crm pipeline run"):
        run_build()
    assert status.freshness().publication is None


def test_a_build_that_does_nothing_does_not_even_import_dbt(tenant: Tenant, project: Path) -> None:
    run_extract(at=AT)
    build(project)
    code = (
        "import sys\nfrom pathlib import Path\nfrom transforms.lake.build import run_build\n"
        f"print(type(run_build(None, project_dir=Path({str(project)!r}))).__name__,"
        " any(name.split('.')[0] == 'dbt' for name in sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["NothingToPublish", "False"]


def test_changed_rows_and_changed_definitions_are_published(tenant: Tenant, project: Path) -> None:
    run_extract(at=AT)
    first = built(project, force=True)
    before = leads_at_the_door(tenant)
    add_leads(tenant, 1)
    run_extract(at=AT)
    second = built(project)
    assert second.publication.id > first.publication.id
    assert second.publication.generation == first.publication.generation + 1
    with (project / "models" / "fct_leads.sql").open("a") as file:
        file.write("where true\n")
    third = built(project)
    assert third.publication.generation == second.publication.generation
    assert third.publication.definitions != second.publication.definitions
    assert leads_at_the_door(tenant) == before + 1
    assert leads_at_the_door(tenant, first.publication.id) == before


def test_a_failed_check_leaves_the_publication_alone(tenant: Tenant, project: Path) -> None:
    leads = add_leads(tenant, 2)
    run_extract(at=AT)
    first = built(project, force=True)
    in_core("update core.leads set score = 50 where id = %s", leads[0])
    run_extract(at=AT)
    before = in_lake("select max(snapshot_id) from lake.snapshots()")
    with pytest.raises(AuditFailed) as caught:
        build(project)
    assert len(caught.value.failures) == 1
    assert "accepted_values_fct_leads_score" in caught.value.line
    assert publication.current() == first.publication
    assert in_lake("select max(snapshot_id) from lake.snapshots()") == before
    failure = status.freshness().failure
    assert failure is not None
    assert (failure.step, failure.message) == ("build", caught.value.line)
    in_core("update core.leads set score = 1 where id = %s", leads[0])
    run_extract(at=AT)
    assert built(project).publication.id > first.publication.id
    assert status.freshness().failure is None


def test_a_model_that_does_not_build_is_named(tenant: Tenant, project: Path) -> None:
    run_extract(at=AT)
    standing = publication.current()
    (project / "models" / "fct_leads.sql").write_text("select no_such_column from nowhere")
    with pytest.raises(BuildFailed, match="fct_leads"):
        build(project)
    assert publication.current() == standing


def test_rows_of_no_branch_we_know_are_not_published(tenant: Tenant, project: Path) -> None:
    add_leads(tenant, 1)
    run_extract(at=AT)
    model = project / "models" / "fct_leads.sql"
    model.write_text(model.read_text().replace("cast(location_id as varchar)", "'elsewhere'"))
    with pytest.raises(AuditFailed, match=r"fct_leads: \d+ rows are in the care of no branch"):
        build(project)
    model.write_text(model.read_text().replace("cast(client_id as varchar)", "'nobody'"))
    with pytest.raises(AuditFailed, match=r"fct_leads: \d+ rows belong to no tenant"):
        build(project)


def test_a_mart_that_is_no_longer_built_is_no_longer_read(tenant: Tenant, project: Path) -> None:
    run_extract(at=AT)
    first = built(project, force=True)
    (project / "models" / "fct_forecasts.sql").unlink()
    second = built(project)
    assert "marts.fct_forecasts" not in second.publication.relations
    with open_door(tenant.subjects["executive"]) as door:
        assert door.relations == {"marts.dim_locations", "marts.fct_leads"}
    with open_door(tenant.subjects["executive"], first.publication.id) as door:
        assert "marts.fct_forecasts" in door.relations


def test_doors_in_use_are_warm_when_the_publication_appears(tenant: Tenant, project: Path) -> None:
    run_extract(at=AT)
    built(project, force=True)
    find_door(tenant.subjects["manager"])
    second = built(project, force=True)
    assert second.doors == 2
    _, path, _ = find_door(tenant.subjects["manager"])
    names = {each.name for each in path.parent.glob("*.duckdb")}
    assert len(names) == 2
    assert path.name in names


def rows_at(snapshot: int) -> int:
    """Leads in the lake as a reader pinned to a snapshot sees them."""
    with connect_memory() as connection:
        attach_lake(connection, snapshot)
        return count_leads(connection)


def count_leads(connection: DuckDBPyConnection) -> int:
    # All rows, since a result that is not read to its end keeps its transaction open.
    ((rows, distinct),) = connection.execute(
        "select count(*), count(distinct lead_id) from lake.marts.fct_leads"
    ).fetchall()
    assert rows == distinct
    return int(rows)


def test_old_versions_go_and_their_readers_stay(tenant: Tenant, project: Path) -> None:
    made = []
    for count in (1, 60, 2, 3):
        add_leads(tenant, count)
        run_extract(at=AT)
        made.append(built(project, force=True).publication)
    counts = [rows_at(each.lake_snapshot) for each in made]
    assert [b - a for a, b in pairwise(counts)] == [60, 2, 3]
    with connect_memory() as held, connect_memory() as pinned:
        attach_lake(held, made[1].lake_snapshot)
        attach_lake(pinned, made[2].lake_snapshot)
        assert count_leads(held) == counts[1]
        swept = maintain(AT, kept=2, days=timedelta(0))
        assert swept.publications >= 2
        assert swept.snapshots >= 2
        with pytest.raises(duckdb.Error, match="No snapshot found"):
            count_leads(held)  # it asks again after its version expired
        gone = maintain(clock.now() + timedelta(hours=1), kept=2, days=timedelta(0), grace=NONE)
        assert gone.files_removed > 0
        assert count_leads(pinned) == counts[2]
    with pytest.raises(NothingPublished, match="expired"):
        publication.get(made[1].id)
    assert [rows_at(each.lake_snapshot) for each in made[2:]] == counts[2:]
    assert leads_at_the_door(tenant) == counts[3]
    add_leads(tenant, 1)
    run_extract(at=AT)
    after = built(project)
    assert not after.is_full
    assert leads_at_the_door(tenant) == counts[3] + 1


NONE = timedelta(0)


def test_upkeep_waits_for_an_open_reader_only_so_long(
    tenant: Tenant, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PATIENCE", "-c lock_timeout=1s")
    made = []
    for count in (1, 2):
        add_leads(tenant, count)
        run_extract(at=AT)
        made.append(built(project, force=True).publication)
    rows, newest = (rows_at(each.lake_snapshot) for each in made)
    with connect_memory() as reader:
        attach_lake(reader, made[0].lake_snapshot)
        reader.execute("begin")
        assert count_leads(reader) == rows
        with pytest.raises(BuildFailed, match="interrupted"):
            maintain(AT, kept=1, days=NONE, grace=NONE)
        assert count_leads(reader) == rows
        reader.execute("rollback")
    assert maintain(AT, kept=1, days=NONE, grace=NONE).snapshots
    assert rows_at(made[1].lake_snapshot) == newest


def test_a_killed_build_is_never_visible(tenant: Tenant, project: Path) -> None:
    run_extract(at=AT)
    standing = built(project, force=True).publication
    before = leads_at_the_door(tenant)
    add_leads(tenant, 2)
    run_extract(at=AT)
    code = (
        "from pathlib import Path\nfrom transforms.lake.build import run_build\n"
        f"from {__name__} import forecast\nrun_build(forecast, project_dir=Path({str(project)!r}))"
    )
    for point in ("build.built", "publish.written", "publish.committed"):
        killed = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"CRM_CRASH_AT": point},
            cwd=PROJECT,
            check=False,
        )
        assert killed.returncode == -9
        assert publication.current() == standing
        assert leads_at_the_door(tenant) == before
    assert built(project).publication.id > standing.id
    assert leads_at_the_door(tenant) == before + 2
