"""What a saved report keeps of a spec, and what it is called."""

from typing import Any
from uuid import UUID

import pytest
import yaml

from crm_core.models import ReportDefinition
from reports.errors import SpecInvalid
from reports.shelf import as_raw, as_text, checked, spec_of
from reports.spec import load_report, report_names

OWN = UUID("01930000-0000-7000-8000-00001234abcd")


def saved(name: str, **given: Any) -> ReportDefinition:
    return ReportDefinition(id=OWN, name=name, **given)


@pytest.mark.parametrize("name", report_names())
def test_every_report_of_the_catalogue_can_be_taken_home_and_brought_back(name: str) -> None:
    spec = load_report(name)
    back = checked(yaml.safe_load(as_text(spec)), "copy.yaml")
    assert (back.sections, back.period, back.formats) == (spec.sections, spec.period, spec.formats)
    assert back.schedule is None and back.recipients is None
    assert as_raw(back) == as_raw(spec)


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Ventes de la région", "ventes_de_la_region_1234abcd"),
        ("../../etc/passwd", "etc_passwd_1234abcd"),
        ("2026 plan", "report_2026_plan_1234abcd"),
        ("売上", "report_1234abcd"),
        ("x" * 100, "x" * 40 + "_1234abcd"),
    ],
)
def test_the_files_of_a_saved_report_are_called_safely(name: str, called: str) -> None:
    spec = spec_of(saved(name, spec=as_raw(load_report("executive_weekly"), name)))
    assert spec.name == called
    assert (spec.title_en, spec.title_fr) == (name, name)


def test_a_linked_report_is_the_catalogues() -> None:
    linked = saved("weekly", spec={}, catalogue_name="executive_weekly")
    assert spec_of(linked) is load_report("executive_weekly")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"period": ""}, "own.yaml: period: "),
        ({"colour": "red"}, "own.yaml: colour: "),
        ({"schedule": {"cron": "0 7 * * 1", "timezone": "UTC"}}, "own.yaml: schedule: .*set"),
        ({"recipients": {"roles": ["ADMIN"]}}, "own.yaml: recipients: .*leave it out"),
        ({"metrics": ["nonsense"]}, r"own.yaml: \w+\.\w+: .*nonsense"),
        ({"times": 101}, "own.yaml: sections: at most 100 widgets"),
    ],
)
def test_what_the_catalogue_would_not_take_is_refused(change: dict[str, Any], said: str) -> None:
    raw = as_raw(load_report("executive_weekly"))
    metrics, times = change.pop("metrics", None), change.pop("times", 0)
    tiles = next(w for s in raw["sections"] for w in s["widgets"] if w["kind"] == "tiles")
    if metrics:
        tiles["metrics"] = metrics
    if times:
        widgets = [tiles | {"name": f"w{n}"} for n in range(times)]
        raw["sections"] = [raw["sections"][0] | {"widgets": widgets}]
    with pytest.raises(SpecInvalid, match=said):
        checked(raw | change, "own.yaml")
