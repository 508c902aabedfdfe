"""Local time in bulk is the local time of `clock`, on both sides of every change."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from crm_core import clock
from crm_core.simulation.zones import LocalTime, seconds_of, zone_table

ZONES = ["America/Vancouver", "America/Toronto", "America/Regina", "America/Halifax"]
FIRST, LAST = date(2023, 1, 1), date(2027, 6, 1)
EPOCH = datetime(1970, 1, 1)


def wall(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=int(seconds))


@pytest.mark.parametrize("zone", ZONES)
def test_random_instants_agree_with_the_clock(zone: str) -> None:
    rng = np.random.default_rng(5)
    span = (
        seconds_of(datetime(2023, 1, 2, tzinfo=UTC)),
        seconds_of(datetime(2027, 5, 30, tzinfo=UTC)),
    )
    instants = rng.integers(*span, 500)
    local = zone_table(zone, FIRST, LAST).local(instants)
    for instant, found in zip(instants, local, strict=True):
        assert wall(found) == clock.local_naive(datetime.fromtimestamp(int(instant), UTC), zone)


@pytest.mark.parametrize("zone", ZONES)
def test_hours_around_a_change_agree_with_the_clock(zone: str) -> None:
    table = zone_table(zone, FIRST, LAST)
    changes = [
        datetime(2025, 3, 9),
        datetime(2025, 11, 2),
        datetime(2026, 3, 8),
        datetime(2026, 11, 1),
    ]
    walls = [day + timedelta(minutes=10 * n) for day in changes for n in range(36)]
    local = np.array([int((moment - EPOCH).total_seconds()) for moment in walls])
    for moment, found in zip(walls, table.instants(local), strict=True):
        assert datetime.fromtimestamp(int(found), UTC) == clock.instant_of(moment, zone)


def test_western_canada_stays_on_summer_time_in_december_2026() -> None:
    noon = np.array([seconds_of(datetime(2026, 12, 1, 12, tzinfo=UTC))] * 2)
    local = LocalTime(["America/Vancouver", "America/Toronto"], FIRST, LAST).local(
        noon, np.array([0, 1])
    )
    assert [wall(second).hour for second in local] == [5, 7]
