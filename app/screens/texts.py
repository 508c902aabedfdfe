"""The words of the screens in both languages: names of columns, deeds and sections, and of codes.

The words themselves are in `texts.yaml`; those of pages in `app.words`.
"""

from pathlib import Path
from typing import Any, Final

import yaml

from reports.values import value_text

FILE: Final = Path(__file__).with_name("texts.yaml")


_WORDS: Final[dict[str, dict[str, Any]]] = yaml.safe_load(FILE.read_text("utf-8"))


def words() -> dict[str, dict[str, Any]]:
    """Both parts of the file: `labels` as (English, French), `codes` in French or both."""
    return _WORDS


def label(name: str, locale: str, **values: object) -> str:
    """The word for a column, deed, section or screen, its blanks filled in."""
    english, french = words()["labels"][name]
    text: str = french if locale.startswith("fr") else english
    return text.format(**values) if values else text


def code_text(code: str, locale: str) -> str:
    """A value of a closed set in words; anything else as it is."""
    found = words()["codes"].get(code)
    if found is None:
        text = value_text(code, locale)
        return text.capitalize() if text == code and _is_shouted(code) else text
    if isinstance(found, list):
        return str(found[locale.startswith("fr")])
    return str(found) if locale.startswith("fr") else code.replace("_", " ").capitalize()


def _is_shouted(code: str) -> bool:
    return len(code) > 3 and code.isalpha() and code.isupper()
