"""A quote as a letter-size PDF: letterhead, the move, the lines, the totals, the terms.

What stands on it is `crm_core.services.sales.quote_sheet`.
"""

import io
from collections.abc import Callable
from typing import Any, Final

from reportlab.lib.pagesizes import letter
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from crm_core.services.finance.pricing import Line
from crm_core.services.sales.quote_sheet import QuoteSheet
from reports import theme
from reports.format import Formatter, formatter
from reports.renderers.file import RenderedFile
from reports.renderers.pdf_fonts import color, fitted, markup, plain, register_fonts, style

SIDE: Final = 54.0
TOP: Final = 48.0
BOTTOM: Final = 54.0

WORDS: Final[dict[str, tuple[str, str]]] = {
    "quote": ("Quote", "Devis"),
    "version": ("Version {number}", "Version {number}"),
    "draft": ("Draft: not offered yet", "Brouillon : pas encore offert"),
    "for": ("For", "Pour"),
    "offered": ("Date", "Date"),
    "valid": ("Valid until", "Valide jusqu’au"),
    "move": ("Move date", "Date du déménagement"),
    "service": ("Service", "Service"),
    "size": ("Size", "Taille"),
    "way": ("From, to", "De, vers"),
    "crew": ("Crew and trucks", "Équipe et camions"),
    "people": ("Crew {crew}, trucks {trucks}", "Équipe {crew}, camions {trucks}"),
    "time": ("Estimated time", "Durée estimée"),
    "description": ("Description", "Description"),
    "quantity": ("Quantity", "Quantité"),
    "price": ("Price", "Prix"),
    "amount": ("Amount", "Montant"),
    "discount": ("discount {amount}", "rabais {amount}"),
    "options": ("Options, not in the total", "Options, non comprises dans le total"),
    "subtotal": ("Subtotal", "Sous-total"),
    "discount_all": ("Discount", "Rabais"),
    "tax": ("Taxes", "Taxes"),
    "total": ("Total", "Total"),
    "deposit": ("Deposit on acceptance", "Dépôt à l’acceptation"),
    "terms": ("Terms", "Conditions"),
    "accepted": (
        "Accepted: name, signature, date",
        "Accepté : nom, signature, date",
    ),
    "page": ("Page {page}", "Page {page}"),
}

CodeText = Callable[[str, str], str]
"""What people call a code, in a locale."""


def render_quote(sheet: QuoteSheet, code_text: CodeText) -> RenderedFile:
    """The sheet as PDF bytes, the same for the same sheet."""
    register_fonts()
    locale = "fr-CA" if sheet.language.startswith("fr") else "en-CA"
    buffer = io.BytesIO()
    title = f"{_word('quote', locale)} {sheet.number}"
    document = BaseDocTemplate(
        buffer, pagesize=letter, title=plain(title), author=plain(sheet.company), lang=locale,
        displayDocTitle=True, invariant=1, initialFontName=theme.REGULAR,
    )  # fmt: skip
    room = letter[0] - 2 * SIDE
    frame = Frame(SIDE, BOTTOM, room, letter[1] - TOP - BOTTOM, leftPadding=0, rightPadding=0,
                  topPadding=0, bottomPadding=0)  # fmt: skip
    template = PageTemplate("page", [frame], onPage=_foot(sheet, title, locale))
    document.addPageTemplates([template])
    show = formatter(locale, sheet.currency)
    story = [
        *_head(sheet, title, locale),
        _facts(sheet, show, code_text, room),
        Spacer(1, 16),
        _line_table([line for line in sheet.lines if _counts(line)], show, code_text, room),
        KeepTogether([_totals(sheet, show, room)]),
        *_options(sheet, show, code_text, room),
        *_end(sheet, locale, room),
    ]
    document.build(story)
    return RenderedFile(f"{plain(sheet.number)}.pdf", "application/pdf", buffer.getvalue())


