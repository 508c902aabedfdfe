"""Quiet hours by the clock of the branch, and the waits between tries."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core import clock
from crm_core.services.communication.communication_rules import may_go_at, next_try_at

ZONES = ["America/Vancouver", "America/Toronto", "America/St_Johns", "America/Regina"]


def _utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        (_utc(20, 18), _utc(20, 18)),  # 13:00 in Toronto
        (_utc(21, 1, 59), _utc(21, 1, 59)),  # 20:59
        (_utc(21, 2), _utc(21, 13)),  # 21:00 waits for the morning
        (_utc(21, 12, 59), _utc(21, 13)),  # 07:59
        (_utc(21, 13), _utc(21, 13)),  # 08:00
    ],
)
def test_a_message_waits_for_the_morning_of_the_branch(at: datetime, goes: datetime) -> None:
    assert may_go_at(at, "America/Toronto") == goes
    assert may_go_at(at, "America/Toronto", is_safety=True) == at


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_a_message_is_delayed_by_one_night_at_most_and_never_dropped(
    at: datetime, zone: str
) -> None:
    goes = may_go_at(at, zone)
    assert at <= goes <= at + timedelta(hours=12)
    assert time(8) <= clock.local_naive(goes, zone).time() < time(21)
    assert may_go_at(goes, zone) == goes


def test_three_tries_follow_the_first() -> None:
    at = _utc(20, 18)
    waits = [next_try_at(tries, at) for tries in (1, 2, 3, 4)]
    assert waits == [at + timedelta(minutes=m) for m in (1, 5, 30)] + [None]
