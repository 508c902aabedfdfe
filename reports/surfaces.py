"""Reading every rendering of a report back, and holding it against the figures of the result.

Which reports are read, and what the metric layer itself says, is in `orchestration.surfaces`.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import fastexcel

from reports.errors import FileUnreadable
from reports.renderers.file import RenderedFile
from reports.result import Cell, Figures, ReportResult

PRINTED = (
    "tiles",
    "gauge",
    "table",
    "bar",
    "bridge",
    "heat",
    "ageing",
    "reconciliation",
    "narrative",
)
"""Kinds of widgets whose every figure stands in the PDF as text; lines and columns are drawn."""
ALONE = ("tiles", "gauge", "bar", "bridge", "narrative")
"""Of these, the ones that print figures with their unit."""


@dataclass(frozen=True)
class Mismatch:
    """A figure that one surface does not show as the result has it."""

    surface: str
    place: str
    expected: str
    found: str


def check_file(result: ReportResult, file_format: str, file: RenderedFile) -> Iterator[Mismatch]:
    """What a file shows otherwise than the result says; nothing when it is right."""
    match file_format:
        case "json":
            yield from _json(result, file.content)
        case "csv" | "csv_raw":
            yield from _csv(result, file.content)
        case "xlsx":
            yield from _workbook(result, file.content)
        case "pdf":
            yield from _pdf(result, file.content)


def _expected(result: ReportResult) -> list[tuple[str, str]]:
    return [
        (f"{f.section.name}/{f.widget.name}/{f.cell.metric}", _plain(f.cell.value))
        for f in result.figures()
    ]


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _in_order(
    surface: str, expected: list[tuple[str, str]], found: list[str]
) -> Iterator[Mismatch]:
    if len(expected) != len(found):
        yield Mismatch(surface, "figures", str(len(expected)), str(len(found)))
        return
    for (place, want), got in zip(expected, found, strict=True):
        if want != got:
            yield Mismatch(surface, place, want, got)


def _json(result: ReportResult, content: bytes) -> Iterator[Mismatch]:
    found = ReportResult.model_validate_json(content)
    values = [_plain(figure.cell.value) for figure in found.figures()]
    yield from _in_order("json", _expected(result), values)
    if found != result:
        yield Mismatch("json", "result", "the whole of it", "something else")


def _csv(result: ReportResult, content: bytes) -> Iterator[Mismatch]:
    lines = csv.DictReader(io.StringIO(content.decode(), newline=""))
    yield from _heads("csv", lines.fieldnames or ())
    yield from _in_order("csv", _expected(result), [line["value"] for line in lines])


def _heads(surface: str, heads: Sequence[str]) -> Iterator[Mismatch]:
    """No two columns are called the same."""
    for name, count in Counter(heads).items():
        if count > 1:
            yield Mismatch(surface, f"column {name}", "x1", f"x{count}")


# workbook


def _workbook(result: ReportResult, content: bytes) -> Iterator[Mismatch]:
    book = fastexcel.read_excel(content)
    sheets = {
        name: book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        .to_polars()
        .rows()
        for name in book.sheet_names
    }
    data = sheets["Data"]
    heads = list(data[0])
    exact = [row[heads.index("exact_value")] or "" for row in data[1:]]
    yield from _in_order("xlsx data", _expected(result), exact)
    shown = [row[heads.index("value")] or "" for row in data[1:]]
    wanted = [(place, _float(text)) for place, text in _expected(result)]
    yield from _in_order("xlsx value", wanted, [_float(text) for text in shown])
    ranges = named_ranges(content)
    for section in result.sections:
        for widget in section.widgets:
            if (
                isinstance(widget, Figures)
                and widget.rows
                and widget.kind not in ("narrative", "changes")
            ):
                name = f"figures_{widget.name}"
                if name not in ranges:
                    yield Mismatch("xlsx", widget.name, "a named range", "none")
                    continue
                sheet, (top, left), (bottom, right) = ranges[name]
                cells = [sheets[sheet][r][left : right + 1] for r in range(top, bottom + 1)]
                yield from _numbers(widget, [text or "" for row in cells for text in row])


def _numbers(widget: Figures, texts: list[str]) -> Iterator[Mismatch]:
    """Every figure of the widget stands among the numbers of its range, as often as it occurs."""
    have = Counter(_float(text) for text in texts)
    want = Counter(_float(_plain(cell.value)) for row in widget.rows for cell in row.cells)
    want.pop("", None)
    for text, count in want.items():
        if have[text] < count:
            yield Mismatch("xlsx", widget.name, f"{text} x{count}", f"x{have[text]}")


def _float(text: str) -> str:
    """A number as a spreadsheet holds it."""
    if not text:
        return ""
    try:
        return repr(float(Decimal(text)))
    except InvalidOperation:
        return text


Corner = tuple[int, int]


def named_ranges(content: bytes) -> dict[str, tuple[str, Corner, Corner]]:
    """The named ranges of a workbook of ours: sheet, first and last cell, counted from 0."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("xl/workbook.xml").decode()
    found = {}
    pattern = r'<definedName name="(figures_\w+)">\'(.+?)\'!\$([A-Z]+)\$(\d+):\$([A-Z]+)\$(\d+)<'
    for name, sheet, *corners in re.findall(pattern, text):
        first, top, last, bottom = corners
        plain = sheet.replace("''", "'").replace("&amp;", "&")
        found[name] = (
            plain,
            (int(top) - 1, column_index(first)),
            (int(bottom) - 1, column_index(last)),
        )
    return found