def _word(key: str, locale: str, **values: object) -> str:
    text = WORDS[key][locale.startswith("fr")]
    return text.format(**values) if values else text


def _head(sheet: QuoteSheet, title: str, locale: str) -> list[Flowable]:
    company = " · ".join(filter(None, (sheet.company, sheet.branch)))
    parts: list[Flowable] = [
        Paragraph(markup(company), style(11, face=theme.SEMIBOLD, ink=theme.PRIMARY)),
        Paragraph(markup(" · ".join(sheet.contact)), style(8.5, ink=theme.MUTED, before=1)),
        Spacer(1, 16),
        Paragraph(markup(title), style(22, face=theme.BOLD, leading=1.2)),
    ]
    if sheet.version > 1:
        version = _word("version", locale, number=sheet.version)
        parts.append(Paragraph(markup(version), style(9, ink=theme.MUTED)))
    if sheet.is_draft:
        stamp = style(10, face=theme.SEMIBOLD, ink=theme.BAD, before=3)
        parts.append(Paragraph(markup(_word("draft", locale)), stamp))
    return [*parts, Spacer(1, 12)]


def _facts(sheet: QuoteSheet, show: Formatter, code_text: CodeText, room: float) -> Table:
    """Label and value in two columns side by side; what is not known is left out."""
    locale = show.locale
    known: list[tuple[str, str | None]] = [
        ("for", sheet.customer),
        ("offered", show.day(sheet.offered_on)),
        ("valid", show.day(sheet.valid_until_on)),
        ("move", show.day(sheet.move_on) if sheet.move_on else None),
        ("service", code_text(sheet.service_type, locale)),
        ("size", sheet.move_size and code_text(sheet.move_size, locale)),
        ("way", " → ".join(filter(None, sheet.provinces)) or None),
        ("crew", _people(sheet, locale)),
        ("time", _hours(sheet.estimated_minutes)),
    ]
    pairs = [(_word(key, locale), text) for key, text in known if text]
    label, value = style(8, ink=theme.MUTED), style(9.5, leading=1.25)
    cells = [
        [Paragraph(markup(name), label), Paragraph(markup(str(text)), value)]
        for name, text in pairs
    ]
    if len(cells) % 2:
        cells.append(["", ""])
    half = len(cells) // 2
    rows = [left + right for left, right in zip(cells[:half], cells[half:], strict=True)]
    shares = (0.16, 0.34, 0.16, 0.34)
    return Table(
        rows,
        colWidths=[room * share for share in shares],
        style=TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), theme.REGULAR, 9.5),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LINEABOVE", (0, 0), (-1, 0), 0.8, color(theme.PRIMARY)),
                ("LINEBELOW", (0, -1), (-1, -1), 0.4, color(theme.RULE)),
            ]
        ),
    )


def _hours(minutes: int | None) -> str | None:
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes else None


def _people(sheet: QuoteSheet, locale: str) -> str | None:
    if not sheet.crew_size or not sheet.truck_count:
        return None
    return _word("people", locale, crew=sheet.crew_size, trucks=sheet.truck_count)


def _counts(line: Line) -> bool:
    """Whether the line is in the total."""
    return not line.is_optional or line.is_selected


def _options(
    sheet: QuoteSheet, show: Formatter, code_text: CodeText, room: float
) -> list[Flowable]:
    options = [line for line in sheet.lines if not _counts(line)]
    if not options:
        return []
    head = style(9.5, face=theme.SEMIBOLD, before=14, after=4)
    return [
        Paragraph(markup(_word("options", show.locale)), head),
        _line_table(options, show, code_text, room),
    ]


