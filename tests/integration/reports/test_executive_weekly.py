"""The executive weekly of the demo company: the same figures in the metric layer and every file."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import fastexcel
import pypdf
import pytest

from crm_core.enums import UserRole
from crm_core.security.permissions import ActionRefused, Subject
from crm_core.services.tenancy.access import subject_of
from reports.errors import FormatUnknown, ReportDiffers, ReportNotFound
from reports.proof import verify_file
from reports.render import render_report, write_report
from reports.renderers import render, render_all
from reports.result import Figures, ReportResult
from reports.run import run_report
from tests.conftest import Demo
from transforms.lake.door import open_door
from transforms.metrics.answer import answer
from transforms.metrics.errors import UnknownPeriod
from transforms.metrics.period import Period
from transforms.metrics.query import MetricQuery

REPORT = "executive_weekly"
EXECUTIVE = "exec@northway.example"
MANAGER = "manager.vanc@northway.example"


@pytest.fixture
def executive(demo: Demo) -> Subject:
    return subject_of(EXECUTIVE)


@pytest.fixture
def manager(demo: Demo) -> Subject:
    return subject_of(MANAGER)


def widget(result: ReportResult, name: str) -> Figures:
    """A widget of figures by its name."""
    for section in result.sections:
        for found in section.widgets:
            if found.name == name:
                assert isinstance(found, Figures)
                return found
    raise KeyError(name)


def asked(
    subject: Subject, figures: Figures, metrics: tuple[str, ...]
) -> dict[str, Decimal | None]:
    """The same figures, asked of the metric layer at the subject's door."""
    period = Period(figures.span.start, figures.span.end)
    with open_door(subject) as door:
        return dict(answer(door, MetricQuery(metrics, period)).totals)


def test_every_file_says_what_the_metric_layer_says(executive: Subject) -> None:
    result = run_report(executive, REPORT)
    tiles = widget(result, "headline")
    figures = asked(executive, tiles, tiles.metrics)
    assert figures["bookings"] and figures["booked_amount"]
    assert {c.metric: c.value for c in tiles.rows[0].cells} == figures

    files = {file.media_type.partition(";")[0]: file.content for file in render_all(
        result, ("pdf", "xlsx", "csv", "json"))}  # fmt: skip
    text = _pdf_text(files["application/pdf"])
    for cell in tiles.rows[0].cells:
        assert cell.exact.replace("\u00a0", " ") in text
    lines = list(csv.DictReader(io.StringIO(files["text/csv"].decode(), newline="")))
    in_csv = {line["metric"]: line["value"] for line in lines if line["widget"] == "headline"}
    assert {name: _decimal(value) for name, value in in_csv.items()} == figures
    cells = json.loads(files["application/json"])["sections"][0]["widgets"][0]["rows"][0]["cells"]
    assert {cell["metric"]: _decimal(cell["value"]) for cell in cells} == figures
    workbook = next(content for kind, content in files.items() if "spreadsheet" in kind)
    summary = _rows(workbook, "Summary")
    by_id = {row[1]: row[2] for row in summary if row[1]}
    for measure in result.measures:
        if measure.name in figures:
            assert _decimal(by_id[measure.id]) == figures[measure.name]


def test_branches_add_up_to_the_company_in_every_metric(executive: Subject) -> None:
    proof = widget(run_report(executive, REPORT), "reconciliation")
    difference = next(row for row in proof.rows if row.keys[0].value == "difference")
    assert [cell.value for cell in difference.cells] == [0] * len(proof.metrics)


def test_the_outlook_continues_the_past_inside_its_bands(executive: Subject) -> None:
    outlook = widget(run_report(executive, REPORT), "bookings_outlook")
    assert outlook.forecast == "bookings_forecast"
    past = [row for row in outlook.rows if row.cell("bookings").value is not None]
    ahead = [row for row in outlook.rows if row.cell("bookings_forecast").value is not None]
    assert past and ahead
    assert max(str(row.keys[0].on) for row in past) < min(str(row.keys[0].on) for row in ahead)
    for row in ahead:
        edges = [row.cell(f"bookings_forecast{e}").value for e in
                 ("_lo_95", "_lo_80", "", "_hi_80", "_hi_95")]  # fmt: skip
        known = [edge for edge in edges if edge is not None]
        assert len(known) == 5
        assert known == sorted(known)


