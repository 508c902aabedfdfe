"""The sales tax rates of Canada as dated rows, for `core.tax_rates`.

Which of them apply to a supply is decided in `finance.tax`. Not tax advice: an
accountant confirms the table before it is used in earnest.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from crm_core.enums import TaxCategory
from crm_core.models import TaxRate

SERVICE, GOODS = TaxCategory.SERVICE, TaxCategory.GOODS
BOTH = (SERVICE, GOODS)


class SeededRate(NamedTuple):
    """One rate of one tax; `valid_to_on` is the first day on which it no longer applies."""

    provinces: str
    categories: tuple[TaxCategory, ...]
    code: str
    rate: str
    valid_from_on: date
    valid_to_on: date | None = None


# Provincial tax of BC, MB and SK reaches goods sold with a move, not the freight service.
RATES = (
    SeededRate("AB BC MB SK NT NU YT QC", BOTH, "GST", "0.05", date(2008, 1, 1)),
    SeededRate("BC", (GOODS,), "PST", "0.07", date(2013, 4, 1)),
    SeededRate("MB", (GOODS,), "RST", "0.07", date(2019, 7, 1)),
    SeededRate("SK", (GOODS,), "PST", "0.06", date(2017, 3, 23)),
    SeededRate("QC", BOTH, "QST", "0.09975", date(2013, 1, 1)),
    SeededRate("ON", BOTH, "HST", "0.13", date(2010, 7, 1)),
    SeededRate("NB", BOTH, "HST", "0.15", date(2016, 7, 1)),
    SeededRate("NL", BOTH, "HST", "0.15", date(2016, 7, 1)),
    SeededRate("PE", BOTH, "HST", "0.15", date(2016, 10, 1)),
    SeededRate("NS", BOTH, "HST", "0.15", date(2010, 7, 1), date(2025, 4, 1)),
    SeededRate("NS", BOTH, "HST", "0.14", date(2025, 4, 1)),
)


def tax_rate_rows() -> list[TaxRate]:
    """The table, one row per province, category, tax and span."""
    return [
        TaxRate(
            province=province,
            category=category.value,
            code=seeded.code,
            valid_from_on=seeded.valid_from_on,
            valid_to_on=seeded.valid_to_on,
            rate=Decimal(seeded.rate),
            is_compound=False,
        )
        for seeded in RATES
        for province in seeded.provinces.split()
        for category in seeded.categories
    ]


def seed_tax_rates(connection: Connection) -> int:
    """Bring the rates of the database up to the table, as the owner role.

    Safe to run again; returns the number of rows written, 0 when all were there.
    """
    columns = ("province", "category", "code", "valid_from_on", "valid_to_on", "rate")
    values = [{name: getattr(row, name) for name in columns} for row in tax_rate_rows()]
    statement = insert(TaxRate).values(values)
    new = statement.excluded
    written = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["province", "category", "code", "valid_from_on"],
            set_={"rate": new.rate, "valid_to_on": new.valid_to_on},
            where=(TaxRate.rate != new.rate)
            | TaxRate.valid_to_on.is_distinct_from(new.valid_to_on),
        )
    )
    return written.rowcount
