"""When a saved report runs next, by the clock of its zone."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import clock
from crm_core.errors import InvalidInput
from crm_core.services.reporting.report_schedule import Rhythm, Schedule

AT = datetime(2026, 11, 20, 18, tzinfo=UTC)
GOOD = {"rhythm": "WEEKLY", "at": "07:30", "timezone": "America/Toronto", "weekday": 0}


def test_a_week_begins_on_monday_at_the_local_time() -> None:
    assert Schedule.of(GOOD).after(AT) == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def test_a_time_that_spring_skips_still_runs_once() -> None:
    night = Schedule(Rhythm.DAILY, time(2, 30), "America/Toronto")
    start, runs = datetime(2027, 3, 13, 0, tzinfo=UTC), []
    while len(runs) < 3:
        start = night.after(start)
        runs.append(clock.local_naive(start, "America/Toronto"))
    assert [run.day for run in runs] == [13, 14, 15]


@pytest.mark.parametrize(
    "changed",
    [
        {"rhythm": "HOURLY"},
        {"at": "25:00"},
        {"at": None},
        {"timezone": "Mars/Olympus"},
        {"weekday": 7},
        {"day": 31},
    ],
)
def test_a_schedule_that_cannot_be_understood_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Schedule.of(GOOD | changed)
    with pytest.raises(InvalidInput, match="schedule"):
        Schedule.of({})


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),
    rhythm=st.sampled_from([Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.MONTHLY]),
    zone=st.sampled_from(["America/Vancouver", "America/Toronto", "America/St_Johns"]),
    local=st.times(),
)
def test_the_next_run_is_later_and_on_its_day(
    at: datetime, rhythm: Rhythm, zone: str, local: time
) -> None:
    schedule = Schedule(rhythm, local.replace(second=0, microsecond=0), zone, weekday=2, day=28)
    run_at = schedule.after(at)
    longest = {Rhythm.DAILY: 2, Rhythm.WEEKLY: 8, Rhythm.MONTHLY: 32}[rhythm]
    assert at < run_at <= at + timedelta(days=longest)
    assert schedule.falls_on(clock.local_date(run_at, zone))
