"""Verification: an untouched file is equal, one changed cell is found and named."""

import io
import re
import zipfile

import pytest

from reports.errors import FileUnreadable, ReportDiffers
from reports.renderers import render
from reports.result import ReportResult
from reports.verify import Identity, verify
from tests.unit.reports.fake_metrics import TODAY
from tests.unit.reports.shared import executive_weekly
from transforms.metrics.period import parse_period


def again(identity: Identity) -> ReportResult:
    """Compute the report a file says it is."""
    assert identity.report == "executive_weekly"
    assert identity.period == parse_period("last_week", TODAY)
    assert identity.publication_id == 12
    assert identity.generated_for == "exec@northway.example"
    return executive_weekly(identity.locale)


def edited(content: bytes, member: str, pattern: str, replacement: str) -> bytes:
    """A workbook with one edit in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info.filename)
            if info.filename == member:
                text, count = re.subn(pattern, replacement, data.decode(), count=1)
                assert count == 1
                data = text.encode()
            new.writestr(info, data)
    return out.getvalue()


@pytest.mark.parametrize("locale", ["en-CA", "fr-CA"])
@pytest.mark.parametrize("file_format", ["json", "xlsx"])
def test_an_untouched_file_is_equal_byte_for_byte(file_format: str, locale: str) -> None:
    file = render(executive_weekly(locale), file_format)
    outcome = verify(file.filename, file.content, again)
    assert outcome.same_bytes
    assert outcome.differences == ()
    assert outcome.compared > 400
    outcome.require_equal()
    assert outcome.text.startswith(f"equal byte for byte: {file.filename}")


def test_a_file_saved_again_is_equal_in_every_field() -> None:
    file = render(executive_weekly(), "json")
    outcome = verify("copy.json", b" " + file.content, again)
    assert not outcome.same_bytes
    assert outcome.text.startswith("equal in every field")


def test_one_cent_in_json_is_found() -> None:
    file = render(executive_weekly(), "json")
    cell = executive_weekly().sections[0].widgets[0].rows[0].cells[1]  # type: ignore[union-attr]
    forged = file.content.replace(f'"{cell.value}"'.encode(), b'"790230.59"', 1)
    assert forged != file.content
    outcome = verify("x.json", forged, again)
    assert [(d.in_file, d.computed) for d in outcome.differences] == [
        ("790230.59", f"{cell.value}")
    ]
    assert outcome.differences[0].place == "sections.0.widgets.0.rows.0.cells.1.value"
    with pytest.raises(ReportDiffers, match=r"x\.json differs from publication 12 in 1 of"):
        outcome.require_equal()


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet6.xml"])
def test_one_cent_in_a_workbook_is_found_on_any_sheet(member: str) -> None:
    file = render(executive_weekly(), "xlsx")
    forged = edited(file.content, member, r"<v>790230\.58</v>", "<v>790230.59</v>")
    outcome = verify("x.xlsx", forged, again)
    assert [(d.in_file, d.computed) for d in outcome.differences] == [("790230.59", "790230.58")]
    assert "790230.59" in outcome.text


def test_a_row_taken_out_is_found() -> None:
    file = render(executive_weekly(), "xlsx")
    forged = edited(file.content, "xl/worksheets/sheet4.xml", r"<row r=\"30\".*?</row>", "")
    assert verify("x.xlsx", forged, again).differences


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.pdf", b"%PDF-1.4", "not a PDF of this product"),
        ("x.json", b"{}", "not a report of this product"),
        ("x.json", b"\xff\xfe", "not a report of this product"),
        ("x.xlsx", b"PK not really", "not a workbook"),
        ("x", b"", "only JSON, XLSX and PDF"),
    ],
)
def test_any_other_file_is_refused(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(FileUnreadable, match=reason):
        verify(name, content, again)


def test_a_workbook_of_somebody_else_is_refused() -> None:
    file = render(executive_weekly(), "xlsx")
    forged = edited(file.content, "xl/workbook.xml", 'name="About"', 'name="Notes"')
    with pytest.raises(FileUnreadable, match="About is missing"):
        verify("x.xlsx", forged, again)
