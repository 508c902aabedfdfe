"""The labour text, in all the ways people type it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.sources.smartmoving.labour import Labour, parse_labour


@pytest.mark.parametrize(
    ("text", "minutes", "rate", "trucks", "crew"),
    [
        ("2h @ $349.00/hr (1 truck, 5 crew)", 120, "349.00", 1, 5),
        ("4h 45m @ $139.00/hr (1 truck, 2 crew)", 285, "139.00", 1, 2),
        ("45m @ $139.00/hr (0 trucks, 2 crew)", 45, "139.00", 0, 2),
        ("4.75 hrs @ $189/hour (3 movers, 1 truck)", 285, "189", 1, 3),
        ("2H @ 1,049.50 / hr (2 Trucks,  6 Crew)", 120, "1049.50", 2, 6),
        ("Labour: 3 hours 30 min at $259 per hour (1 truck, 4 men)", 210, "259", 1, 4),
        ("10h@$349.00/hr", 600, "349.00", None, None),
    ],
)
def test_read(text: str, minutes: int, rate: str, trucks: int | None, crew: int | None) -> None:
    assert parse_labour(text) == Labour(minutes, Decimal(rate), trucks, crew)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "see crew notes",
        "@ $349.00/hr (1 truck, 5 crew)",
        "2h (1 truck)",
        "flat 900",
        "10000h @ $349.00/hr (1 truck, 5 crew)",
    ],
)
def test_not_guessed(text: str) -> None:
    assert parse_labour(text) is None


@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.decimals(1, 9999, places=2),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_what_is_written_is_read(
    hours: int, minutes: int, rate: Decimal, trucks: int, crew: int
) -> None:
    text = f"{hours}h {minutes}m @ ${rate:,.2f}/hr ({trucks} truck, {crew} crew)"
    assert parse_labour(text) == Labour(hours * 60 + minutes, rate, trucks, crew)


@pytest.mark.parametrize("filler", [" ", "1", "1 ", "1h ", "@ ", "@1", "\t"])
def test_long_nonsense_costs_nothing(filler: str) -> None:
    assert parse_labour(filler * 4000) is None


@given(st.text(max_size=50))
def test_any_text_is_survived(text: str) -> None:
    found = parse_labour(text)
    assert found is None or found.minutes >= 0
