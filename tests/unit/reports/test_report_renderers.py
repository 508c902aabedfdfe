"""Every renderer's file, read back: the figures of the result, the same bytes, the same look."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import fastexcel
import pypdf
import pytest

from reports import theme
from reports.errors import FormatUnknown
from reports.renderers import ACCESSIBLE, RENDERERS, render, render_all
from reports.result import Figures, ReportResult
from tests.unit.reports.samples import result as sample
from tests.unit.reports.shared import decimals, executive_weekly, pdf_text, sheet

RESULTS = pytest.mark.parametrize("locale", ["en-CA", "fr-CA"])


def figures(result: ReportResult, name: str) -> Figures:
    """A widget of figures by its name."""
    for section in result.sections:
        for widget in section.widgets:
            if widget.name == name:
                assert isinstance(widget, Figures)
                return widget
    raise KeyError(name)


def fonts_of(page: pypdf.PageObject) -> list[dict[str, object]]:
    """The descriptors of a page's fonts; empty for a font that only has a name."""
    resources = page["/Resources"].get_object()
    assert isinstance(resources, dict)
    fonts = [font.get_object() for font in resources["/Font"].values()]
    return [dict(font.get("/FontDescriptor", {})) for font in fonts]


@pytest.mark.parametrize("file_format", sorted(RENDERERS.keys() - {ACCESSIBLE}))
@RESULTS
def test_the_same_result_gives_the_same_bytes(file_format: str, locale: str) -> None:
    for result in (executive_weekly(locale), sample(locale)):
        again = ReportResult.model_validate_json(result.model_dump_json())
        first, second = render(result, file_format), render(again, file_format)
        assert first == second
        assert len(first.digest) == 64


def test_file_names_hold_no_path_and_no_text_of_people() -> None:
    names = [file.filename for file in render_all(sample(), ("pdf", "xlsx", "csv", "json"))]
    assert names == [f"executive_weekly_2026-11-09_2026-11-15.{e}" for e in
                     ("pdf", "xlsx", "csv", "json")]  # fmt: skip
    assert render(sample("fr-CA"), "csv").filename.endswith("_fr.csv")


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(FormatUnknown, match=r"'docx'.*pdf, xlsx, csv, json"):
        render(sample(), "docx")


def test_json_gives_the_result_back_without_loss() -> None:
    result = executive_weekly()
    assert ReportResult.model_validate_json(render(result, "json").content) == result


@RESULTS
def test_csv_holds_every_exact_figure(locale: str) -> None:
    result = executive_weekly(locale)
    text = render(result, "csv").content.decode()
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    found = list(result.figures())
    assert [line["value"] for line in lines] == decimals([f.cell.value for f in found])
    assert [line["metric"] for line in lines] == [f.cell.metric for f in found]
    headline = lines[0]
    assert headline["period_start"] == "2026-11-09"
    assert headline["period_last_day"] == "2026-11-15"
    assert headline["publication_id"] == "12"
    earlier = found[0].cell.compared[1].value
    assert headline["value_last_year"] == f"{earlier}"
    branch = next(line for line in lines if line["branch"] == "MONT")
    assert branch["branch_name"] == "Montréal"
    week = next(line for line in lines if line["widget"] == "weekly_trend")
    assert date.fromisoformat(week["bucket_start"]).weekday() == 0


def test_workbook_cells_are_typed_and_exact() -> None:
    result = executive_weekly()
    content = render(result, "xlsx").content
    book = fastexcel.read_excel(content)
    assert book.sheet_names == [
        "Summary", "The week", "Outlook", "Branches", "Where the figures come from", "Data",
        "Definitions", "About",
    ]  # fmt: skip
    rows = sheet(content, "Data")
    heads = list(rows[0])
    found = list(result.figures())
    for row, figure in zip(rows[1:], found, strict=True):
        value, exact = row[heads.index("value")], row[heads.index("exact_value")]
        assert (exact or "") == decimals([figure.cell.value])[0]
        assert (None if value is None else Decimal(value)) == figure.cell.value
    typed = book.load_sheet("Data").to_polars()
    assert str(typed.schema["value"]) == "Float64"
    assert str(typed.schema["period_start"]).startswith("Datetime")
    summary = {row[0]: row for row in sheet(content, "Summary")}
    amount = figures(result, "headline").rows[0].cell("booked_amount").value
    assert summary["Booked amount ($)"][2] == f"{amount}"
    assert summary["Scope"][1] == "Whole company"


