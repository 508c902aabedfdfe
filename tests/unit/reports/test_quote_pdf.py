"""A quote as a PDF: what stands on it, in either language, and what does not."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from app.screens.texts import code_text
from crm_core.enums import ItemCategory
from crm_core.enums_office import LineUnit
from crm_core.services.finance.pricing import Line
from crm_core.services.sales.quote_sheet import QuoteSheet
from reports.quote_pdf import WORDS, render_quote

LABOUR = Line(
    category=ItemCategory.MOVING_SERVICES, description="Three movers & a truck",
    quantity=Decimal("6.50"), unit_amount=Decimal("189.00"), discount_amount=Decimal("28.50"),
    unit=LineUnit.HOUR, estimated_cost_amount=Decimal("777.77"),
)  # fmt: skip
PIANO = Line(
    category=ItemCategory.MOVING_SERVICES, description="Upright piano <upstairs>",
    quantity=Decimal(1), unit_amount=Decimal("150.00"), is_optional=True, is_selected=False,
)  # fmt: skip
SHEET = QuoteSheet(
    company="Northway Movers", branch="Montréal", contact=("514 555 0100", "mtl@northway.example"),
    number="Q-2026-000123", version=2, is_draft=False, language="fr", currency="CAD",
    customer="Élodie Tremblay", offered_on=date(2026, 11, 20), valid_until_on=date(2026, 12, 20),
    move_on=date(2026, 12, 5), service_type="MOVING", move_size="2-bedroom apartment",
    provinces=("QC", "ON"), crew_size=3, truck_count=1, estimated_minutes=390,
    lines=(LABOUR, PIANO), subtotal_amount=Decimal("1200.00"), discount_amount=Decimal("50.00"),
    tax_amount=Decimal("149.50"), total_amount=Decimal("1299.50"),
    deposit_amount=Decimal("200.00"), terms="Paid on the day.\nFragile things are named.",
)  # fmt: skip


def text_of(sheet: QuoteSheet) -> str:
    """Everything that is written on the pages, with plain blanks."""
    reader = PdfReader(BytesIO(render_quote(sheet, code_text).content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_it_speaks_the_language_of_the_customer() -> None:
    french = text_of(SHEET)
    for piece in (
        "Devis Q-2026-000123", "Version 2", "Élodie Tremblay", "Appartement, 2 chambres",
        "QC → ON", "6 h 30", "Équipe 3, camions 1", "Sous-total", "1 299,50 $",
        "Options, non comprises",
        "Upright piano <upstairs>", "Three movers & a truck", "6,50 heure",
    ):  # fmt: skip
        assert piece in french, piece
    english = text_of(replace(SHEET, language="en"))
    for piece in ("Quote Q-2026-000123", "$1,299.50", "6.50 hour", "Deposit on acceptance"):
        assert piece in english, piece
    assert "Draft" not in english


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_not_known_or_not_theirs_is_left_out(language: str) -> None:
    bare = replace(
        SHEET, language=language, customer=None, branch=None, contact=(), move_on=None,
        move_size=None, provinces=(None, None), crew_size=None, estimated_minutes=None,
        deposit_amount=Decimal(0), discount_amount=Decimal(0), terms=None, is_draft=True,
    )  # fmt: skip
    text = text_of(bare)
    assert "777" not in text_of(SHEET) and "Tremblay" not in text
    for key in ("for", "move", "size", "way", "crew", "time", "deposit", "discount_all", "terms"):
        assert f"{WORDS[key][language == 'fr']} " not in text.replace("Total", ""), key
    assert WORDS["draft"][language == "fr"] in text


def test_many_lines_run_over_pages_and_the_same_sheet_gives_the_same_bytes() -> None:
    many = replace(SHEET, lines=(LABOUR,) * 60)
    made = render_quote(many, code_text)
    assert made.content == render_quote(many, code_text).content
    reader = PdfReader(BytesIO(made.content))
    assert len(reader.pages) >= 2 and made.filename == "Q-2026-000123.pdf"
    faces = {
        str(font["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert all("Lato" in face for face in faces)
