"""Typefaces and text measures of the PDF: the shipped fonts, embedded as subsets.

Which face and colour stands where is decided by the parts that draw.
"""

from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from reports import theme

ELLIPSIS = "…"


@cache
def register_fonts() -> None:
    """Make the shipped fonts known to ReportLab, once per process."""
    for name, path in theme.FONT_FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily(
        theme.REGULAR, normal=theme.REGULAR, bold=theme.BOLD, italic=theme.REGULAR,
        boldItalic=theme.BOLD,
    )  # fmt: skip


@cache
def color(value: str) -> HexColor:
    """The ReportLab colour of a theme colour."""
    return HexColor(value)


@cache
def style(
    size: float,
    *,
    face: str = theme.REGULAR,
    ink: str = theme.INK,
    right: bool = False,
    leading: float = 1.3,
    before: float = 0,
    after: float = 0,
) -> ParagraphStyle:
    """A paragraph style; `leading` is a multiple of the size."""
    return ParagraphStyle(
        name=f"{face} {size} {ink} {right} {leading} {before} {after}",
        fontName=face,
        fontSize=size,
        leading=size * leading,
        textColor=color(ink),
        alignment=TA_RIGHT if right else TA_LEFT,
        spaceBefore=before,
        spaceAfter=after,
        splitLongWords=1,
    )


def markup(text: str) -> str:
    """Text for a Paragraph: what looks like markup is shown, never obeyed."""
    return escape(plain(text))


def plain(text: str) -> str:
    """Text on one line without control characters, which no font can draw."""
    return "".join(" " if char.isspace() and char != "\u00a0" else char for char in text
                   if char.isspace() or char.isprintable())  # fmt: skip


def width(text: str, face: str, size: float) -> float:
    """Width of a text in points."""
    return float(pdfmetrics.stringWidth(text, face, size))


def fitted(text: str, face: str, size: float, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than `room`."""
    text = plain(text)
    if width(text, face, size) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + ELLIPSIS, face, size) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS
