"""Colours and typefaces of everything drawn: calm, and told apart by colour-blind readers.

Sizes and positions belong to each renderer.
"""

from pathlib import Path

FONTS = Path(__file__).resolve().parent / "fonts"

REGULAR = "Lato"
SEMIBOLD = "Lato-Semibold"
BOLD = "Lato-Bold"
FONT_FILES = {
    REGULAR: FONTS / "Lato-Regular.ttf",
    SEMIBOLD: FONTS / "Lato-Semibold.ttf",
    BOLD: FONTS / "Lato-Bold.ttf",
}

INK = "#1B2733"
MUTED = "#5B6876"
RULE = "#D3DAE2"
PANEL = "#F4F6F9"
PAPER = "#FFFFFF"
PRIMARY = "#1F4E79"

SERIES = ("#1F4E79", "#D0861B", "#4FA39B", "#8A5E9E")
"""Lines and bars, in order: dark blue, ochre, teal, plum; also apart by lightness."""

LAYERS = ("#1F4E79", "#D0861B", "#4FA39B", "#8A5E9E", "#7FA6CC", "#B9C2CC")
"""Layers of stacked columns; the last is what is left over."""

AGES = ("#4FA39B", "#9FC0B8", "#E3C27A", "#D0861B", "#B3471B")
"""From not due to long overdue."""

BAND_80 = "#BFD0E2"
BAND_95 = "#E1E9F2"

GOOD = "#0B6E7F"
BAD = "#B3471B"

TONES = {"good": GOOD, "bad": BAD, "neutral": MUTED}