def _line_table(lines: list[Line], show: Formatter, code_text: CodeText, room: float) -> Table:
    locale = show.locale
    left = style(8, face=theme.SEMIBOLD, ink=theme.MUTED)
    right = style(8, face=theme.SEMIBOLD, ink=theme.MUTED, right=True)
    names = ("quantity", "price", "amount")
    rows: list[list[Any]] = [
        [Paragraph(markup(_word("description", locale)), left)]
        + [Paragraph(markup(_word(name, locale)), right) for name in names]
    ]
    text, number = style(9.5, leading=1.3), style(9.5, right=True)
    for line in lines:
        unit = f" {code_text(line.unit, locale).lower()}" if line.unit else ""
        places = 0 if line.quantity == int(line.quantity) else 2
        description = markup(line.description)
        if line.discount_amount:
            off = _word("discount", locale, amount=show.money(line.discount_amount))
            description += f'<br/><font size="8" color="{theme.MUTED}">{markup(off)}</font>'
        rows.append(
            [
                Paragraph(description, text),
                Paragraph(markup(show.decimal(line.quantity, places) + unit), number),
                Paragraph(markup(show.money(line.unit_amount)), number),
                Paragraph(markup(show.money(line.total_amount)), number),
            ]
        )
    return Table(
        rows,
        colWidths=[room * share for share in (0.49, 0.19, 0.15, 0.17)],
        repeatRows=1,
        style=TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), theme.REGULAR, 9.5),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, color(theme.INK)),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, color(theme.RULE)),
            ]
        ),
    )


def _totals(sheet: QuoteSheet, show: Formatter, room: float) -> Table:
    locale = show.locale
    sums = [("subtotal", sheet.subtotal_amount)]
    if sheet.discount_amount:
        sums.append(("discount_all", -sheet.discount_amount))
    sums += [("tax", sheet.tax_amount), ("total", sheet.total_amount)]
    last = len(sums) - 1
    if sheet.deposit_amount:
        sums.append(("deposit", sheet.deposit_amount))
    rows = []
    for index, (key, amount) in enumerate(sums):
        face = theme.BOLD if index == last else theme.REGULAR
        size = 11 if index == last else 9.5
        rows.append(
            [
                "",
                Paragraph(markup(_word(key, locale)), style(size, face=face)),
                Paragraph(markup(show.money(amount)), style(size, face=face, right=True)),
            ]
        )
    return Table(
        rows,
        colWidths=[room * share for share in (0.5, 0.3, 0.2)],
        spaceBefore=6,
        style=TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), theme.REGULAR, 9.5),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
                ("LINEABOVE", (1, last), (-1, last), 0.8, color(theme.INK)),
            ]
        ),
    )


def _end(sheet: QuoteSheet, locale: str, room: float) -> list[Flowable]:
    parts: list[Flowable] = []
    if sheet.terms:
        head = style(9.5, face=theme.SEMIBOLD, before=16, after=4)
        parts.append(Paragraph(markup(_word("terms", locale)), head))
        parts += [
            Paragraph(markup(line), style(8.5, leading=1.4)) for line in sheet.terms.splitlines()
        ]
    signature = Table(
        [[Paragraph(markup(_word("accepted", locale)), style(8, ink=theme.MUTED))]],
        colWidths=[room],
        style=TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), theme.REGULAR, 8),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("LINEABOVE", (0, 0), (-1, 0), 0.6, color(theme.INK)),
            ]
        ),
    )
    return [*parts, KeepTogether([Spacer(1, 44), signature])]


def _foot(sheet: QuoteSheet, title: str, locale: str) -> Callable[[Any, Any], None]:
    def draw(canvas: Any, document: Any) -> None:
        right, y = letter[0] - SIDE, BOTTOM - 24
        canvas.setStrokeColor(color(theme.RULE))
        canvas.setLineWidth(0.5)
        canvas.line(SIDE, y + 11, right, y + 11)
        canvas.setFont(theme.REGULAR, 7.5)
        canvas.setFillColor(color(theme.MUTED))
        left = f"{sheet.company} · {title}"
        canvas.drawString(SIDE, y, fitted(left, theme.REGULAR, 7.5, right - SIDE - 60))
        canvas.drawRightString(right, y, _word("page", locale, page=document.page))

    return draw
