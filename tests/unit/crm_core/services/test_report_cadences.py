"""Every cadence: on the right local day, once on both edges of daylight saving, by today's law."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import clock
from crm_core.errors import InvalidInput
from crm_core.holidays import PROVINCES
from crm_core.services.reporting.cron import Cron
from crm_core.services.reporting.report_schedule import Rhythm, Schedule

ZONES = (
    "America/Vancouver", "America/Edmonton", "America/Winnipeg", "America/Toronto",
    "America/Halifax", "America/St_Johns", "America/Regina", "America/Whitehorse",
)  # fmt: skip
LINES = (
    "0 7 * * 1", "30 2 * * *", "30 1 * * *", "*/20 6-8 * * MON-FRI", "0 6 1,15 * *",
    "15 9 29 2 *", "0 12 13 * 5", "5 0 * JAN,JUL 0", "0 0-23/6 * * 7",
)  # fmt: skip
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Any schedule that the rules allow."""
    at = draw(st.times()).replace(second=0, microsecond=0)
    return Schedule(
        draw(st.sampled_from(Rhythm)),
        at,
        draw(st.sampled_from(ZONES)),
        weekday=draw(st.integers(0, 6)),
        day=draw(st.integers(1, 28)),
        every=draw(st.integers(1, 6)),
        since=draw(st.dates(date(2024, 1, 1), date(2026, 12, 31))),
        nth=draw(st.integers(1, 15)),
        province=draw(st.sampled_from(PROVINCES)),
        months=draw(st.sampled_from((1, 2, 3, 4, 6, 12))),
        first_month=draw(st.integers(1, 12)),
        cron=draw(st.sampled_from(LINES)),
    )


@settings(deadline=None)
@given(schedule=schedules(), at=INSTANTS)
def test_the_next_run_is_the_first_after_the_instant(schedule: Schedule, at: datetime) -> None:
    run_at = schedule.after(at)
    assert run_at > at
    day = clock.local_date(run_at - timedelta(hours=1), schedule.timezone)
    near = [run for days in range(-1, 3) for run in schedule.runs_on(day + timedelta(days=days))]
    assert run_at in near
    assert not [run for run in near if at < run < run_at]
    assert schedule.latest(at, run_at) == run_at
    assert schedule.latest(at, run_at - timedelta(microseconds=1)) is None
    assert schedule.latest(run_at, schedule.after(run_at)) == schedule.after(run_at)


@settings(deadline=None)
@given(schedule=schedules(), at=INSTANTS)
def test_the_preview_is_ten_runs_each_the_next(schedule: Schedule, at: datetime) -> None:
    if schedule.rhythm is Rhythm.CRON and " 29 2 " in schedule.cron:
        return  # ten of those are forty years
    runs = schedule.preview(at)
    assert len(set(runs)) == 10 and runs == sorted(runs)
    assert schedule.latest(at, runs[-1]) == runs[-1]
    for run in runs:
        local = clock.local_naive(run, schedule.timezone)
        back = clock.instant_of(local, schedule.timezone)
        assert back == run, "never the second of a repeated time"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("wall", [time(1, 30), time(2, 0), time(2, 30), time(3, 0)])
def test_each_day_runs_once_over_four_years(zone: str, wall: time) -> None:
    schedule = Schedule(Rhythm.DAILY, wall, zone)
    day, seen = date(2025, 1, 1), set()
    while day < date(2029, 1, 1):
        (run,) = schedule.runs_on(day)
        local = clock.local_naive(run, zone)
        assert local.date() == day
        assert local.time() == wall or local - datetime.combine(day, wall) == timedelta(hours=1)
        seen.add(run)
        day += timedelta(days=1)
    assert len(seen) == 1461


def test_the_edges_of_toronto() -> None:
    night = Schedule(Rhythm.DAILY, time(2, 30), "America/Toronto")
    assert night.runs_on(date(2026, 3, 8)) == [datetime(2026, 3, 8, 7, 30, tzinfo=UTC)]
    early = Schedule(Rhythm.DAILY, time(1, 30), "America/Toronto")
    assert early.runs_on(date(2026, 11, 1)) == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC)]
    both = Schedule(Rhythm.CRON, time(0), "America/Toronto", cron="30 2,3 * * *")
    assert len(both.runs_on(date(2026, 3, 8))) == 1, "the skipped time falls on the next"


def test_western_canada_keeps_its_summer_time(monkeypatch: pytest.MonkeyPatch) -> None:
    morning = {"rhythm": "DAILY", "at": "07:00", "timezone": "America/Vancouver"}
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert Schedule.of(morning).after(december) == datetime(2026, 12, 1, 14, tzinfo=UTC)
    # Before the law the same rule meant an hour later: nothing of it was kept anywhere.
    old_law = ZoneInfo("America/Los_Angeles")
    monkeypatch.setattr(clock, "zone", lambda name: old_law)
    assert Schedule.of(morning).after(december) == datetime(2026, 12, 1, 15, tzinfo=UTC)


