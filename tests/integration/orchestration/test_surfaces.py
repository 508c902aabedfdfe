"""One figure, every surface: command line, report result, PDF, workbook, CSV, JSON and page."""

import csv
import io
import json
import os
import re
import shutil
import zipfile
from decimal import Decimal

import fastexcel
import pypdf
import pytest

from crm_core.services.tenancy.access import subject_of
from orchestration.questions import ask
from orchestration.surfaces import verify_surfaces
from orchestration.surfaces_office import recalculated
from reports.render import render_report
from tests.conftest import Demo
from transforms.metrics.errors import MetricNotAllowed

pytestmark = pytest.mark.long

PERIOD = "2026-W46"
GUARDED = "customer_lifetime_value"
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


def test_generated_reports_say_the_same_everywhere(demo: Demo) -> None:
    """`crm verify surfaces` does two hundred."""
    subjects = {email: subject_of(email) for email in READERS}
    found = verify_surfaces(subjects, 6, 1, lambda _: None, recalculate=0)
    assert found.differences == []
    assert found.missed == []
    assert found.figures > 100 and len(found.metrics) > 20
    assert found.found == found.mutations > 0


def test_a_metric_of_a_guarded_column_is_refused_by_name(demo: Demo) -> None:
    """The mart is open to sales, its column of profits is not: no query is tried."""
    with pytest.raises(MetricNotAllowed, match=r"expected_profit_amount, which your role may not"):
        ask(subject_of("sales.vanc@northway.example"), names=(GUARDED,), period=PERIOD)
    ask(subject_of("exec@northway.example"), names=(GUARDED,), period=PERIOD)


def test_formulas_are_computed_anew_by_another_spreadsheet(demo: Demo) -> None:
    if shutil.which("soffice") is None:
        reason = "LibreOffice is not installed: apt-get install libreoffice-calc"
        if os.environ.get("CRM_OFFICE") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    subject = subject_of(READERS[0])
    (file,) = render_report(subject, "executive_weekly", PERIOD, ("xlsx",))
    forged = with_other_results(file.content)
    cells = list(recalculated([file.content, forged]))
    honest = [cell for cell in cells if cell.place.startswith("book0")]
    assert honest and len(honest) * 2 == len(cells)
    assert [cell for cell in honest if not cell.is_same] == []
    assert not any(cell.is_same for cell in cells if cell.place.startswith("book1"))


def with_other_results(workbook: bytes) -> bytes:
    """A workbook whose formulas carry results that are a cent too high."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            text = old.read(info.filename)
            if info.filename.startswith("xl/worksheets/sheet"):
                text = re.sub(
                    rb"</f><v>([^<]+)</v>",
                    lambda found: b"</f><v>%.2f</v>" % (float(found[1]) + 0.01),
                    text,
                )
            new.writestr(info, text)
    return out.getvalue()
