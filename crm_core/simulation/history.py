"""Booking totals by branch and month from before the detail begins: seasons for the forecasts.

Bookings of the detail itself are quotes, in `crm_core.simulation.quotes`.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crm_core.simulation.calendar import (
    LONGEST_LEAD_TIME,
    days_between,
    expected_jobs,
    lead_time_shares,
)
from crm_core.simulation.frames import money
from crm_core.simulation.identifiers import new_ids
from crm_core.simulation.network import months_before
from crm_core.simulation.organisation import World
from crm_core.simulation.zones import DAY, day_number

MEAN_TICKET_CENTS = 105_000
TICKET_SIGMA = 0.55
YEARLY_PRICE_RISE = 1.02


def booking_history(world: World, end_on: date) -> pl.DataFrame:
    """One row per branch and month from the start of the history to the day before `end_on`."""
    rng = world.rng("history")
    plan, branches = world.plan, world.company.branches
    days = days_between(plan.history_start_on, end_on - timedelta(days=1))
    months = np.array([day_number(day.replace(day=1)) for day in days])
    month_on, column = np.unique(months, return_inverse=True)
    by_month = np.zeros((len(branches), len(month_on)))
    np.add.at(by_month.T, column, _expected_bookings(world, days).T)
    counts = rng.poisson(by_month)
    is_open = month_on >= np.array([[_first_month(b.opened_on)] for b in branches])
    branch, place = np.nonzero(is_open)
    count, month = counts[branch, place], month_on[place]
    years = (month - day_number(plan.start_on)) / 365.25
    ticket = MEAN_TICKET_CENTS * YEARLY_PRICE_RISE**years
    spread = 1 + TICKET_SIGMA * rng.standard_normal(len(count)) / np.sqrt(np.maximum(count, 1))
    amount = (count * ticket * np.maximum(spread, 0.3)).astype(np.int64)
    next_month = (
        (month + 32).astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    )
    written_at = next_month.astype(np.int64) * DAY
    stamp = pl.Series((written_at * 1000).astype("datetime64[ms]"))
    return pl.DataFrame(
        {
            "client_id": pl.repeat(world.client_id, len(count), eager=True),
            "id": new_ids(written_at * 1000, rng),
            "location_id": world.location_ids.gather(branch),
            "month_on": pl.Series(month.astype(np.int32)).cast(pl.Date),
            "bookings_count": count,
            "booked_amount": money(amount),
            "created_at": stamp,
            "updated_at": stamp,
        }
    )


def _first_month(day: date) -> int:
    return day_number(months_before(day, 0))


def _expected_bookings(world: World, days: list[date]) -> NDArray[np.float64]:
    """Expected bookings by branch and booking day: work of later days, by the lead times."""
    last = days[-1] + timedelta(days=LONGEST_LEAD_TIME)
    work = expected_jobs(world.company.branches, days[0], last, world.plan.until)
    shares = lead_time_shares()
    booked = np.zeros((len(work), len(days)))
    for ahead, share in enumerate(shares):
        booked += share * work[:, ahead : ahead + len(days)]
    return booked
