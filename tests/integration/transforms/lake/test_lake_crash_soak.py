"""Hundreds of kills, and what else a night may bring: all of it twin-equal; run by `make soak`.

A sample of it is in `test_lake_crash`.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crm_core import clock
from crm_core.database import forget_connections
from crm_core.postgres import ServerAddress
from tests.integration.transforms.lake.crash import digests, leftovers
from tests.integration.transforms.lake.crash.faults import FAULTS, Fault
from tests.integration.transforms.lake.crash.ground import ground
from tests.integration.transforms.lake.crash.reader import Reader
from tests.integration.transforms.lake.crash.runs import Runs
from tests.integration.transforms.lake.crash.suite import AREAS, Suite
from transforms.lake import publication
from transforms.lake.door import open_door
from transforms.lake.engine import attach_lake, connect_memory
from transforms.lake.maintenance import maintain

pytestmark = pytest.mark.soak

KILLS = 200
LEAST = 10
"""Kills that every area must have had."""

POINTS = 40
"""So many points at least must have been killed at."""

FIRST_LOAD = (
    *("extract.preparing#1", "extract.prepared#1", "merge.loaded#3", "extract.committed#1"),
    *("build.compiled#1", "build.planned#1", "publish.mart#2", "publish.committed#1"),
    "publish.pointed#1",
)


@pytest.fixture(scope="module")
def suite(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suite]:
    """A published company with its twin, and a reader who looks at it all the while.

    Its first load was killed at every point that no later run passes.
    """
    folder = tmp_path_factory.mktemp("soak")
    with ground(cluster, template / "keys", folder, "soak") as made, Runs() as runs:
        suite = Suite(made, runs)
        suite.begin(*FIRST_LOAD)
        suite.change()
        suite.settle()
        with Reader(made.company, folder / "seen") as suite.reader:
            yield suite


def test_a_kill_at_each_point_leaves_no_trace(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    assert suite.last is not None
    passed: dict[str, int] = {}
    for point in suite.last.points:
        passed[point.name] = point.number
    missed = suite.kill_at_each(
        f"{name}#{suite.random.randint(1, number)}" for name, number in passed.items()
    )
    names = {ran.points[-1].name for ran in suite.kills}
    with capsys.disabled():
        sys.stdout.write(f"\nkilled at {len(names)} points, not reached again: {missed}\n")
    assert len(names) >= POINTS


def test_random_kills_leave_no_trace(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.kills.clear()
    suite.random_kills(KILLS)
    while fewest := [area for area in AREAS if suite.histogram.get(area, 0) < LEAST]:
        suite.change()
        suite.aimed_kill(fewest[0])
        suite.settle()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(suite.kills)} random kills: {suite.histogram}, looks: {suite.looks}\n"
        )


def test_what_kills_left_behind_is_swept(suite: Suite) -> None:
    for _ in range(2):  # the door files of two publications stay
        suite.change()
        suite.settle()
    assert leftovers.drafts(suite.ground) == []
    maintain(clock.now() + timedelta(seconds=1), kept=1, days=timedelta(0), grace=timedelta(0))
    assert leftovers.orphans(suite.ground) == leftovers.lost(suite.ground) == []
    suite.compare()
    suite.change()
    suite.settle()


def test_a_reader_keeps_its_version_through_upkeep(suite: Suite) -> None:
    held = publication.get()
    digest = digests.of_marts
    with connect_memory() as old, open_door(suite.ground.company.acme.subjects["manager"]) as door:
        attach_lake(old, held.lake_snapshot)
        old.begin()
        before = digest(old.execute, suite.ground.company, held.relations)
        shown = digests.of_views(door.sql, door.views)
        for _ in range(3):
            suite.change()
            suite.settle()
        maintain(clock.now(), kept=1, days=timedelta(0))  # with the usual grace for readers
        assert digest(old.execute, suite.ground.company, held.relations) == before
        assert digests.of_views(door.sql, door.views) == shown
    suite.compare()


@pytest.mark.parametrize("step", ["expired", "snapshots", "rewrite_data_files", "compacted",
                                  "delete_orphaned_files"])  # fmt: skip
def test_killed_upkeep_leaves_no_trace(suite: Suite, step: str) -> None:
    suite.change()
    suite.settle()
    assert suite.kill(kill_at=f"maintain.{step}#1", upkeep=True).was_killed
    suite.compare()
    suite.change()
    suite.settle()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found(suite: Suite, fault: Fault) -> None:
    fault.must_be_found(suite)


def test_what_was_at_fault_is_healed(suite: Suite) -> None:
    suite.heal()
    suite.change()
    suite.settle()


def test_two_runs_at_once_are_as_one(suite: Suite) -> None:
    with Runs() as others:
        for _ in range(5):
            suite.change()
            for runs in (suite.runs, others):
                runs.start(suite.order)
            ended = [runs.end() for runs in (suite.runs, others)]
            assert [ran.error for ran in ended] == [None, None]
            assert sum(ran.publication is not None for ran in ended) == 1
            suite.compare()


def test_of_two_runs_one_may_be_killed(suite: Suite) -> None:
    with Runs() as others:
        for point in ("extract.stated#1", "publish.written#1", "door.written#1"):
            suite.change()
            suite.runs.start(replace(suite.order, kill_at=point))
            others.start(suite.order)
            ended = [runs.end() for runs in (suite.runs, others)]
            assert [ran.error for ran in ended] == [None, None]
            suite.settle()


@pytest.mark.parametrize("folder", ["lake", "doors"])
def test_a_full_disk_leaves_the_last_publication(quiet: Suite, folder: str) -> None:
    with _small_disk(quiet.ground.main.var / folder):
        quiet.grow(4_000)
        said = quiet.fail()
    assert "No space left on device" in said
    quiet.settle()


def test_a_server_that_restarts_mid_extract(quiet: Suite, cluster: ServerAddress) -> None:
    if cluster.data_dir is None:
        pytest.skip("the server of CRM_DATABASE_URL is not ours to restart")
    quiet.change()
    ran = quiet.runs.run(replace(quiet.order, broken=("restart_postgres",)))
    forget_connections()
    assert ran.error
    assert not ran.trace
    quiet.look()
    quiet.settle()


def test_kills_on_the_real_project(real: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    for area in (*AREAS, *AREAS):
        real.change()
        real.aimed_kill(area)
        real.settle()
    with capsys.disabled():
        sys.stdout.write(f"\n{len(real.kills)} kills on the real project: {real.histogram}\n")
    assert len(real.kills) >= LEAST


@pytest.fixture(scope="module")
def quiet(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suite]:
    """A published company with its twin, where the ground itself gives way: nobody looks on."""
    folder = tmp_path_factory.mktemp("quiet")
    with ground(cluster, template / "keys", folder, "quiet") as made, Runs() as runs:
        suite = Suite(made, runs)
        suite.begin()
        yield suite


@pytest.fixture(scope="module")
def real(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suite]:
    """All raw tables of the core, the real dbt project with its forecasts, and a reader."""
    folder = tmp_path_factory.mktemp("real")
    made = ground(cluster, template / "keys", folder, "real", is_small=False)
    with made as whole, Runs() as runs:
        suite = Suite(whole, runs)
        suite.begin()
        with Reader(whole.company, folder / "seen", is_raw_watched=False) as suite.reader:
            yield suite


@contextmanager
def _small_disk(folder: Path, spare: int = 64 * 1024) -> Iterator[None]:
    """The folder on a disk of its own with hardly any room; skips where that is not allowed."""
    aside = folder.with_name(f"{folder.name}.aside")
    folder.rename(aside)
    folder.mkdir()
    used = sum(each.stat().st_blocks * 512 for each in aside.rglob("*"))
    size = used + spare
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        if mounted.returncode:
            pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
        subprocess.run(["cp", "-a", f"{aside}/.", str(folder)], check=True)
        yield
        subprocess.run(["cp", "-a", f"{folder}/.", str(aside)], check=True)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()
        aside.rename(folder)
