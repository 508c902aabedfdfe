"""Text of people stays text: in markup, formulas, links, headers and file names."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from uuid import UUID

import pypdf
import pytest

from reports.delivery.message import build_letter, message_id
from reports.format import formatter
from reports.renderers import render, render_all
from reports.renderers.csv import harmless
from reports.result import ReportResult
from tests.unit.reports.samples import branches, result
from tests.unit.reports.shared import pdf_text, sheet

pytestmark = pytest.mark.long

ID = UUID("01900000-0000-7000-8000-000000000001")

FORMULAS = (
    "=1+1", "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x.example\")",
    "{=1+1}", "\t=1", "\r=1", "\n=1", "\0=1", "＝1+1", "＋1", "－1", "＠SUM(1)", "  =1+1",
)  # fmt: skip
LINKS = ("http://evil.example", "mailto:a@b.example", "internal:Data!A1", "external:c:\\x.xlsx")
MARKUP = (
    "Bob & <b>Co", '<img src="/etc/passwd"/>', "<para>", "</para>", "<font color=red>x</font>",
    "<a href='http://x.example'>y</a>", "&lt;&amp;", "<onDraw name='x'/>", "]]>", "<!--",
)  # fmt: skip
STRANGE = (
    "🚚 Déménagement", "שלום עולם", "مرحبا", "x\u202egnp.exe", "a\u0000b\u0007c", "零一二三",
    "Ğİşçi Žluťoučký", "\ufeffBOM", "\u2028line", "z" * 10_000, "é" * 300, "",
)  # fmt: skip
PAYLOADS = FORMULAS + LINKS + MARKUP + STRANGE


def infected(payload: str) -> ReportResult:
    """The sample with a payload wherever text of people may stand."""
    plain = result(names=[payload, "Safe"], note=payload)
    header = plain.header.model_copy(
        update={"company": payload, "scope": payload, "generated_for": payload}
    )
    sections = tuple(s.model_copy(update={"title": payload}) for s in plain.sections)
    return plain.model_copy(update={"header": header, "sections": sections})


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_pdf_shows_text_as_text(payload: str) -> None:
    content = render(infected(payload), "pdf").content
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert len(reader.pages) >= 2
    assert b"/URI" not in content and b"/Launch" not in content and b"/JavaScript" not in content
    assert "root:" not in pdf_text(content)
    assert "Safe" in pdf_text(content)


def test_markup_is_printed_letter_by_letter() -> None:
    text = pdf_text(render(infected("Bob & <b>Co"), "pdf").content)
    assert text.count("Bob & <b>Co") >= 4


OUR_FORMULA = re.compile(r"SUM\([A-Z]+\d+:[A-Z]+\d+\)|ROUND\(SUM\([A-Z\d:]+\)-[A-Z]+\d+,2\)")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_workbook_never_calculates_or_links_text(payload: str) -> None:
    content = render(infected(payload), "xlsx").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if "worksheets/sheet" in n]
        links = [name for name in archive.namelist() if "_rels/sheet" in name]
        rels = "".join(archive.read(name).decode() for name in links)
    # The only formulas are sums of our own cells: nobody's text is in them.
    formulas = [found for text in sheets for found in re.findall(r"<f\b[^>]*>([^<]*)</f>", text)]
    assert all("<f " not in text for text in sheets)
    assert all(OUR_FORMULA.fullmatch(formula) for formula in formulas)
    assert "hyperlink" not in rels
    assert all("<hyperlink" not in text for text in sheets)
    rows = sheet(content, "Data")
    names = {row[rows[0].index("branch_name")] for row in rows[1:]}
    assert "Safe" in names
    if payload in (*FORMULAS, *LINKS) and "\0" not in payload and "\r" not in payload:
        assert payload in names


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_csv_field_never_starts_a_formula(payload: str) -> None:
    text = render(infected(payload), "csv").content.decode()
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    names = {line["branch_name"] for line in lines}
    assert "Safe" in names
    assert harmless(payload) in names
    for field in names | {line["branch"] for line in lines}:
        assert not re.match(r"\s*[=+\-@\0＝＋－＠]", field)
    # Numbers are numbers, with their sign.
    assert all(not line["value"].startswith("'") for line in lines)


@pytest.mark.parametrize("payload", [text for text in FORMULAS if not text.startswith("{")])
def test_formula_starts_get_a_quote(payload: str) -> None:
    assert harmless(payload) == f"'{payload}"


def test_plain_text_is_left_alone() -> None:
    for text in ("Vancouver", "St. John’s", "a=b", "3-4", "", " x", "'quoted"):
        assert harmless(text) == text


def test_a_cell_too_long_for_excel_is_cut_and_marked() -> None:
    long = "y" * 40_000
    widget = branches(formatter("en-CA"), [long, "Safe"])
    section = result().sections[1].model_copy(update={"widgets": (widget,)})
    content = render(result().model_copy(update={"sections": (section,)}), "xlsx").content
    cells = [cell or "" for row in sheet(content, "Branches") for cell in row]
    longest = max(cells, key=len)
    assert len(longest) == 32_767
    assert longest.endswith("…")


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@x.example", 'Eve" <x@y.example>', "Zoë, PhD", "名前", "\0\x07", ""]
)
def test_a_name_cannot_write_headers(name: str) -> None:
    infection = infected("X\r\nBcc: all@x.example")
    letter = build_letter(
        infection,
        render_all(infection, ("pdf",)),
        name=name,
        email="eve@northway.example",
        identifier=message_id(ID, "executive_weekly", "w", ID),
        at=datetime(2026, 11, 16, 12, 0, tzinfo=UTC),
    )
    message = letter.message
    assert message["Bcc"] is None
    assert [a.addr_spec for a in message["To"].addresses] == ["eve@northway.example"]
    head = letter.content.partition(b"\r\n\r\n")[0]
    assert not re.search(rb"(?mi)^bcc:", head)
    assert re.fullmatch(r"[a-z0-9_\-]+", letter.name)
