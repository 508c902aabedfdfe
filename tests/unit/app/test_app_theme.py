"""One palette: Streamlit's settings, the charts and the log-in page use the colours of reports."""

import re
import tomllib
from pathlib import Path

import pytest

from app.palette import DARK, LIGHT, Palette
from reports import theme

ROOT = Path(__file__).resolve().parents[3]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
CSS = (ROOT / "app" / "brand" / "sign_in.css").read_text()


@pytest.mark.parametrize(("name", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_streamlit_draws_with_the_palette(name: str, palette: Palette) -> None:
    section = CONFIG["theme"][name]
    assert tuple(section["chartCategoricalColors"]) == palette.series
    assert section["textColor"] == palette.ink
    assert section["grayTextColor"] == palette.muted
    assert section["backgroundColor"] == palette.paper
    assert section["dataframeBorderColor"] == palette.rule


def test_light_is_the_theme_of_reports() -> None:
    section = CONFIG["theme"]["light"]
    assert section["primaryColor"] == theme.PRIMARY
    assert section["secondaryBackgroundColor"] == theme.PANEL
    assert section["borderColor"] == theme.RULE
    assert (section["greenTextColor"], section["redTextColor"]) == (theme.GOOD, theme.BAD)


def test_the_log_in_page_uses_the_same_colours() -> None:
    light = CSS.split("@media")[0].upper()
    for color in (theme.INK, theme.MUTED, theme.RULE, theme.PANEL, theme.PRIMARY, theme.BAD):
        assert color.upper() in light


def test_fonts_come_from_this_server() -> None:
    for face in CONFIG["theme"]["fontFaces"]:
        name = face["url"].removeprefix("/fonts/")
        assert (theme.FONTS / name).is_file()
    assert not re.search(r"https?://", CSS)


def test_nothing_is_sent_to_anybody() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["showEmailPrompt"] is False
    assert CONFIG["server"]["enableAgentApi"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"


def _luminance(color: str) -> float:
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_can_be_read(name: str) -> None:
    section = CONFIG["theme"][name]
    for key in ("textColor", "grayTextColor", "greenTextColor", "redTextColor", "orangeTextColor",
                "linkColor"):  # fmt: skip
        for paper in ("backgroundColor", "secondaryBackgroundColor"):
            assert _contrast(section[key], section[paper]) >= 4.5, (key, paper)
    assert _contrast("#FFFFFF", section["primaryColor"]) >= 4.5
