"""Colours of the screen, light and dark: those of reports, and their counterparts on a dark page.

`.streamlit/config.toml` carries the same colours; a test compares them.
"""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from reports import theme


@dataclass(frozen=True)
class Palette:
    """What charts are drawn with."""

    ink: str
    muted: str
    rule: str
    paper: str
    series: tuple[str, ...]
    bands: tuple[str, str]
    """The wider forecast band, then the narrower one inside it."""
    good: str
    bad: str


LIGHT: Final = Palette(
    ink=theme.INK,
    muted=theme.MUTED,
    rule="#E6EAEF",
    paper=theme.PAPER,
    series=theme.SERIES,
    bands=(theme.BAND_95, theme.BAND_80),
    good=theme.GOOD,
    bad=theme.BAD,
)
DARK: Final = Palette(
    ink="#E4E9EF",
    muted="#9AA7B4",
    rule="#2A3540",
    paper="#141A21",
    series=("#7FB0DD", "#E5AC55", "#6FC2BA", "#B893CB"),
    bands=("#1F2F3F", "#2C455D"),
    good="#62BFC9",
    bad="#F0976B",
)


def palette() -> Palette:
    """The palette of the viewer's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT
