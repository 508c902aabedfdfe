"""Totals of many offers or bills at once: subtotal, discount, taxes by destination and day.

The same rules for one document, in decimals, are `services.finance.pricing`; a test compares.
"""

from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
import polars as pl

from crm_core.enums import TaxCategory
from crm_core.services.finance.tax import Rate, rates_of_move
from crm_core.services.finance.tax_seed import tax_rate_rows
from crm_core.simulation.demand import PROVINCES
from crm_core.simulation.frames import Cents, Days, choice, money, only
from crm_core.simulation.offers import KINDS, Offers
from crm_core.simulation.zones import EPOCH, Index, day_number

PER_MILLE_MILLE = 100_000
"""Rates are held as whole hundred-thousandths."""
MOST_TAXES = 2

IS_GOODS = np.array([kind.is_goods for kind in KINDS])
IS_OPTIONAL = np.array([kind.is_optional for kind in KINDS])


@dataclass(frozen=True)
class Totals:
    """Amounts in cents, one per document; tax lines by document and tax."""

    subtotal: Cents
    discount: Cents
    tax: Cents
    tax_codes: Index
    """Number of the tax in `codes`, -1 where there is no second tax."""
    tax_rates: Cents
    tax_bases: Cents
    tax_amounts: Cents
    codes: tuple[str, ...]

    def and_then(self, other: "Totals") -> "Totals":
        """These, followed by others."""
        names = [f.name for f in fields(self) if f.name != "codes"]
        parts = {n: np.concatenate([getattr(self, n), getattr(other, n)]) for n in names}
        return Totals(**parts, codes=self.codes)

    @property
    def net(self) -> Cents:
        """Before tax, after discount."""
        return self.subtotal - self.discount

    @property
    def total(self) -> Cents:
        return self.net + self.tax


def totals(offers: Offers, origin: Index, destination: Index, on: Days) -> Totals:
    """Price each document for a move from province to province, at the rates of its day."""
    amounts = offers.amounts * ~IS_OPTIONAL
    service = (amounts * ~IS_GOODS).sum(axis=1)
    goods = (amounts * IS_GOODS).sum(axis=1)
    subtotal = service + goods
    discount = (subtotal * offers.discount_pct + 50) // 100
    off_service = _share(discount, service, goods)
    net_service, net_goods = service - off_service, goods - (discount - off_service)
    code, rate, on_service, on_goods, codes = _rates(origin, destination, on)
    bases = on_service * net_service[:, None] + on_goods * net_goods[:, None]
    taxed = (rate * bases + PER_MILLE_MILLE // 2) // PER_MILLE_MILLE
    return Totals(
        subtotal=subtotal,
        discount=discount,
        tax=taxed.sum(axis=1),
        tax_codes=np.where(bases > 0, code, -1),
        tax_rates=rate,
        tax_bases=bases,
        tax_amounts=taxed,
        codes=codes,
    )


def _share(amount: Cents, first: Cents, second: Cents) -> Cents:
    """The part of `amount` that falls on `first`, by largest remainder as in `money.allocate`."""
    whole = np.maximum(first + second, 1)
    missing = amount - amount * first // whole - amount * second // whole
    wins = amount * first % whole >= amount * second % whole
    result: Cents = amount * first // whole + np.where(wins, missing, 0)
    return result


def seeded_rates() -> list[Rate]:
    """The tax table of the product."""
    return [
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


def _rates(
    origin: Index, destination: Index, on: Days
) -> tuple[Index, Cents, Cents, Cents, tuple[str, ...]]:
    """By document and tax: number of the code, rate, and 1 where it is levied on either part."""
    table = seeded_rates()
    codes = tuple(sorted({rate.code for rate in table}))
    ends = {rate.valid_from_on for rate in table} | {r.valid_to_on for r in table if r.valid_to_on}
    spans = np.array(sorted(day_number(end) for end in ends))
    span = np.searchsorted(spans, on, side="right") - 1
    key = (span * len(PROVINCES) + origin) * len(PROVINCES) + destination
    found, row = np.unique(key, return_inverse=True)
    shape = (len(found), MOST_TAXES)
    code, rate = np.full(shape, -1, dtype=np.intp), np.zeros(shape, dtype=np.int64)
    levied = np.zeros((2, *shape), dtype=np.int64)
    for place, one in enumerate(found):
        rest, ends_in = divmod(int(one), len(PROVINCES))
        number, begins_in = divmod(rest, len(PROVINCES))
        day = EPOCH + timedelta(days=int(spans[number]))
        taxes = rates_of_move(
            table, origin=PROVINCES[begins_in], destination=PROVINCES[ends_in], on=day
        )
        wanted = {(tax.code, tax.rate) for kind in TaxCategory for tax in taxes[kind]}
        for tax_number, (name, share) in enumerate(sorted(wanted)):
            code[place, tax_number] = codes.index(name)
            rate[place, tax_number] = int(share * PER_MILLE_MILLE)
            for side, kind in enumerate((TaxCategory.SERVICE, TaxCategory.GOODS)):
                levied[side, place, tax_number] = any(tax.code == name for tax in taxes[kind])
    return code[row], rate[row], levied[0][row], levied[1][row], codes


def tax_lines(priced: Totals, sign: int = 1) -> pl.Series:
    """The stored tax lines as JSON text; `sign` -1 for a credit note."""
    lines = [_tax_line(priced, number, sign) for number in range(MOST_TAXES)]
    frame = pl.DataFrame({f"line_{number}": line for number, line in enumerate(lines)})
    inner = pl.concat_str(pl.all(), separator=", ", ignore_nulls=True)
    return frame.select(pl.concat_str(pl.lit("["), inner, pl.lit("]"))).to_series()


def _tax_line(priced: Totals, number: int, sign: int) -> pl.Series:
    """One tax of each document as a JSON object, null where there is none."""
    code = priced.tax_codes[:, number]
    rates = (pl.Series(priced.tax_rates[:, number]).cast(pl.Decimal(20, 5)) / PER_MILLE_MILLE).cast(
        pl.Decimal(6, 5)
    )
    frame = pl.DataFrame(
        {
            "code": choice(priced.codes, np.maximum(code, 0)),
            "rate": rates,
            "base": money(sign * priced.tax_bases[:, number]),
            "amount": money(sign * priced.tax_amounts[:, number]),
        }
    )
    fields: list[pl.Expr] = []
    for name in frame.columns:
        opening = "{" if not fields else ", "
        fields += [pl.lit(f'{opening}"{name}": "'), pl.col(name).cast(pl.String), pl.lit('"')]
    text = frame.select(pl.concat_str(*fields, pl.lit("}"))).to_series()
    return only(text, code >= 0)
