"""Companies of other seeds, each simulated and published on a server of its own, are true too."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.truth import LEAST_CELLS, LEAST_VALUES
from orchestration.truth_seeds import verify_seeds
from tests.conftest import TEST_NOW, installation

pytestmark = pytest.mark.soak


@pytest.fixture
def state() -> Iterator[Path]:
    """A state directory that the server may enter, which pytest's own folder forbids."""
    folder = Path(tempfile.mkdtemp(prefix="crm-seeds-"))
    folder.chmod(0o755)
    with installation(folder / "var", None, ""):
        yield folder / "var"
    shutil.rmtree(folder, ignore_errors=True)


def test_a_company_of_another_seed_is_true_and_leaves_nothing_behind(state: Path) -> None:
    told: list[str] = []
    found = verify_seeds([2], "S", "exec@northway.example", (), TEST_NOW.date(), told.append)
    assert found.differences == ()
    assert found.fed == ()
    assert found.missing == ("M03_reason",)  # why a message failed is not in the lake
    assert len(told) == 1
    proven = {kpi for kpi, cells, values, _ in found.table
              if cells >= LEAST_CELLS and values >= LEAST_VALUES}  # fmt: skip
    assert found.compared > 5000 and proven
    assert proven.isdisjoint(kpi for kpi, _ in found.scarce)
    assert list((state / "tmp").iterdir()) == []
