"""The result as CSV: one line per figure, exact values, safe to open in a spreadsheet.

The columns are those of `reports.renderers.tidy`.
"""

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from reports.renderers.file import RenderedFile, file_name
from reports.renderers.tidy import Field, long_table
from reports.result import ReportResult

# What a spreadsheet may take for the start of a formula, plain and full-width.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")


def render(result: ReportResult) -> RenderedFile:
    """The long table as UTF-8 CSV (RFC 4180), without a byte-order mark."""
    return _rendered(result, "csv", harmless)


def render_raw(result: ReportResult) -> RenderedFile:
    """As `render`, texts as they are: for programs, never for a spreadsheet."""
    return _rendered(result, "raw.csv", str)


def _rendered(result: ReportResult, extension: str, text_of: Callable[[str], str]) -> RenderedFile:
    table = long_table(result)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([_field(value, text_of) for value in line] for line in table.lines)
    content = text.getvalue().encode()
    return RenderedFile(file_name(result.header, extension), "text/csv; charset=utf-8", content)


def _field(value: Field, text_of: Callable[[str], str]) -> str:
    """A field as text: decimals in plain notation, dates as ISO, text made harmless."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case _:
            return text_of(value)


def harmless(text: str) -> str:
    """The text with a quote before what a spreadsheet would calculate.

    Quoting the field would not help: spreadsheets look at the text inside the quotes.
    """
    start = text.lstrip(" ")[:1]
    return f"'{text}" if start and start in _FORMULA_STARTS else text
