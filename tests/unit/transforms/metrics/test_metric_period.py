"""Periods: what names mean on a fixed day, and what holds for every period."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.metrics.errors import UnknownPeriod
from transforms.metrics.period import Grain, Period, floor, parse_period, shift

TODAY = date(2026, 11, 22)  # a Sunday
days = st.dates(date(1950, 1, 1), date(2150, 1, 1))
grains = st.sampled_from(Grain)


def period(start: str, last: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(last) + timedelta(days=1))


periods = st.builds(
    lambda start, length: Period(start, start + timedelta(days=length)),
    days,
    st.integers(1, 800),
)
units = st.builds(
    lambda day, grain: Period(floor(day, grain), shift(floor(day, grain), grain, 1)), days, grains
)


@pytest.mark.parametrize(
    ("text", "start", "last"),
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("this_week", "2026-11-16", "2026-11-22"),
        ("last_week", "2026-11-09", "2026-11-15"),
        ("this_month", "2026-11-01", "2026-11-30"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("week_to_date", "2026-11-16", "2026-11-22"),
        ("month_to_date", "2026-11-01", "2026-11-22"),
        ("quarter_to_date", "2026-10-01", "2026-11-22"),
        ("year_to_date", "2026-01-01", "2026-11-22"),
        ("trailing_12_months", "2025-11-01", "2026-10-31"),
        ("trailing_13_weeks", "2026-08-17", "2026-11-15"),
        ("trailing_28_days", "2026-10-25", "2026-11-21"),
        ("next_6_months", "2026-11-01", "2027-04-30"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2026-W46", "2026-11-09", "2026-11-15"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2026-10-15", "2026-10-15", "2026-10-15"),
        (" 2026-10-01..2026-10-31 ", "2026-10-01", "2026-10-31"),
        ("LAST_WEEK", "2026-11-09", "2026-11-15"),
    ],
)
def test_names(text: str, start: str, last: str) -> None:
    assert parse_period(text, TODAY) == period(start, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "october",
        "2026-13",
        "2025-W53",
        "2026-Q5",
        "2026-02-30",
        "2026-10-31..2026-10-01",
        "trailing_0_days",
        "trailing_9999_years",
        "0001",
        "9999",
        "next_quarter",
    ],
)
def test_what_names_no_period_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UnknownPeriod) as refused:
        parse_period(text, TODAY)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "previous", "last_year"),
    [
        ("2026-W46", "2026-11-02..2026-11-08", "2025-11-10..2025-11-16"),
        ("2026-W53", "2026-12-21..2026-12-27", "2025-12-22..2025-12-28"),
        ("2026-03", "2026-02-01..2026-02-28", "2025-03-01..2025-03-31"),
        ("2024-02", "2024-01-01..2024-01-31", "2023-02-01..2023-02-28"),
        ("2024-02-29", "2024-02-28..2024-02-28", "2023-02-28..2023-02-28"),
        ("trailing_12_months", "2024-11-01..2025-10-31", "2024-11-01..2025-10-31"),
        ("month_to_date", "2026-10-01..2026-10-22", "2025-11-01..2025-11-22"),
        ("week_to_date", "2026-11-09..2026-11-15", "2025-11-17..2025-11-23"),
        ("2026-10-05..2026-10-07", "2026-10-02..2026-10-04", "2025-10-05..2025-10-07"),
    ],
)
def test_comparisons(text: str, previous: str, last_year: str) -> None:
    found = parse_period(text, TODAY)
    assert str(found.previous()) == previous
    assert str(found.last_year()) == last_year


def test_a_longer_month_to_date_stops_at_the_shorter_month_s_end() -> None:
    march = parse_period("month_to_date", date(2026, 3, 31))
    assert str(march.previous()) == "2026-02-01..2026-02-28"


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("2026-10", "October 2026", "octobre 2026"),
        ("2026-W46", "Week 46, 2026", "Semaine 46, 2026"),
        ("2026-Q3", "Q3 2026", "T3 2026"),
        ("2026", "2026", "2026"),
        ("2026-10-15", "October 15, 2026", "15 octobre 2026"),
        ("trailing_12_months", "Nov 1, 2025–Oct 31, 2026", "1 nov. 2025 – 31 oct. 2026"),
    ],
)
def test_labels(text: str, english: str, french: str) -> None:
    found = parse_period(text, TODAY)
    plain = str.maketrans("\u00a0\u2009\u202f", "   ")
    assert found.label().translate(plain) == english
    assert found.label("fr-CA").translate(plain) == french


@given(periods)
@example(Period(date(2001, 1, 1), date(2002, 12, 2)))  # 700 days, as the 23 months before it
def test_previous_ends_where_the_period_starts_and_is_as_long(found: Period) -> None:
    before = found.previous()
    assert before.end == found.start
    if found.months is not None:
        assert before.months == found.months
    else:
        assert before.days == found.days


@given(units)
def test_a_unit_is_compared_with_the_same_unit(found: Period) -> None:
    assert found.previous().unit == found.unit
    assert found.last_year().unit == found.unit


@given(periods)
def test_last_year_is_about_a_year_before(found: Period) -> None:
    then = found.last_year()
    assert 357 <= (found.start - then.start).days <= 371
    assert abs(then.days - found.days) <= 1


@given(days, st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]))
def test_a_running_unit_is_compared_with_its_same_part(today: date, grain: Grain) -> None:
    running = parse_period(f"{grain}_to_date", today)
    for then in (running.previous(), running.last_year()):
        assert then.start == floor(then.start, grain)
        assert then.days <= running.days
        assert then.end <= shift(then.start, grain, 1)


@given(periods, grains)
def test_buckets_tile_the_period(found: Period, grain: Grain) -> None:
    buckets = found.buckets(grain)
    assert buckets[0].start <= found.start and found.end <= buckets[-1].end
    assert all(bucket.unit is not None for bucket in buckets)
    assert all(left.end == right.start for left, right in pairwise(buckets))


@given(days, st.integers(1, 60), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_history_and_outlook_meet(today: date, count: int, unit: str) -> None:
    count = min(count, 30) if unit == "year" else count
    history = parse_period(f"trailing_{count}_{unit}s", today)
    outlook = parse_period(f"next_{count}_{unit}s", today)
    assert history.end == outlook.start <= today < outlook.end


@given(periods)
def test_text_names_the_period_again(found: Period) -> None:
    assert parse_period(str(found), TODAY) == found
