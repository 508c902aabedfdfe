"""Which taxes a supply carries: the rules of place, the dates of rates, and the seeded table."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import TaxCategory
from crm_core.errors import InvalidInput
from crm_core.services.finance.tax import ABROAD, PROVINCES, Rate, TaxRateMissing, rates_for
from crm_core.services.finance.tax_seed import tax_rate_rows

RATES = [
    Rate(
        province=row.province,
        category=TaxCategory(row.category),
        code=row.code,
        rate=row.rate,
        valid_from_on=row.valid_from_on,
        valid_to_on=row.valid_to_on,
    )
    for row in tax_rate_rows()
]
TODAY = date(2026, 11, 22)
HST = {"ON": "0.13", "NB": "0.15", "NL": "0.15", "PE": "0.15", "NS": "0.14"}
PST_ON_GOODS = {"BC": ("PST", "0.07"), "MB": ("RST", "0.07"), "SK": ("PST", "0.06")}


def taxes(
    origin: str, destination: str, category: TaxCategory, on: date = TODAY
) -> list[tuple[str, Decimal]]:
    found = rates_for(RATES, origin=origin, destination=destination, category=category, on=on)
    return [(rate.code, rate.rate) for rate in found]


def expected_of_service(origin: str, destination: str) -> list[tuple[str, Decimal]]:
    """The table of the rules, read line by line."""
    if ABROAD in (origin, destination):
        return []
    if destination in HST:
        return [("HST", Decimal(HST[destination]))]
    gst = ("GST", Decimal("0.05"))
    if origin == destination == "QC":
        return [gst, ("QST", Decimal("0.09975"))]
    return [gst]


@pytest.mark.parametrize("destination", sorted(PROVINCES | {ABROAD}))
@pytest.mark.parametrize("origin", sorted(PROVINCES | {ABROAD}))
def test_a_move_is_taxed_where_it_ends(origin: str, destination: str) -> None:
    assert taxes(origin, destination, TaxCategory.SERVICE) == expected_of_service(
        origin, destination
    )


@pytest.mark.parametrize("destination", sorted(PROVINCES))
def test_goods_are_taxed_where_they_are_delivered(destination: str) -> None:
    expected = expected_of_service(destination, destination)
    if destination in PST_ON_GOODS:
        code, rate = PST_ON_GOODS[destination]
        expected = [*expected, (code, Decimal(rate))]
    assert taxes("QC", destination, TaxCategory.GOODS) == expected


@pytest.mark.parametrize(
    ("on", "rate"),
    [
        (date(2025, 3, 31), "0.15"),
        (date(2025, 4, 1), "0.14"),
        (date(2026, 11, 22), "0.14"),
        (date(2023, 1, 1), "0.15"),
    ],
)
def test_nova_scotia_changed_its_rate(on: date, rate: str) -> None:
    assert taxes("NS", "NS", TaxCategory.SERVICE, on) == [("HST", Decimal(rate))]


@given(
    st.sampled_from(sorted(PROVINCES)),
    st.sampled_from(list(TaxCategory)),
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
)
def test_there_is_one_rate_per_tax_on_every_day(
    province: str, category: TaxCategory, on: date
) -> None:
    codes = [code for code, _ in taxes(province, province, category, on)]
    assert codes
    assert len(codes) == len(set(codes))
    assert ("HST" in codes) != ("GST" in codes)


def test_an_unknown_province_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="destination_province: 'ZZ'"):
        taxes("ON", "ZZ", TaxCategory.SERVICE)
    with pytest.raises(InvalidInput, match="origin_province: 'on'"):
        taxes("on", "ON", TaxCategory.SERVICE)


def test_a_day_without_a_rate_is_refused() -> None:
    with pytest.raises(TaxRateMissing, match="no SERVICE tax rate for ON on 2009-01-01"):
        taxes("ON", "ON", TaxCategory.SERVICE, date(2009, 1, 1))
