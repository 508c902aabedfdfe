"""Public holidays differ by province and are known for any year."""

from datetime import date, timedelta

import pytest
from holidays import country_holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.holidays import (
    PROVINCES,
    ProvinceUnknown,
    business_days,
    holidays_of,
    is_business_day,
    is_holiday,
    nth_business_day,
)


def test_every_province_has_its_days_and_all_share_some() -> None:
    assert len(PROVINCES) == 13
    shared = frozenset.intersection(*(holidays_of(p, 2026) for p in PROVINCES))
    everywhere = {date(2026, 1, 1), date(2026, 4, 3), date(2026, 7, 1), date(2026, 9, 7)}
    assert everywhere | {date(2026, 12, 25)} <= shared


@pytest.mark.parametrize(
    ("day", "shut", "open_"),
    [
        (date(2026, 2, 16), {"ON", "AB", "BC", "SK"}, {"QC"}),  # Family Day
        (date(2026, 6, 24), {"QC"}, {"ON", "BC"}),  # Saint-Jean-Baptiste
        (date(2026, 8, 3), {"BC"}, {"QC"}),  # British Columbia Day
        (date(2026, 11, 11), {"BC", "AB"}, {"ON", "QC"}),  # Remembrance Day
    ],
)
def test_provinces_differ(day: date, shut: set[str], open_: set[str]) -> None:
    assert {p for p in shut | open_ if is_holiday(p, day)} == shut


def test_business_days_leave_out_weekends_and_holidays() -> None:
    assert business_days("QC", date(2026, 6, 22), date(2026, 6, 28)) == [
        date(2026, 6, 22), date(2026, 6, 23), date(2026, 6, 25), date(2026, 6, 26)
    ]  # fmt: skip
    assert is_business_day("ON", date(2026, 6, 24))
    assert not is_business_day("BC", date(2026, 2, 16))
    assert is_business_day("QC", date(2026, 2, 16))


@settings(deadline=None)
@given(
    year=st.integers(2024, 2032),
    month=st.integers(1, 12),
    nth=st.integers(1, 15),
    province=st.sampled_from(PROVINCES),
)
def test_business_days_agree_with_counting_them(
    year: int, month: int, nth: int, province: str
) -> None:
    shut = country_holidays("CA", subdiv=province, years=year)
    first = date(year, month, 1)
    days = [first + timedelta(days=n) for n in range(31)]
    open_days = [
        day for day in days if day.month == month and day.weekday() < 5 and day not in shut
    ]
    assert nth_business_day(province, year, month, nth) == open_days[nth - 1]
    assert nth_business_day(province, year, month, -nth) == open_days[-nth]
    assert all(is_business_day(province, day) for day in open_days)


def test_an_unknown_province_is_named() -> None:
    with pytest.raises(ProvinceUnknown, match=r"'XX'.*ON"):
        holidays_of("XX", 2026)