def column_index(letters: str) -> int:
    """A is 0, Z is 25, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


# PDF


def _pdf(result: ReportResult, content: bytes) -> Iterator[Mismatch]:
    text = pdf_text(content)
    want: Counter[str] = Counter()
    places: dict[str, str] = {}
    for section in result.sections:
        for widget in section.widgets:
            if isinstance(widget, Figures) and widget.kind in PRINTED:
                for shown in _shown(widget):
                    want[shown] += 1
                    places[shown] = f"{section.name}/{widget.name}"
    for shown, count in want.items():
        have = len(re.findall(rf"(?<![\d.,]){re.escape(shown)}(?![\d%])", text))
        if have < count:
            yield Mismatch("pdf", places[shown], f"{shown} x{count}", f"x{have}")


def _shown(widget: Figures) -> Iterator[str]:
    """The figures a widget prints, as they are printed; dashes tell nothing."""
    for row in widget.rows:
        for cell in row.cells:
            if cell.value is None or (widget.kind == "narrative" and row.kind != "total"):
                continue
            yield _squeezed(_text_of(widget, cell))
            if widget.kind == "tiles" and cell.exact != cell.text:
                yield _squeezed(cell.exact)


def _text_of(widget: Figures, cell: Cell) -> str:
    return cell.text if widget.kind in ALONE else cell.bare


def pdf_text(content: bytes) -> str:
    """All text of a PDF, spaces taken out inside and around; raises `FileUnreadable`."""
    try:
        import pypdf
    except ImportError as error:
        raise FileUnreadable("reading PDF back needs pypdf: install the group dev") from error
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "\n".join(_squeezed(page.extract_text()) for page in pages)


def _squeezed(text: str) -> str:
    """No-break spaces as plain ones: French thousands are set apart by them."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def add_up(result: ReportResult) -> Iterator[Mismatch]:
    """Tables whose displayed parts do not add up to their displayed total."""
    units: Mapping[str, str] = {m.name: f"{m.unit} {m.additivity}" for m in result.measures}
    for section in result.sections:
        for widget in section.widgets:
            if not isinstance(widget, Figures) or widget.kind not in ("table", "ageing"):
                continue
            totals = [row for row in widget.rows if row.kind == "total"]
            for metric in widget.metrics if totals else ():
                unit, _, additivity = units[metric].partition(" ")
                total = totals[0].cell(metric)
                parts = [row.cell(metric) for row in widget.data_rows]
                whole = sum((cell.value or Decimal(0) for cell in parts), Decimal(0))
                if unit != "money" or additivity == "non_additive" or whole != total.value:
                    continue
                shown = sum((_number(cell.bare) for cell in parts), Decimal(0))
                if shown != _number(total.bare):
                    yield Mismatch("parts", f"{widget.name}/{metric}", total.bare, str(shown))


def _number(text: str) -> Decimal:
    """A printed amount back as a number, in either language."""
    plain = re.sub(r"[^\d,.\-]", "", _squeezed(text))
    if "," in plain and "." not in plain and re.search(r",\d{2}$", plain):
        plain = plain.replace(",", ".")
    return Decimal(plain.replace(",", "") or "0")
