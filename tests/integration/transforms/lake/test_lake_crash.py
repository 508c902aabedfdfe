"""Killed anywhere, the lake is what it would have been, and nobody ever saw anything else.

A sample: one kill in each area, and two faults that must not go unnoticed. Hundreds of kills, and
all that else may happen in a night, are in `test_lake_crash_soak`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_core.postgres import ServerAddress
from tests.integration.transforms.lake.crash.faults import FAULTS, Fault
from tests.integration.transforms.lake.crash.ground import ground
from tests.integration.transforms.lake.crash.reader import Reader
from tests.integration.transforms.lake.crash.runs import Runs
from tests.integration.transforms.lake.crash.suite import AREAS, Suite

pytestmark = pytest.mark.long

SAMPLE = (
    *("extract.stated#1", "merge.written#2", "build.model#2", "audit.check#2"),
    *("publish.mart#2", "publish.committed#1", "door.written#2"),
)
"""The kills of every test run: where rows, marts, pointer and files are half done."""


@pytest.fixture(scope="module")
def suite(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Suite]:
    """A published company with its twin, and a reader who looks at it all the while."""
    folder = tmp_path_factory.mktemp("crash")
    with ground(cluster, template / "keys", folder, "crash") as made, Runs() as runs:
        suite = Suite(made, runs)
        suite.begin()
        with Reader(made.company, folder / "seen") as suite.reader:
            yield suite


def test_a_kill_in_each_area_leaves_no_trace(suite: Suite) -> None:
    for point in SAMPLE:
        suite.change()
        assert suite.kill(kill_at=point).was_killed, point
    suite.settle()
    assert suite.histogram.keys() == set(AREAS)
    assert suite.looks > 0


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.is_quick], ids=lambda fault: fault.name)
def test_a_fault_is_found(suite: Suite, fault: Fault) -> None:
    fault.must_be_found(suite)
