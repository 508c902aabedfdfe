"""The calendar: seasons, peaks and growth, and the size of the whole network."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from crm_core.simulation import calendar
from crm_core.simulation.calendar import days_between, expected_jobs, growth, season
from crm_core.simulation.network import northway, plan

UNTIL = date(2026, 11, 22)
BRANCHES = {branch.code: branch for branch in northway(plan("M", 7, UNTIL)).branches}


def on(province: str, day: date) -> float:
    return float(season(province, [day])[0])


def test_summer_fridays_and_month_ends_are_busy_and_holidays_are_quiet() -> None:
    assert on("ON", date(2026, 7, 17)) == pytest.approx(1.40 * 1.35)
    assert on("ON", date(2026, 1, 12)) == pytest.approx(0.65 * 0.80)
    assert on("ON", date(2026, 9, 30)) == pytest.approx(1.15 * 0.85 * calendar.MONTH_EDGE)
    assert on("ON", date(2026, 10, 15)) == pytest.approx(0.95 * 1.00 * calendar.MID_MONTH)
    assert on("ON", date(2026, 12, 25)) == pytest.approx(0.75 * 1.35 * calendar.HOLIDAY)


def test_quebec_moves_on_the_first_of_july() -> None:
    assert on("QC", date(2026, 7, 1)) > 5 * on("ON", date(2026, 7, 1))
    assert on("QC", date(2026, 7, 3)) == pytest.approx(on("ON", date(2026, 7, 3)))


def test_growth_decline_and_a_branch_that_opens() -> None:
    years = [date(2024, 11, 1), date(2025, 11, 1), date(2026, 11, 1)]
    steady = growth(BRANCHES["VANC"], years, UNTIL)
    falling = growth(BRANCHES["EDMO"], years, UNTIL)
    assert steady[2] / steady[1] == pytest.approx(1.08, abs=0.001)
    assert falling[2] / falling[1] == pytest.approx(0.82, abs=0.001)
    opened = BRANCHES["KING"].opened_on
    assert opened == date(2025, 5, 1)
    young = growth(BRANCHES["KING"], [date(2025, 4, 30), opened, date(2026, 6, 1)], UNTIL)
    assert young[0] == 0
    assert 0 < young[1] < 0.5 * young[2]


def test_no_branch_is_asked_for_more_than_its_trucks_can_do() -> None:
    one = replace(BRANCHES["ABBO"], yearly_growth=3.0)
    expected = expected_jobs((one,), date(2026, 6, 1), date(2026, 8, 31), UNTIL)
    assert expected.max() == pytest.approx(calendar.MOST_JOBS_PER_TRUCK_DAY)


def test_the_network_does_65_000_jobs_in_three_years() -> None:
    wanted = plan("M", 7, UNTIL)
    days = days_between(wanted.start_on, date(2026, 10, 31))
    expected = expected_jobs(tuple(BRANCHES.values()), days[0], days[-1], UNTIL)
    assert expected.sum() == pytest.approx(65_000, rel=0.03)
    busiest = expected[:, [day.month == 7 for day in days]].sum() / 3 / 31
    quietest = expected[:, [day.month == 1 for day in days]].sum() / 3 / 31
    assert 60 < busiest < 120
    assert 30 < quietest < 60


def test_lead_times_of_the_totals_are_those_of_the_draws() -> None:
    drawn = np.floor(calendar.lead_time_days(np.random.default_rng(1).standard_normal(200_000)))
    shares = calendar.lead_time_shares()
    assert shares.sum() == pytest.approx(1)
    mean = float((np.arange(len(shares)) * shares).sum())
    assert mean == pytest.approx(float(drawn.mean()), rel=0.02)
