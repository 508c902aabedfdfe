"""One figure, every surface: command line, report result, PDF, workbook, CSV, JSON and page."""

import csv
import io
import json
from decimal import Decimal

import fastexcel
import pypdf
import pytest

from crm_core.services.tenancy.access import subject_of
from orchestration.questions import ask
from reports.render import render_report
from tests.conftest import Demo

PERIOD = "2026-W46"
METRICS = ("booked_amount", "service_revenue", "invoiced_revenue", "cash_collected", "receivables")
READERS = ("exec@northway.example", "manager.vanc@northway.example")


@pytest.mark.parametrize("reader", READERS)
def test_a_figure_is_the_same_everywhere(demo: Demo, reader: str) -> None:
    subject = subject_of(reader)
    answered = ask(subject, names=METRICS, period=PERIOD).payload["totals"]
    figures = {name: Decimal(str(answered[name])) for name in METRICS}
    assert all(figures[name] > 0 for name in METRICS), (
        "the demo's week must have figures to compare"
    )

    files = {
        file.filename.rsplit(".", 1)[1]: file.content
        for file in render_report(
            subject, "executive_weekly", PERIOD, ("pdf", "xlsx", "csv", "json")
        )
    }
    pdf = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["pdf"])).pages)
    cells = numbers_of(files["xlsx"])
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    report = json.loads(files["json"])
    for name, figure in figures.items():
        assert f"{figure:,.2f}" in pdf, f"{name} is not in the PDF"
        assert figure in cells, f"{name} is not in the workbook"
        assert figure in {
            Decimal(row["value"]) for row in rows if row["metric"] == name and row["value"]
        }, f"{name} is not in the CSV"
        assert figure in set(numbers_in(report)), f"{name} is not in the JSON"


def numbers_of(workbook: bytes) -> set[Decimal]:
    """Every number of every sheet, to the cent."""
    reader = fastexcel.read_excel(workbook)
    return {
        Decimal(str(value)).quantize(Decimal("0.01"))
        for sheet in reader.sheet_names
        for column in reader.load_sheet(sheet, header_row=None).to_polars().iter_columns()
        for value in column
        if isinstance(value, int | float) or _is_number(value)
    }


def _is_number(value: object) -> bool:
    return isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit()


def numbers_in(node: object) -> list[Decimal]:
    """Every number of a JSON document, however deep; decimals are written as text."""
    if isinstance(node, dict):
        return [n for value in node.values() for n in numbers_in(value)]
    if isinstance(node, list):
        return [n for value in node for n in numbers_in(value)]
    return [Decimal(str(node))] if _is_number(str(node)) and node is not None else []
