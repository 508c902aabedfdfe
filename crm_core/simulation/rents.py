"""The rent run: a bill per booking and month, beside the bills of the jobs.

Who rents is decided in `crm_core.simulation.storage`; all bills become rows in `invoices`.
"""

from dataclasses import dataclass

import numpy as np

from crm_core.simulation.frames import Cents, Days
from crm_core.simulation.jobs import HOUR, MINUTE
from crm_core.simulation.offers import KINDS, RENT, Offers
from crm_core.simulation.organisation import World
from crm_core.simulation.span import first_day
from crm_core.simulation.storage import RENT_RAISE_PCT, Rentals, month_starts
from crm_core.simulation.zones import DAY, Index, Seconds

RUN_AT = 5 * HOUR
"""Seconds after midnight at which the rent run bills what begins that day."""


@dataclass(frozen=True)
class Rents:
    """One row per month billed."""

    rental: Index
    begins_on: Days
    ends_on: Days
    """Last day that the rent covers."""
    drafted_at: Seconds
    issued_at: Seconds
    offer: Offers

    def __len__(self) -> int:
        return len(self.rental)


def rents(world: World, let: Rentals) -> Rents:
    """Every month that began within the detail; goods brought by a job have one month paid."""
    today = world.as_of // DAY
    last = np.minimum(let.ends_on - 1, today)
    months = np.maximum((last - let.starts_on) // 28 + 1, 0) * ~let.is_called_off
    rental = np.repeat(np.arange(len(let)), months)
    place = np.arange(len(rental)) - np.repeat(np.cumsum(months) - months, months)
    begins = month_starts(let.starts_on[rental], place)
    ends = month_starts(let.starts_on[rental], place + 1) - 1
    at = world.zones.instants(
        np.maximum(begins, first_day(world)) * DAY + RUN_AT, let.branch[rental]
    )
    paid_with_job = (let.job[rental] >= 0) & (place == 0)
    due = (begins >= first_day(world)) & (begins <= last[rental]) & (at + HOUR <= world.as_of)
    rows = np.flatnonzero(due & ~paid_with_job)
    rental, begins, ends, at = rental[rows], begins[rows], ends[rows], at[rows]
    return Rents(
        rental=rental,
        begins_on=begins,
        ends_on=ends,
        drafted_at=at,
        issued_at=at + 10 * MINUTE,
        offer=_offers(price_on(let, rental, begins)),
    )


def price_on(let: Rentals, rental: Index, day: Days) -> Cents:
    """The rent of a month after its discount, with the raises in force on a day."""
    years = np.maximum((day - let.starts_on[rental]) // 365, 0)
    rate = raised(let.rate[rental], years)
    result: Cents = np.maximum(rate - let.discount[rental], 0)
    return result


def raised(rate: Cents, years: Days) -> Cents:
    """The rent after so many yearly raises, in whole dollars."""
    result: Cents = rate * (100 + RENT_RAISE_PCT * years) // 10_000 * 100
    return result


def _offers(price: Cents) -> Offers:
    count = len(price)
    quantities = np.zeros((count, len(KINDS)), dtype=np.int64)
    units = np.zeros_like(quantities)
    quantities[:, RENT], units[:, RENT] = 100, price
    nothing = np.zeros(count, dtype=np.int64)
    return Offers(nothing, nothing, nothing, quantities, units, nothing, nothing)
