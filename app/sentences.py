"""Sentences of services in the reader's language, where they reach a screen.

The core speaks English and knows no readers; the pairs are in `sentences.yaml`. What is not there
is shown as it is said.
"""

import re
from pathlib import Path
from typing import Final

import yaml

FILE: Final = Path(__file__).with_name("sentences.yaml")
BLANK: Final = "{}"


def sentence(text: str, locale: str) -> str:
    """One sentence of a service as the reader of the locale reads it."""
    if not locale.startswith("fr"):
        return text
    for pattern, french in _SAID:
        if found := pattern.fullmatch(text):
            return french.format(*found.groups())
    return text


def conflict_text(note: str, locale: str, hard: str) -> str:
    """The note of a slot; what cannot stand at all is marked with the word `hard`."""
    parts = [each.partition(": ") for each in note.split("; ")]
    return "; ".join(
        sentence(f"{degree}{sign}{rest}", locale)
        if degree not in ("HARD", "SOFT")
        else (f"{hard}: " if degree == "HARD" else "") + sentence(rest, locale)
        for degree, sign, rest in parts
    )


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, english.split(BLANK))))


_SAID: Final[list[tuple[re.Pattern[str], str]]] = [
    (_pattern(english), french) for english, french in yaml.safe_load(FILE.read_text("utf-8"))
]
