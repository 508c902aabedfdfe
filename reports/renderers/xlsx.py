"""The result as a workbook: summary, a sheet per section, the long data, the definitions.

Every cell has its type; text of people never becomes a formula or a link.
"""

import io
from datetime import UTC
from decimal import Decimal

from xlsxwriter import Workbook

from reports.renderers.file import RenderedFile, file_name
from reports.renderers.pivot import is_layered
from reports.renderers.tidy import Field, long_table
from reports.renderers.xlsx_shapes import bridge, changes, matrix, told
from reports.renderers.xlsx_sheet import ABOUT_SHEET, DATA_SHEET, Sheet, Styles
from reports.result import Facts, Figures, Paragraph, ReportResult, Section
from reports.words import basis_word, unit_word, word

TILES = ("tiles", "gauge")
"""Kinds that stand on the summary sheet."""
STREAM_FROM = 200_000
"""Cells above which the workbook is streamed."""

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def render(result: ReportResult) -> RenderedFile:
    """The result as XLSX bytes, the same for the same result."""
    buffer = io.BytesIO()
    streamed = _cells(result) > STREAM_FROM
    # Streaming writes rows to disk as they come, and cannot make tables of them.
    options = _OPTIONS | {"in_memory": not streamed, "constant_memory": streamed}
    book = Workbook(buffer, options)
    header = result.header
    book.set_properties(
        {
            "title": f"{header.title}, {header.period.text}",
            "subject": header.scope,
            "author": header.company,
            "comments": header.description,
            # The date of the data, not of the rendering: the same result gives the same bytes.
            "created": header.as_of.astimezone(UTC).replace(tzinfo=None),
        }
    )
    styles = Styles(book, result, streamed=streamed)
    _summary(styles, result)
    for section in result.sections:
        if any(widget.kind not in TILES for widget in section.widgets):
            _section(styles, section)
    _data(styles, result)
    _definitions(styles, result)
    _about(styles, result)
    book.close()
    return RenderedFile(file_name(header, "xlsx"), MEDIA_TYPE, buffer.getvalue())


def _cells(result: ReportResult) -> int:
    """About how many cells the workbook has."""
    figures = sum(1 for _ in result.figures())
    return figures * (len(long_table(result).columns) + 2)


def _summary(styles: Styles, result: ReportResult) -> None:
    """Who, what, when, from which data; then every tile of the report."""
    header = result.header
    locale = header.locale
    sheet = Sheet(styles, word("summary", locale))
    sheet.title(header.title)
    sheet.line(header.description)
    if header.stamp:
        sheet.line(header.stamp)
    sheet.skip()
    for label, text in (
        (word("company", locale), header.company),
        (word("scope", locale), header.scope),
        *([(word("filters", locale), header.filters)] if header.filters else []),
        (word("period", locale), header.period.text),
        (word("as_of", locale), header.as_of_text),
        (word("publication", locale), str(header.publication_id)),
        (word("definitions_version", locale), header.definitions[:12]),
        (word("generated_for", locale), header.generated_for),
    ):
        sheet.fact(label, text)
    for section in result.sections:
        for widget in section.widgets:
            if isinstance(widget, Figures) and widget.kind in TILES and widget.rows:
                sheet.tiles(widget)
    sheet.finish()


def _section(styles: Styles, section: Section) -> None:
    """The widgets of one section below each other, charts beside their figures."""
    sheet = Sheet(styles, section.title)
    sheet.title(section.title)
    tables = [
        widget
        for widget in section.widgets
        if isinstance(widget, Figures) and widget.kind not in TILES
    ]
    for widget in section.widgets:
        match widget:
            case Paragraph():
                sheet.heading(widget.title)
                sheet.line(widget.text)
            case Facts():
                sheet.heading(widget.title)
                for fact in widget.facts:
                    sheet.fact(fact.label, fact.text)
            case Figures() if widget.kind in TILES:
                pass
            case Figures(kind="narrative"):
                told(sheet, widget)
            case Figures(kind="changes"):
                changes(sheet, widget)
            case Figures(kind="bridge") if widget.rows:
                bridge(sheet, widget)
            case Figures(kind="heat") if widget.rows:
                matrix(sheet, widget, shaded=True)
            case Figures(kind="stacked") if is_layered(widget):
                matrix(sheet, widget, shaded=False)
            case Figures():
                sheet.figures(widget, freeze=len(tables) == 1)
    sheet.finish()


def _data(styles: Styles, result: ReportResult) -> None:
    """Every figure on a line of its own, the exact value beside the number as text."""
    table = long_table(result)
    sheet = Sheet(styles, DATA_SHEET, landscape=True)
    heads = [column.name for column in table.columns]
    at = heads.index("value")
    lines = (
        (*line, f"{value:f}" if isinstance(value := line[at], Decimal) else None)
        for line in table.lines
    )
    sheet.plain_table([*heads, "exact_value"], lines)
    sheet.finish()


def _definitions(styles: Styles, result: ReportResult) -> None:
    """What each metric means."""
    locale = result.header.locale
    sheet = Sheet(styles, word("definitions", locale), landscape=True)
    heads = ("metric", "id", "unit", "basis", "definition", "worked_by", "name")
    sheet.plain_table(
        [word(name, locale) for name in heads],
        [
            (
                measure.label,
                measure.id,
                unit_word(measure.unit, locale),
                basis_word(measure.basis, locale),
                measure.formula,
                measure.owner,
                measure.name,
            )
            for measure in result.measures
        ],
    )
    sheet.finish()


def _about(styles: Styles, result: ReportResult) -> None:
    """What `verify` needs to compute the workbook again."""
    header = result.header
    sheet = Sheet(styles, ABOUT_SHEET)
    facts: list[tuple[Field, ...]] = [
        ("format_version", str(result.format_version)),
        ("report", header.report),
        ("period_start", header.period.start.isoformat()),
        ("period_end", header.period.end.isoformat()),
        ("locale", header.locale),
        ("publication_id", str(header.publication_id)),
        ("definitions", header.definitions),
        ("as_of", header.as_of.isoformat()),
        ("generated_for", header.generated_for),
        ("filters", header.filters),
        ("before", header.before),
    ]
    sheet.plain_table(["name", "value"], facts)
    sheet.finish()
