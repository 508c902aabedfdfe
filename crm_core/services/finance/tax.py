"""Which sales taxes apply to a supply: by destination, category and date.

Rates are rows of `core.tax_rates`; amounts are computed in `finance.pricing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import TaxCategory
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import TaxRate

PROVINCES = frozenset(
    ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
)
QUEBEC = "QC"
ABROAD = "XX"
"""The province of an address outside Canada: such moves are zero-rated."""


class TaxRateMissing(CrmError):
    """No rate is stored for a province, category and day."""


@dataclass(frozen=True)
class Rate:
    """One tax in force in one province from a day on, up to (not including) another."""

    province: str
    category: TaxCategory
    code: str
    rate: Decimal
    valid_from_on: date
    valid_to_on: date | None = None

    def in_force(self, on: date) -> bool:
        return self.valid_from_on <= on and (self.valid_to_on is None or on < self.valid_to_on)


RatesByCategory = Mapping[TaxCategory, Sequence[Rate]]


def province(field: str, code: str) -> str:
    """A Canadian province or territory, or `ABROAD`; raises `InvalidInput` for anything else."""
    if code not in PROVINCES and code != ABROAD:
        raise InvalidInput(field, f"{code!r} is no province code; use {ABROAD} for outside Canada")
    return code


def rates_for(
    rates: Sequence[Rate], *, origin: str, destination: str, category: TaxCategory, on: date
) -> list[Rate]:
    """The taxes on one supply, in order of code; empty when zero-rated.

    Moving goods is a freight service, supplied where it ends: the destination's taxes apply. A
    carrier charges QST only when the move also began in Québec. Goods are taxed where delivered.
    Raises `TaxRateMissing` where a Canadian destination has no rate on that day.
    """
    province("origin_province", origin)
    if province("destination_province", destination) == ABROAD or origin == ABROAD:
        return []
    found = [
        rate
        for rate in rates
        if rate.province == destination and rate.category == category and rate.in_force(on)
    ]
    if not found:
        raise TaxRateMissing(f"no {category} tax rate for {destination} on {on}: add it first")
    into_quebec = destination == QUEBEC and origin != QUEBEC
    if into_quebec and category is TaxCategory.SERVICE:
        found = [rate for rate in found if rate.code != "QST"]
    return sorted(found, key=lambda rate: rate.code)


def rates_of_move(
    rates: Sequence[Rate], *, origin: str, destination: str, on: date
) -> RatesByCategory:
    """`rates_for` of every tax category."""
    return {
        category: rates_for(rates, origin=origin, destination=destination, category=category, on=on)
        for category in TaxCategory
    }


def load_rates(session: Session) -> list[Rate]:
    """All stored rates."""
    return [
        Rate(
            province=row.province,
            category=TaxCategory(row.category),
            code=row.code,
            rate=row.rate,
            valid_from_on=row.valid_from_on,
            valid_to_on=row.valid_to_on,
        )
        for row in session.scalars(select(TaxRate))
    ]
