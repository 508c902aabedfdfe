"""One cell as a value: text, day, amount, whole number or one of a closed set; pure.

Whatever is changed on the way has a rule with a name; rules over whole rows are in `rules`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from crm_core.importing.errors import BadValue
from crm_core.money import cents


class Rule(StrEnum):
    """Why a value is not what the export says, in words."""

    TRIMMED = "blanks around or doubled inside taken away"
    SPELLING = "declared spelling"
    ALIKE = "the known name that differs only in case, blanks and signs"
    BLANK = "declared value for a blank"
    NUMBER = "currency sign, blanks or thousands separators taken away"
    ROUNDED = "rounded half up to the cent"
    LIST_PRICE = "no value recorded: the list price of the product as the estimate"
    WON_AT_LIST = "won without a value: the list price of the product"
    LAST_DAY = "no day recorded: the last day that the export knows"
    CLOSED_DAY = "no day recorded: the day it closed"
    ORDER = "created after it closed: created on the day it closed"
    STILL_OPEN = "still open: no day of closing"
    MADE = "named here only: made from its name"


class Read(NamedTuple):
    """A value, and the rules that changed the cell on the way, in order, each with its result."""

    value: object
    changes: tuple[tuple[str, Rule], ...] = ()


_SIGNS = re.compile(r"[^\w]|_", re.UNICODE)
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_DECORATION = re.compile(r"[\s$€£]|USD|CAD|EUR")


def read(
    raw: str,
    kind: type,
    *,
    spelling: Mapping[str, str],
    choices: Mapping[str, str],
    blank: str | None,
    date_formats: Sequence[str],
) -> Read:
    """The cell as `kind`, or None when it is blank; raises `BadValue`."""
    changes: list[tuple[str, Rule]] = []

    def now(text: str, rule: Rule) -> str:
        changes.append((text, rule))
        return text

    text = " ".join(raw.split())
    if text != raw and text:
        now(text, Rule.TRIMMED)
    if text in spelling:
        text = now(spelling[text], Rule.SPELLING)
    if not text and blank is not None:
        text = now(blank, Rule.BLANK)
    if not text:
        return Read(None)
    if issubclass(kind, StrEnum):
        return Read(_choice(text, kind, choices), tuple(changes))
    if kind is date:
        return Read(day(text, date_formats), tuple(changes))
    if kind is str:
        return Read(text, tuple(changes))
    bare = _DECORATION.sub("", text)
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    if not _PLAIN.fullmatch(bare):
        raise BadValue(f"{text!r} is no number")
    if bare != text:
        now(bare, Rule.NUMBER)
    if kind is int:
        if "." in bare:
            raise BadValue(f"{text!r} is no whole number")
        return Read(int(bare), tuple(changes))
    amount = Decimal(bare)
    rounded = cents(amount)
    if rounded != amount:
        now(str(rounded), Rule.ROUNDED)
    return Read(rounded, tuple(changes))


def day(text: str, formats: Sequence[str]) -> date:
    """A calendar day in the first format that fits; a workbook's midnight is no time of day."""
    bare = re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", text)
    for each in formats:
        try:
            return datetime.strptime(bare, each).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise BadValue(f"{text!r} is no day written as {' or '.join(formats)}")


def normal(name: str) -> str:
    """What two spellings of one name share: letters and digits in one case."""
    return _SIGNS.sub("", name).casefold()


def alike(name: str, known: Mapping[str, str]) -> str | None:
    """The known name that differs only in case, blanks and signs; `known` is by `normal` form."""
    return known.get(normal(name))


def by_normal_form(names: Sequence[str]) -> dict[str, str]:
    """Known names for `alike`; those whose form is not theirs alone are left out."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for name in dict.fromkeys(names):
        form = normal(name)
        twice |= {form} if form in found else set()
        found[form] = name
    return {form: name for form, name in found.items() if form and form not in twice}


def _choice(text: str, kind: type[StrEnum], choices: Mapping[str, str]) -> StrEnum:
    """The member meant: as the mapping translates it, or by its own name."""
    said = choices.get(text) or {one.casefold(): to for one, to in choices.items()}.get(
        text.casefold(), text.upper().replace(" ", "_")
    )
    try:
        return kind(said)
    except ValueError:
        known = ", ".join([*choices] or [member.value for member in kind])
        raise BadValue(f"{text!r} is none of {known}") from None
