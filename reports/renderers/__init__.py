"""One result, several files: what a renderer gives back, and which renderer writes which format.

Each renderer stands in its own module and draws only what the result says.
"""

from collections.abc import Iterable

from reports.errors import FormatUnknown
from reports.renderers.accessible import render as render_accessible
from reports.renderers.csv import render as render_csv
from reports.renderers.csv import render_raw
from reports.renderers.file import RenderedFile, Renderer
from reports.renderers.json import render as render_json
from reports.renderers.pdf import render as render_pdf
from reports.renderers.xlsx import render as render_xlsx
from reports.result import ReportResult

__all__ = [
    "ACCESSIBLE",
    "RENDERERS",
    "VARIANTS",
    "RenderedFile",
    "Renderer",
    "render",
    "render_all",
]

ACCESSIBLE = "pdf_ua"

RENDERERS: dict[str, Renderer] = {
    "pdf": render_pdf,
    "xlsx": render_xlsx,
    "csv": render_csv,
    "json": render_json,
    "csv_raw": render_raw,
    ACCESSIBLE: render_accessible,
}
VARIANTS = {"csv_raw": "csv", ACCESSIBLE: "pdf"}
"""Formats that are made wherever another one is, asked for by their own name."""


def render(result: ReportResult, file_format: str) -> RenderedFile:
    """The result as one file; raises `FormatUnknown`."""
    try:
        renderer = RENDERERS[file_format]
    except KeyError:
        known = ", ".join(RENDERERS)
        raise FormatUnknown(f"no format {file_format!r}: use one of {known}") from None
    return renderer(result)


def render_all(result: ReportResult, formats: Iterable[str]) -> tuple[RenderedFile, ...]:
    """The result as several files, in the order asked for."""
    return tuple(render(result, name) for name in formats)
