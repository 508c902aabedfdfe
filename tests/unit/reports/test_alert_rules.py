"""Rules of alerts on made-up figures: when they speak, when they stay silent, when it is over."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.alerts.rule import Event, Point, Rule, Standing, breaks, points, read_rule, told, walk
from reports.errors import RuleInvalid

MONDAY = date(2026, 1, 5)
FALL = Rule(metric="bookings", change_pct=Decimal(-20))


def weeks(*values: int | None) -> dict[date, Decimal | None]:
    """A figure per week."""
    return {
        MONDAY + timedelta(weeks=n): None if value is None else Decimal(value)
        for n, value in enumerate(values)
    }


def said(rule: Rule, *values: int | None, volumes: Any = None) -> list[tuple[int, Event]]:
    """What a rule says: number of the week, and what."""
    found = walk(rule, Standing(), points(rule, weeks(*values), weeks(*(volumes or ()))))[1]
    return [((point.on - MONDAY).days // 7, event) for point, event in found]


def test_a_fall_is_said_once_and_its_end_once() -> None:
    rule = Rule(metric="bookings", below=Decimal(50), margin_pct=Decimal(10))
    # 52 is above the limit but within the margin: it has not recovered.
    assert said(rule, 60, 49, 40, 52, 54, 55, 30) == [
        (1, Event.RAISED), (5, Event.RECOVERED), (6, Event.RAISED),
    ]  # fmt: skip


def test_a_change_needs_a_figure_to_be_measured_against() -> None:
    assert said(FALL, 100, 80) == [(1, Event.RAISED)]
    assert said(FALL, 100, 81) == []
    assert said(FALL, 0, 0, 10) == []
    assert said(FALL, None, 50, None, 10) == []


def test_change_and_floor_must_both_hold() -> None:
    rule = Rule(metric="bookings", change_pct=Decimal(-20), below=Decimal(50))
    assert said(rule, 100, 70, 40) == [(2, Event.RAISED)]


def test_too_few_cases_say_nothing_and_end_nothing() -> None:
    rule = Rule(metric="rate", below=Decimal(50), volume_metric="quotes", volume_least=Decimal(20))
    assert said(rule, 10, 10, volumes=[5, 19]) == []
    assert said(rule, 10, 90, 90, volumes=[20, 3, 20]) == [(0, Event.RAISED), (2, Event.RECOVERED)]


def test_several_in_a_row() -> None:
    rule = Rule(metric="bookings", below=Decimal(50), for_buckets=2, recover_buckets=3)
    assert said(rule, 40, 60, 40, 40, 60, 60, 40, 60, 60, 60) == [
        (3, Event.RAISED), (9, Event.RECOVERED),
    ]  # fmt: skip


def test_the_season_is_last_year_times_the_growth_of_the_last_weeks() -> None:
    rule = Rule(metric="bookings", change_pct=Decimal(-20), against="season")
    year = [100] * 57  # 2026 has 53 weeks: the 58th is the fifth of the next year
    year[4] = 40  # every year the fifth week is quiet
    assert said(rule, *year, 40) == []
    assert said(rule, *[n * 2 if i >= 52 else n for i, n in enumerate(year)], 79) == []
    assert said(rule, *[n * 2 if i >= 52 else n for i, n in enumerate(year)], 60) == [
        (57, Event.RAISED)
    ]


@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 100)), max_size=40),
    below=st.integers(1, 100),
    margin=st.integers(0, 90),
    runs=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_raised_and_recovered_take_turns(
    values: list[int | None], below: int, margin: int, runs: tuple[int, int]
) -> None:
    rule = Rule(
        metric="m", below=Decimal(below), margin_pct=Decimal(margin),
        for_buckets=runs[0], recover_buckets=runs[1],
    )  # fmt: skip
    row = points(rule, weeks(*values), {})
    events = [event for _, event in walk(rule, Standing(), row)[1]]
    assert events == [(Event.RAISED, Event.RECOVERED)[n % 2] for n in range(len(events))]
    # Bucket by bucket it says what it says at once: a restart in between changes nothing.
    standing, again = Standing(), []
    for point in row:
        standing, found = walk(rule, standing, [point])
        again += [event for _, event in found]
    assert again == events
    for point in row:
        if breaks(rule, point):
            assert breaks(rule, point, eased=True), "eased limits are nearer"


def test_a_rise_is_measured_the_other_way() -> None:
    assert breaks(Rule(metric="m", change_pct=Decimal(50)), Point(MONDAY, Decimal(15), Decimal(10)))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"metric": "bookings"}, "say below, above or change_pct"),
        ({"metric": "bookings", "change_pct": 0}, "say below"),
        ({"metric": "book ings", "below": 1}, "metric"),
        ({"metric": "bookings", "below": 1, "grain": "hour"}, "grain"),
        ({"metric": "bookings", "below": "NaN"}, "below"),
        ({"metric": "bookings", "under": 1}, "under"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(raw: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleInvalid, match=says):
        read_rule(raw)


UP, DOWN = Event.RAISED, Event.RECOVERED


@pytest.mark.parametrize(
    ("rounds", "heard"),
    [
        # Per round: muted, and what happens in it.
        ([(False, [UP]), (False, []), (False, [DOWN])], [UP, None, DOWN]),
        ([(False, [UP, DOWN])], [DOWN]),
        ([(True, [UP]), (True, []), (False, [])], [None, None, UP]),
        ([(True, [UP]), (True, [DOWN]), (False, [])], [None, None, None]),
        # The end of what they had heard of is not lost in a silence.
        ([(False, [UP]), (True, [DOWN]), (False, []), (False, [])], [UP, None, DOWN, None]),
        ([(False, [UP]), (True, [DOWN]), (True, [UP]), (False, [])], [UP, None, None, None]),
        ([(False, [UP]), (True, [DOWN]), (False, [UP])], [UP, None, None]),
        ([(True, [UP]), (False, [DOWN])], [None, None]),
        ([(True, [UP]), (False, [DOWN, UP])], [None, UP]),
    ],
)
def test_nobody_is_left_with_a_wrong_belief(
    rounds: list[tuple[bool, list[Event]]], heard: list[Event | None]
) -> None:
    standing, is_told, said = Standing(), True, []
    for muted, events in rounds:
        after = Standing(events[-1] is UP) if events else standing
        found = [(Point(MONDAY, Decimal(1)), event) for event in events]
        is_told, event = told(standing, after, found, was_told=is_told, muted=muted)
        said.append(event)
        standing = after
    assert said == heard and is_told
