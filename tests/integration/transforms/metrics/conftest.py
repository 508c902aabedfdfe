"""Fixtures of the metric layer: the project's definitions, and doors of hand-made marts.

Only definitions are made here; marts with rows stand in `stand_in`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import installation
from tests.integration.transforms.metrics.stand_in import VANC, StandInDoor
from transforms.metrics.definitions import manifest_path


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's semantic manifest, in a state directory of its own."""
    with installation(tmp_path_factory.mktemp("definitions"), None, ""):
        return manifest_path()


@pytest.fixture
def definitions(parsed: Path) -> Iterator[str]:
    """The hash of the project's definitions; `settings()` points to where they are."""
    with installation(parsed.parents[2], None, ""):
        yield parsed.parent.name


@pytest.fixture
def door(definitions: str) -> StandInDoor:
    """A door of the whole company."""
    return StandInDoor(definitions)


@pytest.fixture
def branch_door(definitions: str) -> StandInDoor:
    """A door of one branch: other rows are not in it, nor are the company's."""
    return StandInDoor(definitions, where=f"location_id = '{VANC}'")
