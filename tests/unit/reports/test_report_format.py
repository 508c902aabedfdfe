"""Numbers, dates and periods as people of each locale read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.errors import LocaleUnknown
from reports.format import DASH, Unit, formatter, half_up, parts_that_add_up

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("unit", "value", "english", "french"),
    [
        ("money", "1234567.89", "$1,234,567.89", "1 234 567,89 $"),
        ("money", "-1234.5", "-$1,234.50", "-1 234,50 $"),
        ("money", "0.005", "$0.01", "0,01 $"),
        ("money", "2.675", "$2.68", "2,68 $"),
        ("money", "-0.001", "$0.00", "0,00 $"),
        ("count", "1234", "1,234", "1 234"),
        ("count", "1830.5", "1,831", "1 831"),
        ("percent", "0.1255", "12.6%", "12,6 %"),
        ("percent", "1.05", "105.0%", "105,0 %"),
        ("days", "1", "1 day", "1 jour"),
        ("days", "12.25", "12.3 days", "12,3 jours"),
        ("minutes", "95.5", "96 min", "96 min"),
        ("ratio", "3.14159", "3.14", "3,14"),
    ],
)
def test_a_value_reads_as_its_locale_writes_it(
    unit: Unit, value: str, english: str, french: str
) -> None:
    for locale, expected in (("en-CA", english), ("fr-CA", french)):
        shown = formatter(locale).value(Decimal(value), unit)
        assert shown.replace(NBSP, " ") == expected


@pytest.mark.parametrize("unit", ["count", "money", "percent", "days", "minutes", "ratio"])
def test_nothing_is_a_dash(unit: Unit) -> None:
    show = formatter("en-CA")
    assert {show.value(None, unit), show.bare(None, unit), show.compact(None, unit)} == {DASH}
    assert show.change(None, unit) == DASH


def test_whole_money_and_bare_figures_drop_what_their_head_says() -> None:
    show = formatter("en-CA")
    assert show.value(Decimal("1234.50"), "money", whole=True) == "$1,235"
    assert show.bare(Decimal("1234.50"), "money") == "1,234.50"
    assert show.bare(Decimal("0.1255"), "percent") == "12.6"
    assert show.unit_sign("money") == "$"
    assert formatter("en-CA", "USD").money(Decimal(5)) == "US$5.00"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("0", "money", "$0"),
        ("750", "money", "$750"),
        ("250000", "money", "$250K"),
        ("1250000", "money", "$1.25M"),
        ("1500", "count", "1.5K"),
        ("2.5", "count", "2.5"),
        ("0.25", "percent", "25%"),
        ("-40000", "money", "-$40K"),
    ],
)
def test_axes_are_short_and_exact(value: str, unit: Unit, expected: str) -> None:
    assert formatter("en-CA").compact(Decimal(value), unit) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("0.0412", "money", "+4.1%"),
        ("-0.5", "count", "-50.0%"),
        ("0.00001", "count", "0.0%"),
        ("0.021", "percent", "+2.1 pts"),
        ("-3", "days", "-3 days"),
        ("12", "minutes", "+12 min"),
    ],
)
def test_a_change_has_its_sign_and_its_own_unit(value: str, unit: Unit, expected: str) -> None:
    shown = formatter("en-CA").change(Decimal(value), unit)
    assert shown.replace(NBSP, " ") == expected


@pytest.mark.parametrize(
    ("start", "end", "english", "french"),
    [
        ("2026-11-09", "2026-11-16", "Nov 9–15, 2026", "9–15 nov. 2026"),
        ("2026-11-30", "2026-12-07", "Nov 30–Dec 6, 2026", "30 nov. – 6 déc. 2026"),
        ("2026-12-28", "2027-01-04", "Dec 28, 2026–Jan 3, 2027", "28 déc. 2026 – 3 janv. 2027"),
        ("2026-11-01", "2026-12-01", "November 2026", "novembre 2026"),
        ("2026-07-01", "2026-10-01", "Q3 2026", "T3 2026"),
        ("2026-01-01", "2027-01-01", "2026", "2026"),
        ("2026-11-09", "2026-11-10", "Nov 9, 2026", "9 nov. 2026"),
    ],
)
def test_a_period_is_named_by_its_first_and_last_day(
    start: str, end: str, english: str, french: str
) -> None:
    days = date.fromisoformat(start), date.fromisoformat(end)
    assert formatter("en-CA").period(*days).replace(NBSP, " ") == english
    assert formatter("fr-CA").period(*days).replace(NBSP, " ") == french


def test_an_instant_is_read_on_the_wall_of_its_zone() -> None:
    at = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
    assert formatter("en-CA").instant(at, "America/Toronto") == (
        "Nov 21, 2026, 22:30 (America/Toronto)"
    )


def test_an_unknown_locale_is_named() -> None:
    with pytest.raises(LocaleUnknown, match=r"'de-DE'.*en-CA, fr-CA"):
        formatter("de-DE")


amounts = st.lists(
    st.none() | st.decimals(-10_000_000, 10_000_000, places=2, allow_nan=False), max_size=60
)


@given(amounts, st.integers(0, 1))
def test_displayed_parts_add_up_to_the_displayed_total(
    parts: list[Decimal | None], digits: int
) -> None:
    shown = parts_that_add_up(parts, digits)
    total = half_up(sum((part for part in parts if part is not None), Decimal(0)), digits)
    assert sum((part for part in shown if part is not None), Decimal(0)) == total
    step = Decimal(1).scaleb(-digits)
    for part, rounded in zip(parts, shown, strict=True):
        assert (part is None) == (rounded is None)
        if part is not None and rounded is not None:
            assert abs(rounded - part) < step