def test_workbook_has_native_charts_over_its_own_cells() -> None:
    content = render(executive_weekly(), "xlsx").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        text = "".join(archive.read(name).decode() for name in charts)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert len(charts) == 3
    assert "<c:lineChart>" in text and "<c:barChart>" in text
    assert "'The week'!$B$" in text


@RESULTS
def test_pdf_text_holds_the_figures_to_the_cent(locale: str) -> None:
    result = executive_weekly(locale)
    text = pdf_text(render(result, "pdf").content)

    def shown(words: str) -> bool:
        return words.replace("\u00a0", " ") in text

    for cell in figures(result, "headline").rows[0].cells:
        assert shown(cell.exact)
        assert shown(cell.text)
    for name in ("branch_table", "reconciliation"):
        for row in figures(result, name).rows:
            assert all(shown(cell.bare) for cell in row.cells)
            assert shown(row.keys[0].text)
    assert shown(result.header.as_of_text)
    assert shown(result.header.definitions[:12])


def test_pdf_has_properties_bookmarks_pages_and_only_embedded_fonts() -> None:
    result = sample()
    reader = pypdf.PdfReader(io.BytesIO(render(result, "pdf").content))
    assert reader.metadata is not None
    assert reader.metadata.title == "Executive weekly, Nov 9–15, 2026"
    assert reader.metadata.author == "Northway Moving"
    assert str(reader.root_object["/Lang"]) == "en-CA"
    assert [str(entry["/Title"]) for entry in reader.outline if isinstance(entry, dict)] == [
        "Summary", "Branches", "Outlook", "Can I trust it?", "Definitions",
    ]  # fmt: skip
    pages = len(reader.pages)
    assert pages >= 3
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page {number} of {pages}" in page.extract_text()
        assert fonts_of(page)
        assert all("/FontFile2" in font for font in fonts_of(page))


def test_a_long_table_repeats_its_heads_and_keeps_every_row() -> None:
    result = sample()
    reader = pypdf.PdfReader(io.BytesIO(render(result, "pdf").content))
    with_heads = [page for page in reader.pages if "Jobs completed" in page.extract_text()]
    assert len(with_heads) >= 3
    text = "".join(page.extract_text() for page in reader.pages)
    for row in figures(result, "branches_table").rows:
        assert row.cell("booked_amount").bare in text


def test_a_widget_without_figures_says_so() -> None:
    result = sample()
    empty = figures(result, "branches_table").model_copy(
        update={"rows": (), "metrics": (), "notes": ("Not available to you: Bookings.",)}
    )
    section = result.sections[1].model_copy(update={"widgets": (empty,)})
    bare = result.model_copy(update={"sections": (section,)})
    text = pdf_text(render(bare, "pdf").content)
    assert "Not available to you: Bookings." in text
    assert "No figures" not in text
    assert render(bare, "xlsx").content and render(bare, "csv").content
    silent = section.model_copy(update={"widgets": (empty.model_copy(update={"notes": ()}),)})
    again = result.model_copy(update={"sections": (silent,)})
    assert "No figures for this period." in pdf_text(render(again, "pdf").content)


def test_paper_follows_the_spec() -> None:
    header = sample().header.model_copy(update={"paper": "a4"})
    content = render(sample().model_copy(update={"header": header}), "pdf").content
    box = pypdf.PdfReader(io.BytesIO(content)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)


def test_text_and_lines_stand_out_from_the_page() -> None:
    for text in (theme.INK, theme.MUTED, theme.GOOD, theme.BAD, theme.PRIMARY):
        assert _contrast(text, theme.PAPER) >= 4.5
    for line in theme.SERIES:
        assert _contrast(line, theme.PAPER) >= 2.7
    lightness = sorted(_luminance(line) for line in theme.SERIES[:3])
    assert lightness[1] - lightness[0] > 0.1


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
