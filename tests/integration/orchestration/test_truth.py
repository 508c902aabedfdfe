"""The metric layer answers what the simulation computed from its own rows."""

from crm_core.services.tenancy.access import subject_of
from orchestration.truth import verify_metrics
from tests.conftest import Demo


def test_every_metric_equals_the_simulations_truth(demo: Demo) -> None:
    found = verify_metrics(subject_of("exec@northway.example"), demo.var / "truth")
    assert len(found.cells) >= 10
    assert found.compared > 50
    assert found.differences == ()
