"""The metric layer answers what the simulation computed from its own rows."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crm_core.config import settings
from crm_core.services.tenancy.access import subject_of
from crm_core.simulation.truth import CATALOGUE_NAME
from orchestration.truth import compare, fed_branches, read_truth, verify_metrics
from tests.conftest import Demo
from transforms.lake.door import open_door
from transforms.metrics.definitions import MANIFEST, manifest_path

pytestmark = pytest.mark.long

Written = dict[str, dict[str, Any]]
"""Metrics, or measures, of a manifest by name."""


def test_every_metric_equals_the_simulations_truth(demo: Demo) -> None:
    found = verify_metrics(subject_of("exec@northway.example"), demo.var / "truth")
    assert found.differences == ()
    with_cells = [name for name, count in found.cells.items() if count]
    assert len(with_cells) > 70
    assert found.compared > 1000
    assert {"S01", "S08", "S16_value", "F04", "O02"} <= set(with_cells)


def _biggest_for_all(metrics: Written, measures: Written) -> None:
    measures["booked_amount_sum"]["agg"] = "max"


def _upside_down(metrics: Written, measures: Written) -> None:
    params = metrics["quote_booking_rate"]["type_params"]
    params["numerator"], params["denominator"] = params["denominator"], params["numerator"]


def _other_date(metrics: Written, measures: Written) -> None:
    measures["bookings_count"]["agg_time_dimension"] = "service_on"


@pytest.mark.parametrize(
    ("kpi", "plant"),
    [("S16_value", _biggest_for_all), ("S08", _upside_down), ("S16_count", _other_date)],
)
def test_a_planted_formula_error_is_found(
    demo: Demo, kpi: str, plant: Callable[[Written, Written], None]
) -> None:
    subject = subject_of("exec@northway.example")
    truth = read_truth(demo.var / "truth" / CATALOGUE_NAME, "northway")
    of_kpi = {cell: figures for cell, figures in truth.items() if cell.kpi == kpi}
    fed = tuple(fed_branches(subject))
    with open_door(subject) as door:
        assert compare(door, of_kpi, fed).differences == ()
        door.publication = replace(door.publication, definitions=_planted(kpi, plant))
        found = compare(door, of_kpi, fed)
    assert len(found.differences) >= 3
    assert {each.cell.kpi for each in found.differences} == {kpi}


def _planted(kpi: str, plant: Callable[[Written, Written], None]) -> str:
    """The name of the project's definitions with an error in them."""
    manifest = json.loads(manifest_path().read_text())
    measures = [each for model in manifest["semantic_models"] for each in model["measures"]]
    plant({m["name"]: m for m in manifest["metrics"]}, {m["name"]: m for m in measures})
    folder = Path(settings().definitions_dir, f"planted-{kpi}")
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder.name
