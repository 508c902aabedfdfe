"""The project's semantic YAML as the product reads it."""

from copy import deepcopy
from pathlib import Path

import pytest

from crm_core.config import settings
from transforms.insight.kpis import EXPLAINED, WATCHED, Kpi, kpis
from transforms.metrics.catalogue import build, catalogue
from transforms.metrics.compiler import Dialect, Shape, compile_shape
from transforms.metrics.definitions import manifest_path, read_manifest
from transforms.metrics.errors import DefinitionsInvalid, DefinitionsMissing, UnknownMetric

pytestmark = pytest.mark.long

PROMISED = {
    "new_leads": "S01",
    "lead_booking_rate": "S07_cohort",
    "quote_booking_rate": "S08",
    "average_booked_value": "S14",
    "average_job_value": "S15",
    "bookings": "S16_count",
    "booked_amount": "S16_value",
    "open_pipeline": "S18",
    "cancellation_rate": "S22_service",
    "invoiced_revenue": "F01",
    "service_revenue": "F02",
    "cash_collected": "F04",
    "tax_collected": "F06",
    "receivables": "F07",
    "jobs_completed": "O01",
    "on_time_rate": "O02",
    "booking_lead_time": "C04",
}


def test_every_promised_metric_is_there_by_name_and_id(definitions: str) -> None:
    known = catalogue(definitions)
    assert {name: known.get(name).id for name in PROMISED} == PROMISED
    assert {known.get(kpi).name for kpi in PROMISED.values()} == set(PROMISED)
    assert known.get("s01") is known.get("NEW_LEADS")


def test_every_metric_says_all_a_reader_needs(definitions: str) -> None:
    known = catalogue(definitions)
    ids = [metric.id for metric in known.offered]
    assert len(ids) == len(set(ids))
    for metric in known.offered:
        assert metric.label and metric.label_fr and metric.formula, metric.name
        assert metric.label_in("fr-CA") == metric.label_fr
        # Integrations serve the whole company.
        places = {"branch", "province", "is_corporate"} if metric.owner != "integrations" else set()
        assert places <= set(metric.dimensions), metric.name
        assert metric.is_ratio <= (metric.additivity == "non_additive"), metric.name


def test_every_metric_compiles_over_all_its_dimensions(definitions: str) -> None:
    known = catalogue(definitions)
    built = {path.stem for path in (settings().dbt_project_dir / "models").rglob("fct_*.sql")}
    for part in known.parts.values():
        shape = Shape((part.name,), part.finest, by=tuple(sorted(set(part.dimensions.values()))))
        sql = compile_shape(known.path, Dialect.DOOR, shape)
        assert f'"lake"."{part.mart.replace(".", chr(34) + "." + chr(34))}"' in sql
        assert part.mart.removeprefix("marts.") in built


def test_live_marts_are_those_that_are_tagged_live(definitions: str) -> None:
    models = settings().dbt_project_dir / "models"
    tagged = {
        f"marts.{path.stem}"
        for path in (models / "marts").rglob("*.sql")
        if "tags=['live']" in path.read_text()
    }
    known = catalogue(definitions)
    assert known.live_marts == tagged & {part.mart for part in known.parts.values()}


def test_unknown_names_get_near_ones(definitions: str) -> None:
    with pytest.raises(UnknownMetric, match=r"no metric 'revenu': did you mean .*revenue"):
        catalogue(definitions).get("revenu")


def test_definitions_of_another_day_are_missed_in_one_line(definitions: str) -> None:
    with pytest.raises(DefinitionsMissing, match="crm pipeline run"):
        catalogue("0123456789ab")


def test_a_filter_in_a_metric_is_refused(parsed: Path) -> None:
    broken = deepcopy(read_manifest(parsed))
    metric = next(m for m in broken["metrics"] if m["name"] == "bookings")
    metric["filter"] = {"where_filters": []}
    with pytest.raises(DefinitionsInvalid, match="metric bookings: filter in the measure"):
        build(parsed, broken)


def test_what_insight_watches_can_be_read_from_the_definitions(definitions: str) -> None:
    manifest = read_manifest(manifest_path(definitions))
    known = catalogue(definitions)
    assert [kpi.metric.name for kpi in kpis(manifest, known, WATCHED)] == list(WATCHED)
    for each in EXPLAINED:
        kpi = Kpi.explained(manifest, known, each.metric, each.per)
        assert kpi is not None and kpi.under is not None, each
        assert {each.segment} <= kpi.over.dimensions.keys() & kpi.under.dimensions.keys()
