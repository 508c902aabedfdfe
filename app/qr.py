"""A QR code as a picture within the page: dark squares on white, whatever the colours around it.

What is written into it is decided by who shows it.
"""

from html import escape
from typing import Final

from markupsafe import Markup
from reportlab.graphics.barcode.qr import QrCodeWidget

QUIET: Final = 4
"""Empty squares around the code, as readers need them."""


def picture(text: str, label: str) -> Markup:
    """The code of a text as SVG, named for those who hear the page."""
    code = QrCodeWidget(text, barLevel="M").qr
    code.make()
    size = code.getModuleCount()
    squares = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row in range(size)
        for column in range(size)
        if code.isDark(row, column)
    )
    side = size + 2 * QUIET
    return Markup(
        f'<svg viewBox="0 0 {side} {side}" role="img" aria-label="{escape(label)}"'
        f' shape-rendering="crispEdges"><path fill="#000000" d="{squares}"/></svg>'
    )
