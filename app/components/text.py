"""Text of people and data in places that read Markdown: shown as it is, never obeyed.

Fixed words stand in `app.words`.
"""

import re
from typing import Final

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")


def plain(text: str) -> str:
    """The text with every sign that Markdown, colours, icons or formulas would use taken off it."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
