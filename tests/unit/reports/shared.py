"""The executive weekly over made-up figures, and what the tests read back from files."""

import io
from decimal import Decimal
from functools import cache

import fastexcel
import pypdf

from crm_core.enums import PermissionScope
from reports.reader import Reader
from reports.result import ReportResult
from reports.run import compose
from reports.spec import load_report
from tests.unit.reports.fake_metrics import TODAY, desk
from transforms.metrics.period import parse_period

READER = Reader(
    company="Northway Moving",
    timezone="America/Toronto",
    currency="CAD",
    scope=PermissionScope.CLIENT,
    branches=(),
    sign_in="exec@northway.example",
)


@cache
def executive_weekly(locale: str = "en-CA") -> ReportResult:
    """The report of the week before the fixed day."""
    week = parse_period("last_week", TODAY)
    return compose(load_report("executive_weekly"), desk(locale), READER, week)


def pdf_text(content: bytes) -> str:
    """All text of a PDF, with plain spaces."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")


def sheet(content: bytes, name: str) -> list[tuple[str | None, ...]]:
    """The rows of a workbook's sheet, every cell as text."""
    book = fastexcel.read_excel(content)
    loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    return loaded.to_polars().rows()


def decimals(values: list[Decimal | None]) -> list[str]:
    """Values as a file writes them."""
    return ["" if value is None else f"{value:f}" for value in values]