def test_the_last_business_day_is_no_weekend() -> None:
    last = Schedule(Rhythm.BUSINESS_DAY, time(8), "America/Toronto", nth=-1, province="ON")
    assert last.falls_on(date(2026, 10, 30)) and not last.falls_on(date(2026, 10, 31))


def test_a_fiscal_quarter_is_reported_after_its_end() -> None:
    quarter = Schedule(
        Rhythm.FISCAL, time(8), "America/Toronto", nth=3, months=3, first_month=2, province="ON"
    )
    run = quarter.after(datetime(2026, 9, 1, tzinfo=UTC))
    assert run == datetime(2026, 11, 4, 13, tzinfo=UTC)
    assert quarter.covers(date(2026, 11, 4)) == (date(2026, 8, 1), date(2026, 10, 31))
    assert Schedule(Rhythm.DAILY, time(8), "America/Toronto").covers(date(2026, 11, 4)) is None


def test_every_third_week_counts_from_its_first() -> None:
    schedule = Schedule(
        Rhythm.WEEKLY, time(7), "America/Vancouver", weekday=2, every=3, since=date(2026, 11, 5)
    )
    local = [clock.local_date(run, "America/Vancouver")
             for run in schedule.preview(datetime(2026, 11, 1, tzinfo=UTC), 3)]  # fmt: skip
    assert local == [date(2026, 11, 4), date(2026, 11, 25), date(2026, 12, 16)]


def test_after_a_long_sleep_only_the_last_run_is_made_up_for() -> None:
    hourly = Schedule(Rhythm.CRON, time(0), "America/Toronto", cron="0 * * * *")
    asleep, awake = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, 9, 59, tzinfo=UTC)
    assert hourly.latest(asleep, awake) == datetime(2026, 11, 4, 9, tzinfo=UTC)


@settings(deadline=None)
@given(line=st.sampled_from(LINES), day=st.dates(date(2025, 1, 1), date(2029, 12, 31)))
def test_a_cron_line_means_what_its_words_say(line: str, day: date) -> None:
    names = {"MON-FRI": "1-5", "JAN,JUL": "1,7"}
    minute, hour, dom, month, dow = re.sub(
        "|".join(names), lambda found: names[found[0]], line
    ).split()

    def says(text: str, value: int, least: int, most: int) -> bool:
        for part in text.split(","):
            span, _, step = part.partition("/")
            low, _, high = span.partition("-")
            first = least if span == "*" else int(low)
            last = most if span == "*" or (step and not high) else int(high or low)
            if first <= value <= last and (value - first) % int(step or 1) == 0:
                return True
        return False

    on_day = says(dom, day.day, 1, 31)
    on_weekday = any(says(dow, n, 0, 7) for n in {day.isoweekday() % 7, day.isoweekday()})
    either = dom != "*" and dow != "*"
    wanted = says(month, day.month, 1, 12) and (
        on_day or on_weekday if either else on_day and on_weekday
    )
    cron = Cron.of(line)
    assert cron.falls_on(day) == wanted
    assert cron.times == tuple(
        time(h, m)
        for h in range(24)
        for m in range(60)
        if says(hour, h, 0, 23) and says(minute, m, 0, 59)
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("0 7 * *", "five fields"),
        ("60 7 * * *", "minute '60' is not between 0 and 59"),
        ("0 7 31 2 *", "no month has that day"),
        ("0 7 * * L", "day of week 'L'"),
        ("0 9-7 * * *", "hour '9-7' names nothing"),
        ("*/0 * * * *", "minute '\\*/0' names nothing"),
        ("0 7 ? * 1", "day of month '\\?' is none of"),
        ("0 ٧ * * *", "hour '٧' is not between"),
    ],
)
def test_a_line_that_names_nothing_is_refused(line: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Schedule.of({"rhythm": "CRON", "cron": line, "timezone": "America/Toronto"})


@pytest.mark.parametrize(
    "changed",
    [
        {"rhythm": "BUSINESS_DAY", "nth": 0},
        {"rhythm": "BUSINESS_DAY", "nth": 16},
        {"rhythm": "BUSINESS_DAY", "province": "XX"},
        {"rhythm": "FISCAL", "months": 5},
        {"rhythm": "FISCAL", "nth": -1},
        {"rhythm": "WEEKLY", "every": 0},
        {"rhythm": "WEEKLY", "since": "soon"},
        {"at": "07:00+02:00"},
        {"minute": 5},
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="schedule"):
        Schedule.of({"rhythm": "DAILY", "at": "07:00", "timezone": "America/Toronto"} | changed)
