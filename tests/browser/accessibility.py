"""What keeps people out, found by our own script: the serious rules of axe-core that fit one file.

The rules stand in `accessibility.js`; words inside drawings are not judged, charts have an `alt`.
"""

from pathlib import Path
from typing import Final

from playwright.sync_api import Page

SCRIPT: Final = Path(__file__).with_suffix(".js").read_text()

STREAMLIT: Final[dict[str, tuple[str, ...]]] = {}
"""By rule, what only Streamlit can mend: a part of the element's markup, or of what was said."""


def barriers(page: Page) -> list[str]:
    """What is serious on the page and ours to mend, once each, as `rule: element`."""
    found = [(str(rule), str(what)) for rule, what in page.evaluate(SCRIPT)]
    ours = [
        f"{rule}: {what}" for rule, what in found
        if not any(mark in what for mark in STREAMLIT.get(rule, ()))
    ]  # fmt: skip
    return list(dict.fromkeys(ours))
