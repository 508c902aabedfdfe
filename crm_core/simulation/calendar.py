"""How many jobs a branch is asked to do on a day: seasons, weekdays, month ends, holidays, growth.

Pure and without chance; drawing the jobs belongs to `crm_core.simulation.demand`.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from crm_core.holidays import is_holiday
from crm_core.simulation.network import Branch, fleet_weights, months_before

Factors = NDArray[np.float64]

MONTH = (0.65, 0.65, 0.80, 0.95, 1.15, 1.35, 1.40, 1.40, 1.15, 0.95, 0.80, 0.75)
WEEKDAY = (0.80, 0.80, 0.85, 1.00, 1.35, 1.25, 0.70)
MONTH_EDGE = 1.5
"""The last two days of a month and the first: leases end and begin."""
MID_MONTH = 1.15
HOLIDAY = 0.4
QUEBEC_MOVING_DAYS = 3.0
"""29 June to 2 July: leases in Québec run to 30 June."""

JOBS_PER_TRUCK_DAY = 0.553
"""Mean booked jobs per truck and day: calibrated to 65,000 jobs in three years at scale M."""
MOST_JOBS_PER_TRUCK_DAY = 1.4
YEARLY_GROWTH = 1.08
REFERENCE_MONTHS = 18
"""Growth is 1 this many months before `until`: in the middle of a history of three years."""
RAMP_DAYS = 270
RAMP_FROM = 0.35
"""A new branch starts with this share of its work and reaches all of it in `RAMP_DAYS`."""

LEAD_TIME_MEDIAN_DAYS = 15.0
LEAD_TIME_SIGMA = 0.85
LONGEST_LEAD_TIME = 90


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def season(province: str, days: list[date]) -> Factors:
    """The factor of each day in a province: 1 is an ordinary day."""
    return np.array([_factor(day, province, is_holiday(province, day)) for day in days])


def _factor(day: date, province: str, is_holiday: bool) -> float:
    factor = MONTH[day.month - 1] * WEEKDAY[day.weekday()]
    if day.day == 1 or (day + timedelta(days=2)).month != day.month:
        factor *= MONTH_EDGE
    elif day.day == 15:
        factor *= MID_MONTH
    if province == "QC" and date(day.year, 6, 29) <= day <= date(day.year, 7, 2):
        return factor * QUEBEC_MOVING_DAYS  # nobody rests on 1 July there
    return factor * HOLIDAY if is_holiday else factor


def growth(branch: Branch, days: list[date], until: date) -> Factors:
    """The long run of a branch: steady growth or decline, nothing before it opens, then a ramp."""
    reference = months_before(until, REFERENCE_MONTHS)
    years = np.array([(day - reference).days for day in days]) / 365.25
    steady = np.power(branch.yearly_growth or YEARLY_GROWTH, years)
    open_days = np.array([(day - branch.opened_on).days for day in days])
    ramp = RAMP_FROM + (1 - RAMP_FROM) * np.clip(open_days / RAMP_DAYS, 0, 1)
    return steady * np.where(open_days < 0, 0.0, ramp)


def expected_jobs(branches: tuple[Branch, ...], first: date, last: date, until: date) -> Factors:
    """Expected jobs by branch (rows) and service day (columns), never above what trucks can do."""
    days = days_between(first, last)
    weights = fleet_weights(branches)
    seasons = {province: season(province, days) for province in {b.province for b in branches}}
    return np.array(
        [
            weights[branch.code]
            * np.minimum(
                JOBS_PER_TRUCK_DAY * seasons[branch.province] * growth(branch, days, until),
                MOST_JOBS_PER_TRUCK_DAY,
            )
            for branch in branches
        ]
    )


def lead_time_days(normal: Factors) -> Factors:
    """Days from booking to service, from standard normal draws."""
    days = LEAD_TIME_MEDIAN_DAYS * np.exp(LEAD_TIME_SIGMA * normal)
    return np.clip(days, 1.0, LONGEST_LEAD_TIME)


def lead_time_shares() -> Factors:
    """The share of bookings made 0, 1, 2, … days before the service day (for totals)."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    normal = np.sqrt(2) * _inverse_erf(2 * grid - 1)
    days = np.floor(lead_time_days(normal)).astype(int)
    return np.bincount(days, minlength=LONGEST_LEAD_TIME + 1) / len(days)


def _inverse_erf(x: Factors) -> Factors:
    """Winitzki's approximation, good to 0.2 percent: enough for shares of a total."""
    a = 0.147
    log = np.log1p(-x * x)
    half = 2 / (np.pi * a) + log / 2
    result: Factors = np.sign(x) * np.sqrt(np.sqrt(half * half - log / a) - half)
    return result
