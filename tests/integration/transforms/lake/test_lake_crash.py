"""Killed anywhere, the lake is what it would have been, and nobody ever saw anything else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_core.postgres import ServerAddress
from tests.integration.transforms.lake.crash.ground import ground
from tests.integration.transforms.lake.crash.reader import Reader
from tests.integration.transforms.lake.crash.runs import Runs
from tests.integration.transforms.lake.crash.suite import AREAS, Suite
from tests.integration.transforms.lake.crash.twins import Disagreement


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


def test_x(suite):
    print(suite.last and [(str(p), round(p.at,2)) for p in suite.last.points])
    suite.change()
    for at in ("extract.merged#1", "publish.written#1"):
        print(suite.kill(kill_at=at))
    suite.settle()
    print(suite.last and [(str(p), round(p.at,2)) for p in suite.last.points])
    for i in range(4):
        suite.change()
        print(suite.random_kill())
    suite.settle()
    print(suite.histogram, suite._judged)
