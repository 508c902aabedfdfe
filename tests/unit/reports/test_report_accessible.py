"""The accessible PDF: tagged, charts in words, the same figures, and only text from people."""

import io
import re
from typing import Any

import pypdf
import pytest

from reports.renderers import ACCESSIBLE, render
from reports.renderers.accessible import ENDING
from reports.result import Figures, ReportResult
from reports.verify import identity_of, verify
from tests.unit.reports import samples
from tests.unit.reports.shared import executive_weekly, pdf_text

HOSTILE = (
    '#panic("x") *bold* _it_ $x^2$ <tag> @ref // no comment',
    '=HYPERLINK("http://x.example")',
    "Zoë 😀 שלום مرحبا 李",
    "long " * 2_000,
)
CHARTS = ("line", "bar", "stacked", "histogram", "bridge", "gauge")


def marks(content: bytes) -> list[dict[str, Any]]:
    """Every element of the structure tree."""
    found: list[dict[str, Any]] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                walk(node["/K"])

    walk(pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"])
    return found


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(("of", "locale"), [(samples.result, "en-CA"), (executive_weekly, "fr-CA")])
def test_it_is_tagged_and_says_what_the_report_says(of: Any, locale: str) -> None:
    result: ReportResult = of(locale)
    file = render(result, ACCESSIBLE)
    assert file.filename.endswith(f".{ENDING}")
    assert file.content == render(result, ACCESSIBLE).content, "the same bytes again"
    root = pypdf.PdfReader(io.BytesIO(file.content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith(locale[:2])
    assert b"pdfuaid:part" in file.content

    tree = marks(file.content)
    kinds = [mark["/S"] for mark in tree]
    widgets = [w for section in result.sections for w in section.widgets]
    charts = [w for w in widgets if isinstance(w, Figures) and w.kind in CHARTS and w.rows]
    figures = [mark for mark in tree if mark["/S"] == "/Figure"]
    assert len(figures) == len(charts) and kinds.count("/H2") == len(result.sections) + 1
    for figure, widget in zip(figures, charts, strict=True):
        assert figure["/Alt"].startswith(widget.title)
    assert kinds.count("/TH") > 10

    text = squeezed(pdf_text(file.content))
    for figure in result.figures():
        if figure.cell.value is not None:
            shown = {squeezed(figure.cell.exact), squeezed(figure.cell.bare)}
            assert any(each in text for each in shown), figure.cell


def test_what_people_typed_stays_text() -> None:
    result = samples.result(names=HOSTILE, note=HOSTILE[0])
    text = squeezed(pdf_text(render(result, ACCESSIBLE).content))
    assert squeezed(HOSTILE[0]) in text and squeezed(HOSTILE[1]) in text
    assert "Zoë" in text and "[U+1F600]" in text and text.count("long") >= 2_000


def test_it_says_what_it_is_and_is_verified() -> None:
    result = executive_weekly()
    file = render(result, ACCESSIBLE)
    assert identity_of(file.filename, file.content).report == "executive_weekly"
    outcome = verify(file.filename, file.content, lambda _: result)
    assert outcome.same_bytes
    assert verify(file.filename, file.content + b" ", lambda _: result).differences
