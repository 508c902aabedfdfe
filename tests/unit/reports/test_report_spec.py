"""Specs: what is shipped is valid, and what is broken is named by file and field."""

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from reports import spec
from reports.errors import ReportNotFound, SpecInvalid
from reports.page import PAGES, PageSpec, load_page, page_names
from reports.spec import LineSpec, ReportSpec, Window

VALID = """
name: tiny
title_en: Tiny
title_fr: Petit
description_en: One tile.
description_fr: Une tuile.
period: last_week
sections:
  - name: only
    title_en: Only
    title_fr: Seule
    widgets:
      - {name: one, kind: tiles, title_en: One, title_fr: Une, metrics: [bookings]}
"""


def changed(path: list[str | int], value: object) -> str:
    """The valid spec with one field set, or removed where the value is None."""
    raw = yaml.safe_load(VALID)
    node = raw
    for key in path[:-1]:
        node = node[key]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return yaml.safe_dump(raw)


WIDGET: list[str | int] = ["sections", 0, "widgets", 0]


def table(**fields: object) -> dict[str, object]:
    base: dict[str, object] = {
        "name": "t", "kind": "table", "title_en": "T", "title_fr": "T",
        "metrics": ["bookings"], "by": ["branch"],
    }  # fmt: skip
    return base | fields


def test_every_shipped_spec_is_valid() -> None:
    assert "executive_weekly" in spec.report_names()
    assert {"executive", "branch"} <= set(page_names())
    assert [report.name for report in spec.catalogue()] == list(spec.report_names())
    for name in page_names():
        assert load_page(name).name == name


@pytest.mark.parametrize(
    ("path", "value", "field", "reason"),
    [
        (["title_fr"], None, "title_fr", "required"),
        (["colour"], "red", "colour", "not permitted"),
        (["name"], "../etc/passwd", "name", "pattern"),
        (["sections"], [], "sections", "at least 1"),
        ([*WIDGET, "kind"], "pie", "sections.0.widgets.0", "pie"),
        ([*WIDGET, "metrics"], [], "metrics", "at least 1"),
        ([*WIDGET, "period"], "sometimes", "period", "report"),
        ([*WIDGET, "period"], {"trailing": 0, "unit": "week"}, "trailing", "greater"),
        ([*WIDGET, "compare"], ["yesterday"], "compare", "previous"),
        (WIDGET, table(sort="cash"), "table", "'cash' is not among the widget's metrics"),
        (WIDGET, table(limit=3), "table", "limit needs sort"),
        (["recipients"], {"roles": ["BOSS"]}, "recipients.roles.0", "EXECUTIVE"),
        (["schedule"], {"cron": "0 7 * * 1", "timezone": "Mars/Base"}, "schedule", "Mars/Base"),
        (["schedule"], {"cron": "at seven", "timezone": "UTC"}, "schedule.cron", "pattern"),
        (["formats"], ["docx"], "formats.0", "pdf"),
        (["formats"], ["csv"], "the spec", "attach 'pdf' is not among"),
    ],
)
def test_a_broken_spec_is_named_by_file_and_field(
    path: list[str | int], value: object, field: str, reason: str
) -> None:
    with pytest.raises(SpecInvalid) as caught:
        spec.parse(ReportSpec, changed(path, value), "catalogue/tiny.yaml")
    line = caught.value.line
    assert line.startswith("catalogue/tiny.yaml: ")
    assert field in line
    assert reason in line


def test_a_name_stands_once() -> None:
    raw = yaml.safe_load(VALID)
    raw["sections"][0]["widgets"] *= 2
    with pytest.raises(SpecInvalid, match="'one' is used twice"):
        spec.parse(ReportSpec, yaml.safe_dump(raw), "x.yaml")


@pytest.mark.parametrize("text", ["- a list", "name: [", "just words", "!!python/object:os.system"])
def test_what_is_not_a_mapping_of_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(SpecInvalid, match=r"^x\.yaml: "):
        spec.parse(ReportSpec, text, "x.yaml")


@pytest.mark.parametrize(
    "name", ["nope", "../pages/branch", "/etc/passwd", "executive_weekly\0", ""]
)
def test_an_unknown_report_lists_the_names_there_are(name: str) -> None:
    with pytest.raises(ReportNotFound, match="there are: executive_weekly"):
        spec.load_report(name)


def test_a_file_must_bear_the_name_of_its_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.yaml").write_text(VALID)
    monkeypatch.setattr(spec, "REPORTS", tmp_path)
    with pytest.raises(SpecInvalid, match="is 'tiny', not the file's name"):
        spec.load_report("other")


def test_a_forecast_continues_one_metric() -> None:
    fields = {
        "name": "l", "kind": "line", "title_en": "L", "title_fr": "L", "grain": "month",
        "metrics": ["bookings", "booked_amount"], "forecast": "bookings_forecast",
    }  # fmt: skip
    with pytest.raises(SpecInvalid, match="exactly one metric"):
        spec.parse(ReportSpec, changed(WIDGET, fields), "x.yaml")


def test_the_schema_accepts_what_the_models_accept() -> None:
    for model, folder in ((ReportSpec, spec.REPORTS), (PageSpec, PAGES)):
        schema = json.loads(spec.json_schema_text(model))
        for path in sorted(folder.glob("*.yaml")):
            jsonschema.validate(yaml.safe_load(path.read_text()), schema)
    with pytest.raises(jsonschema.ValidationError):
        broken = yaml.safe_load(changed(["colour"], "red"))
        jsonschema.validate(broken, spec.json_schema(ReportSpec))


PART = VALID.replace("sections:", "page: {part}\nsections:")


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("{drawn: {other: {kind: funnel}}}", "drawn: 'other' is not on the page"),
        ("{live: [other]}", "live: 'other' is not on the page"),
        ("{lines: {only: [[one, other]]}}", "lines: 'other' is not on the page"),
        ("{panels: [{name: p, section: other, panel: x, title_en: P, title_fr: P}]}",
         "panels: 'other' is not"),
        ("{panels: [{name: p, section: only, panel: x, title_en: P, title_fr: P}],"
         " lines: {only: [[one]]}}", "every part of it once"),
        ("{tabs: [{name: t, title_en: T, title_fr: T, sections: [only, only]}]}", "in one tab"),
        ("{colour: red}", "colour"),
    ],
)  # fmt: skip
def test_a_page_part_that_names_nothing_is_named(part: str, wrong: str) -> None:
    assert spec.parse(PageSpec, PART.replace("{part}", "{}"), "x.yaml").page.group == "home"
    with pytest.raises(SpecInvalid, match=wrong):
        spec.parse(PageSpec, PART.replace("{part}", part), "x.yaml")


def test_every_page_says_who_it_is_for_in_words_that_exist() -> None:
    for name in page_names():
        page = load_page(name)
        assert page.page.needs, name
        for widget in page.widgets:
            assert widget.title("fr-CA"), name


def test_the_executive_weekly_holds_what_executives_were_promised() -> None:
    report = spec.load_report("executive_weekly")
    by_kind = {widget.kind for widget in report.widgets}
    assert by_kind == {"tiles", "line", "bar", "table", "reconciliation", "facts"}
    outlook = next(w for w in report.widgets if isinstance(w, LineSpec) and w.forecast)
    assert isinstance(outlook.period, Window)
    assert outlook.period.ahead > 0
    assert set(report.formats) == {"pdf", "xlsx", "csv", "json"}