def test_a_manager_sees_their_branch_and_no_trace_of_another(
    executive: Subject, manager: Subject
) -> None:
    table = widget(run_report(executive, REPORT), "branch_table")
    own = next(row for row in table.data_rows if row.keys[0].value == "VANC")
    others = {str(row.keys[0].value) for row in table.data_rows} - {"VANC"}
    names = {row.keys[0].text for row in table.data_rows if row.keys[0].value in others}
    assert names

    result = run_report(manager, REPORT)
    seen = widget(result, "branch_table")
    assert [row.keys[0].value for row in seen.data_rows] == ["VANC"]
    for cell in seen.data_rows[0].cells:
        assert cell.value == own.cell(cell.metric).value
    assert result.header.scope == f"Branch: {own.keys[0].text}"
    for file in render_all(result, ("pdf", "xlsx", "csv", "json")):
        text = _all_text(file.content, file.filename)
        assert own.keys[0].text in text
        assert not [name for name in names if name in text]


def test_two_runs_give_the_same_bytes(executive: Subject) -> None:
    first, second = (run_report(executive, REPORT, locale="fr-CA") for _ in range(2))
    assert first == second
    for file_format in ("pdf", "xlsx", "csv", "json"):
        assert render(first, file_format) == render(second, file_format)


def test_a_written_report_verifies_until_a_cent_is_changed(
    executive: Subject, tmp_path: Path
) -> None:
    paths = write_report(executive, REPORT, None, ("json", "xlsx"), tmp_path)
    for path in paths:
        outcome = verify_file(path)
        outcome.require_equal()
        assert outcome.same_bytes
    path = paths[0]
    result = ReportResult.model_validate_json(path.read_bytes())
    value = widget(result, "headline").rows[0].cell("booked_amount").value
    assert value is not None
    forged = path.read_text().replace(f'"{value}"', f'"{value + Decimal("0.01")}"', 1)
    path.write_text(forged)
    with pytest.raises(ReportDiffers, match="differs from publication"):
        verify_file(path).require_equal()


@pytest.mark.parametrize(
    ("act", "error", "line"),
    [
        (lambda s: run_report(s, "nope"), ReportNotFound, "there are: .*executive_weekly"),
        (lambda s: run_report(s, REPORT, "someday"), UnknownPeriod, "'someday'"),
        (lambda s: render_report(s, REPORT, None, ["docx"]), FormatUnknown, "'docx'"),
    ],
)
def test_wrong_input_is_one_clear_line(
    executive: Subject, act: Callable[[Subject], object], error: type[Exception], line: str
) -> None:
    with pytest.raises(error, match=line):
        act(executive)


def test_who_may_not_export_receives_no_file(demo: Demo) -> None:
    who = subject_of(EXECUTIVE)
    powerless = Subject(who.client_id, who.user_id, UserRole.MOVER, who.scope, frozenset())
    with pytest.raises(ActionRefused, match="MOVER may not EXPORT REPORT"):
        render_report(powerless, REPORT, None, ["pdf"])


def _decimal(text: object) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text))


def _pdf_text(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")


def _rows(content: bytes, name: str) -> list[tuple[str | None, ...]]:
    book = fastexcel.read_excel(content)
    loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    return loaded.to_polars().rows()


def _all_text(content: bytes, filename: str) -> str:
    """Everything a person can find in a file, document properties included."""
    if filename.endswith(".pdf"):
        reader = pypdf.PdfReader(io.BytesIO(content))
        return _pdf_text(content) + str(reader.metadata)
    if filename.endswith(".xlsx"):
        sheets = fastexcel.read_excel(content).sheet_names
        return "\n".join(str(row) for name in sheets for row in _rows(content, name))
    return content.decode()
