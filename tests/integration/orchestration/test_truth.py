"""The metric layer answers what the simulation computed from its own rows."""

import pytest

from crm_core.services.tenancy.access import subject_of
from orchestration.truth import verify_metrics
from tests.conftest import Demo

pytestmark = pytest.mark.long


def test_every_metric_equals_the_simulations_truth(demo: Demo) -> None:
    found = verify_metrics(subject_of("exec@northway.example"), demo.var / "truth")
    assert found.differences == ()
    with_cells = [name for name, count in found.cells.items() if count]
    assert len(with_cells) > 70
    assert found.compared > 1000
