"""Business days of a province: Monday to Friday without its public holidays, as pure functions.

The rhythms that count them are in `report_schedule`.
"""

from datetime import date, timedelta
from functools import cache

import holidays

from crm_core.errors import InvalidInput

COUNTRY = "CA"
FURTHEST = 15
"""Every month has at least that many business days in every province."""


def check_province(province: str) -> str:
    """The code of a province or territory; raises `InvalidInput`."""
    known = holidays.list_supported_countries()[COUNTRY]
    if province not in known:
        raise InvalidInput("schedule", f"province {province!r} is none of {', '.join(known)}")
    return province


@cache
def _public(province: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(COUNTRY, subdiv=province, years=year))


def is_business_day(day: date, province: str) -> bool:
    """Whether offices of the province are open; a holiday on a weekend is kept on a weekday."""
    return day.weekday() < 5 and day not in _public(province, day.year)


@cache
def nth_business_day(year: int, month: int, nth: int, province: str) -> date:
    """The nth business day of a month: 1 is the first, -1 the last."""
    step = timedelta(days=1 if nth > 0 else -1)
    day = date(year, month, 1) if nth > 0 else _last_of(year, month)
    left = abs(nth) - is_business_day(day, province)
    while left:
        day += step
        left -= is_business_day(day, province)
    return day


def _last_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
