"""What is charged for finished work, when, and how it is corrected: bills, re-bills and credits.

How customers pay is in `crm_core.simulation.money_in`; the rows are made in `invoices`.
"""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from crm_core.services.finance.invoices import TERMS
from crm_core.simulation import market
from crm_core.simulation.demand import CUSTOMER_TYPES, home_provinces
from crm_core.simulation.frames import NEVER, Cents, Days, Mask
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.offers import Offers, quarter_hours
from crm_core.simulation.organisation import World
from crm_core.simulation.rents import Rents
from crm_core.simulation.sales import Sales
from crm_core.simulation.storage import Rentals
from crm_core.simulation.totals import Totals, totals
from crm_core.simulation.zones import DAY, Index, Seconds

SAME_DAY_SHARE = 0.82
FORGOTTEN_SHARE = 0.003
"""Finished jobs whose bill stays a draft."""
REBILLED_SHARE = 0.004
RENT_TERM_DAYS = 7
TERM_DAYS = np.array([TERMS[t].days if t in TERMS else 0 for t in CUSTOMER_TYPES])


class Why(IntEnum):
    """What a bill is for."""

    WORK = 0
    MISTAKE = 1
    """Issued wrongly, taken back unpaid, and issued again as WORK."""
    RENT = 2
    """A month of a storage unit."""


@dataclass(frozen=True)
class Bills:
    """One row per bill; instants that never come are NEVER."""

    job: Index
    """The job that is billed, -1 for rent."""
    rent: Index
    """The month of rent that is billed, -1 for work."""
    branch: Index
    why: Index
    offer: Offers
    """What is charged, in lines."""
    priced: Totals
    drafted_at: Seconds
    issued_at: Seconds
    issued_on: Days
    cancelled_at: Seconds
    customer_type: Index

    def __len__(self) -> int:
        return len(self.job)

    @property
    def due_on(self) -> Days:
        terms = np.where(self.rent >= 0, RENT_TERM_DAYS, TERM_DAYS[self.customer_type])
        result: Days = self.issued_on + terms
        return result


def bills(world: World, sold: Sales, work: Jobs, let: Rentals, months: Rents) -> Bills:
    """Bills of everything finished, and of every month let, by the end of the history."""
    jobs, rent = _work_bills(world, sold, work), _rent_bills(world, sold, let, months)
    parts = {
        f.name: np.concatenate([getattr(jobs, f.name), getattr(rent, f.name)])
        for f in fields(Bills)
        if f.name not in ("offer", "priced")
    }
    return Bills(
        **parts, offer=jobs.offer.and_then(rent.offer), priced=jobs.priced.and_then(rent.priced)
    )


def _rent_bills(world: World, sold: Sales, let: Rentals, months: Rents) -> Bills:
    """Rent is taxed where the site is, and goes out with the rent run."""
    branch = let.branch[months.rental]
    issued_on = world.zones.local(months.issued_at, branch) // DAY
    province = home_provinces(world)[branch]
    count = len(months)
    return Bills(
        job=np.full(count, -1, dtype=np.intp),
        rent=np.arange(count),
        branch=branch,
        why=np.full(count, Why.RENT, dtype=np.intp),
        offer=months.offer,
        priced=totals(months.offer, province, province, issued_on),
        drafted_at=months.drafted_at,
        issued_at=months.issued_at,
        issued_on=issued_on,
        cancelled_at=np.full(count, NEVER),
        customer_type=sold.leads.customer_type[let.lead[months.rental]],
    )


def _work_bills(world: World, sold: Sales, work: Jobs) -> Bills:
    """Bills of the jobs that are done."""
    rng = world.rng("bills")
    done = np.flatnonzero(work.completed_at <= world.as_of)
    finished = work.take(done)
    drafted = finished.completed_at + 5 * MINUTE
    issued = _issue_times(world, rng, finished, drafted)
    wrong, mended_at = _mistakes(world, rng, finished, issued)
    job = np.concatenate([done, done[wrong]])
    why = np.where(np.arange(len(job)) < len(done), Why.WORK, Why.MISTAKE).astype(np.intp)
    drafted_at = np.concatenate([np.where(wrong, mended_at, drafted), drafted[wrong]])
    issued_at = np.concatenate([np.where(wrong, mended_at, issued), issued[wrong]])
    cancelled_at = np.concatenate([np.full(len(done), NEVER), mended_at[wrong]])
    exists = drafted_at <= world.as_of
    row = np.flatnonzero(exists)
    job, why = job[row], why[row]
    branch = work.branch[job]
    happened = issued_at[row] <= world.as_of
    issued_on = world.zones.local(np.minimum(issued_at[row], world.as_of), branch) // DAY
    lead = work.lead[job]
    offer = _worked(work.take(job))
    return Bills(
        job=job,
        rent=np.full(len(job), -1, dtype=np.intp),
        branch=branch,
        why=why,
        offer=offer,
        priced=totals(offer, sold.leads.origin[lead], sold.leads.destination[lead], issued_on),
        drafted_at=drafted_at[row],
        issued_at=np.where(happened, issued_at[row], NEVER),
        issued_on=issued_on,
        cancelled_at=cancelled_at[row],
        customer_type=sold.leads.customer_type[lead],
    )


def _issue_times(
    world: World, rng: np.random.Generator, finished: Jobs, drafted: Seconds
) -> Seconds:
    """Most bills go out within the hour, some on a later morning, a few never."""
    count = len(finished)
    soon = drafted + rng.integers(2, 50, count) * MINUTE
    wait = np.ceil(1.4 * rng.exponential(1.0, count)).astype(np.int64)
    day = world.zones.local(drafted, finished.branch) // DAY + wait
    morning = world.zones.instants(
        day * DAY + 9 * HOUR + rng.integers(0, 7 * HOUR, count), finished.branch
    )
    issued = np.where(rng.random(count) < SAME_DAY_SHARE, soon, morning)
    return np.where(rng.random(count) < FORGOTTEN_SHARE, NEVER, issued)


def _mistakes(
    world: World, rng: np.random.Generator, finished: Jobs, issued: Seconds
) -> tuple[Mask, Seconds]:
    """Bills taken back, and when they are issued again: within the same month."""
    count = len(finished)
    mended = np.where(issued < NEVER, issued + rng.integers(2, 60, count) * HOUR, NEVER)
    known = np.minimum(issued, world.as_of), np.minimum(mended, world.as_of)
    month, mended_month = (
        (world.zones.local(times, finished.branch) // DAY)
        .astype("datetime64[D]")
        .astype("datetime64[M]")
        for times in known
    )
    chosen = rng.random(count) < REBILLED_SHARE
    return chosen & (mended <= world.as_of) & (month == mended_month), mended


def _worked(work: Jobs) -> Offers:
    """The offer with the hours that the crew really worked."""
    minutes = (work.completed_at - work.started_at) / MINUTE
    planned = np.maximum(work.offer.minutes, 1)
    hours = quarter_hours(work.offer.hours / 100 * minutes / planned)
    return work.offer.with_hours(np.maximum(hours, int(market.LEAST_HOURS * 100)))


def billed_amounts(made: Bills, jobs: int) -> Cents:
    """By job: what was charged before tax and not taken back."""
    counts = (made.issued_at < NEVER) & (made.cancelled_at >= NEVER) & (made.job >= 0)
    amounts = np.zeros(jobs, dtype=np.int64)
    np.add.at(amounts, made.job[counts], made.priced.net[counts])
    return amounts
