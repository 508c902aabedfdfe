"""One cell as a value, and the rules that change it on the way."""

from datetime import date
from decimal import Decimal

import pytest

from crm_core.importing.cells import Rule, alike, by_normal_form, day, read
from crm_core.importing.errors import BadValue
from crm_core.importing.records import Stage

FORMATS = ["%m/%d/%Y", "%Y-%m-%d"]


def value(raw: str, kind: type, **said: object) -> tuple[object, list[tuple[str, Rule]]]:
    options = {"spelling": {}, "choices": {}, "blank": None, "date_formats": FORMATS}
    found = read(raw, kind, **(options | said))  # type: ignore[arg-type]
    return found.value, list(found.changes)


@pytest.mark.parametrize(
    ("raw", "kind", "expected", "changes"),
    [
        ("Acme", str, "Acme", []),
        ("  Maple  Row ", str, "Maple Row", [("Maple Row", Rule.TRIMMED)]),
        ("", str, None, []),
        ("   ", str, None, []),
        ("1054", Decimal, Decimal("1054.00"), []),
        ("$1,234.50", Decimal, Decimal("1234.50"), [("1234.50", Rule.NUMBER)]),
        ("-5", Decimal, Decimal("-5.00"), []),
        ("4000.005", Decimal, Decimal("4000.01"), [("4000.01", Rule.ROUNDED)]),
        ("1,200", int, 1200, [("1200", Rule.NUMBER)]),
        ("3/1/2017", date, date(2017, 3, 1), []),
        ("2017-03-01 00:00:00", date, date(2017, 3, 1), []),
    ],
)
def test_a_cell_is_read_as_its_kind(
    raw: str, kind: type, expected: object, changes: list[tuple[str, Rule]]
) -> None:
    assert value(raw, kind) == (expected, changes)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("five hundred", Decimal),
        ("1.054,50", Decimal),
        ("1,05", Decimal),
        ("nan", Decimal),
        ("2.5", int),
        ("13/45/2017", date),
        ("31.12.2017", date),
        ("2017-03-01 09:30:00", date),
        ("Stalled", Stage),
    ],
)
def test_what_says_nothing_is_refused_with_the_cell_in_the_reason(raw: str, kind: type) -> None:
    with pytest.raises(BadValue, match=raw.split(" ")[0].replace(".", r"\.")):
        value(raw, kind)


def test_spelling_comes_after_blanks_and_a_blank_may_mean_something() -> None:
    spelling = {"technolgy": "technology"}
    assert value(" technolgy", str, spelling=spelling) == (
        "technology",
        [("technolgy", Rule.TRIMMED), ("technology", Rule.SPELLING)],
    )
    assert value(" ", str, blank="Not recorded") == (
        "Not recorded",
        [("Not recorded", Rule.BLANK)],
    )


def test_a_closed_set_is_read_in_their_words_and_in_ours() -> None:
    choices = {"Engaging": "ENGAGED", "Won": "WON"}
    assert value("Engaging", Stage, choices=choices) == (Stage.ENGAGED, [])
    assert value("won", Stage, choices=choices) == (Stage.WON, [])
    assert value("lost", Stage) == (Stage.LOST, [])


def test_names_are_alike_when_only_case_blanks_and_signs_differ() -> None:
    known = by_normal_form(["GTX Pro", "GTX Plus Pro", "A-B", "AB"])
    assert alike("GTXPro", known) == "GTX Pro"
    assert alike("gtx-plus pro", known) == "GTX Plus Pro"
    assert alike("GTX Por", known) is None
    assert alike("a b", known) is None, "two known names share this form: neither is meant"


def test_a_day_is_read_in_the_first_format_that_fits() -> None:
    assert day("2/3/2017", ["%d/%m/%Y", "%m/%d/%Y"]) == date(2017, 3, 2)
    assert day("2/13/2017", ["%d/%m/%Y", "%m/%d/%Y"]) == date(2017, 2, 13)
