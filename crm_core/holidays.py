"""Public holidays and business days of the provinces and territories, by local day.

Pure, and without a clock. What a holiday does to demand belongs to `crm_core.simulation.calendar`,
what it does to a schedule to whoever plans one.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from crm_core.errors import CrmError

PROVINCES = tuple(sorted(holidays.list_supported_countries(include_aliases=False)["CA"]))
"""Two letters each: AB, BC, …"""
FURTHEST: Final = 15
"""Every month has at least that many business days in every province."""


class ProvinceUnknown(CrmError):
    """No Canadian province or territory is called so."""


@lru_cache(maxsize=4096)
def holidays_of(province: str, year: int) -> frozenset[date]:
    """Days off of one province in one year, days observed instead included.

    Raises `ProvinceUnknown`.
    """
    if province not in PROVINCES:
        raise ProvinceUnknown(
            f"province {province!r} is not known: it is one of {', '.join(PROVINCES)}"
        )
    return frozenset(holidays.country_holidays("CA", subdiv=province, years=year))


def is_holiday(province: str, day: date) -> bool:
    """Whether a day is a public holiday of a province."""
    return day in holidays_of(province, day.year)


def is_business_day(province: str, day: date) -> bool:
    """Monday to Friday, and no public holiday of the province."""
    return day.weekday() < 5 and not is_holiday(province, day)


def business_days(province: str, first: date, last: date) -> list[date]:
    """The business days of a province from `first` to `last`, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if is_business_day(province, day)]


@lru_cache(maxsize=4096)
def nth_business_day(province: str, year: int, month: int, nth: int) -> date:
    """The nth business day of a month: 1 is the first, -1 the last."""
    first, next_month = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    days = business_days(province, first, next_month - timedelta(days=1))
    return days[nth - 1 if nth > 0 else nth]
