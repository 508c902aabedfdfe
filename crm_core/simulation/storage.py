"""Storage units and who rents them for how long at which price.

What renters are billed is in `crm_core.simulation.rents`; the rows are made in `storage_rows`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from crm_core.enums import StorageType
from crm_core.simulation.frames import NEVER, Cents, Days, Mask
from crm_core.simulation.jobs import Jobs
from crm_core.simulation.offers import STORAGE
from crm_core.simulation.organisation import World
from crm_core.simulation.sales import Sales
from crm_core.simulation.span import first_day
from crm_core.simulation.zones import DAY, Index, day_number

Size = tuple[float, float, float, int]
"""Width, length and height in feet, and dollars a month."""

PODS: Final = ((7.0, 6.0, 7.0, 99),)
LOCKERS: Final = ((5.5, 5.5, 4.0, 100), (8.0, 5.5, 7.0, 150), (10.0, 9.0, 15.0, 200),
                  (12.0, 12.0, 15.0, 250))  # fmt: skip
SIZES: Final[dict[str, tuple[Size, ...]]] = {
    "DTOR": ((5.0, 10.0, 12.0, 350),),
    "EDMO": ((5.0, 7.0, 5.0, 125),),
    "MONT": ((10.0, 10.0, 8.0, 225), (10.0, 20.0, 8.0, 399)),
    "KELO": ((5.0, 10.0, 10.0, 275),),
    "CALG": ((8.0, 10.0, 8.0, 199), (8.0, 20.0, 8.0, 269), (8.0, 40.0, 8.0, 399)),
    "OTTA": ((5.0, 5.0, 8.0, 99), (10.0, 10.0, 8.0, 299)),
    "KING": ((5.0, 12.0, 10.0, 100), (10.0, 12.0, 10.0, 175)),
    "WATE": ((5.0, 5.0, 12.0, 175), (10.0, 5.0, 12.0, 300)),
}
UNITS: Final = {StorageType.POD: (40, 120), StorageType.LOCKER: (60, 180)}
FEW_UNITS: Final = {"KELO": 3}
RUN_IN_DAYS = 200
"""Days before the detail from which units are let."""
STAY_MEDIAN, STAY_SIGMA, SHORTEST_STAY = 130, 0.95, 14
MEAN_GAP = 28
STREET_RAISE_PCT, RENT_RAISE_PCT = 3, 6
DISCOUNT_SHARE, DISCOUNT_PCT = 0.12, 10
CALLED_OFF_SHARE = 0.05
BROUGHT_DAYS = 10
"""A job with a first month of storage brings goods to a unit let so many days later at most."""


@dataclass(frozen=True)
class Units:
    """One row per unit, branch by branch."""

    branch: Index
    number: Index
    size: tuple[Size, ...]
    which: Index
    """Place in `size`."""

    def __len__(self) -> int:
        return len(self.branch)

    @property
    def base(self) -> Cents:
        """List price of a month."""
        return np.array([s[3] * 100 for s in self.size])[self.which]


@dataclass(frozen=True)
class Rentals:
    """One row per booking; a called-off one takes no unit."""

    unit: Index
    branch: Index
    starts_on: Days
    ends_on: Days
    """First free day; NEVER // DAY while open."""
    booked_on: Days
    is_called_off: Mask
    lead: Index
    """Row of the lead whose customer rents."""
    job: Index
    """The job that brought the goods, -1 for none."""
    rate: Cents
    discount: Cents

    def __len__(self) -> int:
        return len(self.unit)

    def raises(self, day: Days) -> Days:
        """How many yearly raises are in force on days."""
        result: Days = np.maximum((day - self.starts_on) // 365, 0)
        return result


def units(world: World) -> Units:
    """What every site has to let."""
    rng = world.rng("units")
    branch: list[int] = []
    number: list[int] = []
    which: list[int] = []
    sizes: list[Size] = []
    for place, one in enumerate(world.company.branches):
        code = one.code[:4]
        if one.storage not in UNITS:
            continue
        count = FEW_UNITS.get(code) or int(rng.integers(*UNITS[one.storage]))
        offered = SIZES.get(code) or (PODS if one.storage is StorageType.POD else LOCKERS)
        branch += [place] * count
        number += range(1, count + 1)
        which += (len(sizes) + rng.integers(0, len(offered), count)).tolist()
        sizes += offered
    return Units(np.array(branch, dtype=np.intp), np.array(number), tuple(sizes), np.array(which))


def rentals(world: World, sold: Sales, work: Jobs, sites: Units) -> Rentals:
    """Stay after stay in every unit, and some bookings that came to nothing."""
    rng = world.rng("rentals")
    begin, today = first_day(world), day_number(world.plan.until)
    opened = np.array([day_number(b.opened_on) for b in world.company.branches])
    from_day = np.maximum(begin - RUN_IN_DAYS, opened + 5)[sites.branch]
    rounds = (today - begin + RUN_IN_DAYS) // 40 + 4
    shape = (len(sites), rounds)
    stay = STAY_MEDIAN * np.exp(STAY_SIGMA * rng.standard_normal(shape))
    stay = np.maximum(stay, SHORTEST_STAY).astype(np.int64)
    gap = 1 + rng.exponential(MEAN_GAP, shape).astype(np.int64)
    gap[:, 0] = np.where(rng.random(len(sites)) < 0.6, 0, gap[:, 0] * 2)
    ends = from_day[:, None] + np.cumsum(stay + gap, axis=1)
    unit, place = np.nonzero((ends >= begin) & (ends - stay <= today + 9))
    end, start = ends[unit, place], (ends - stay)[unit, place]
    before = np.where(place > 0, ends[unit, np.maximum(place - 1, 0)], 0)
    booked = np.minimum(np.maximum(start - rng.integers(0, 12, len(start)), before + 1), start)
    known = (booked < today) & (start < today + 9) & (start != today) & (before < today)
    unit, start, end, booked = unit[known], start[known], end[known], booked[known]
    off = np.flatnonzero(rng.random(len(unit)) < CALLED_OFF_SHARE)
    unit = np.concatenate([unit, unit[off]])
    start = np.concatenate([start, start[off] - 3])
    booked = np.concatenate([booked, booked[off] - 6])
    end = np.concatenate(
        [np.where(end < today, end, NEVER // DAY), start[-len(off) :] if len(off) else off]
    )
    is_off = np.arange(len(unit)) >= len(unit) - len(off)
    order = np.lexsort((unit, booked))
    unit, is_off = unit[order], is_off[order]
    start, end, booked = start[order], end[order], booked[order]
    branch = sites.branch[unit]
    job = _bringing(work, branch, start, is_off, world.as_of)
    lead = np.where(job >= 0, work.lead[job], _renters(rng, sold, branch, start))
    years = np.maximum(start - begin, 0) // 365
    street = sites.base[unit] * (100 + STREET_RAISE_PCT * years) // 100
    rate = street // 100 * 100
    cheaper = rng.random(len(unit)) < DISCOUNT_SHARE
    return Rentals(
        unit=unit,
        branch=branch,
        starts_on=start,
        ends_on=end,
        booked_on=booked,
        is_called_off=is_off,
        lead=lead,
        job=job,
        rate=rate,
        discount=np.where(cheaper, rate * DISCOUNT_PCT // 100, 0),
    )


def _bringing(work: Jobs, branch: Index, start: Days, is_off: Mask, end: int) -> Index:
    """By booking: the last job with storage at the branch shortly before it; each job once."""
    stores = (work.offer.quantities[:, STORAGE] > 0) & (work.completed_at <= end)
    jobs = np.flatnonzero(stores)
    if not len(jobs):
        return np.full(len(branch), -1, dtype=np.intp)
    key = work.branch[jobs] * 100_000 + work.service_on[jobs]
    order = np.argsort(key, kind="stable")
    jobs, key = jobs[order], key[order]
    wanted = branch * 100_000 + start
    place = np.searchsorted(key, wanted, side="right") - 1
    near = (place >= 0) & (wanted - key[np.maximum(place, 0)] <= BROUGHT_DAYS) & ~is_off
    _, first = np.unique(np.where(near, place, -1), return_index=True)
    is_first = np.zeros(len(branch), dtype=bool)
    is_first[first] = True
    return np.where(near & is_first, jobs[np.maximum(place, 0)], -1)


def _renters(rng: np.random.Generator, sold: Sales, branch: Index, start: Days) -> Index:
    """By booking: a lead of the branch, from before the booking where there is one."""
    key = sold.leads.branch * 100_000 + sold.leads.created_at // DAY
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.searchsorted(key, branch * 100_000)
    until = np.searchsorted(key, branch * 100_000 + start)
    last = np.searchsorted(key, branch * 100_000 + 99_999)
    room = np.maximum(np.where(until > first + 20, until, np.minimum(first + 40, last)) - first, 1)
    pick = first + (rng.random(len(branch)) * room).astype(np.int64)
    return order[np.minimum(pick, len(order) - 1)]


def month_starts(start: Days, count: Days) -> Days:
    """The day `count` months after `start`; a day that a month lacks becomes its last."""
    day = start.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    within = (day - month.astype("datetime64[D]")).astype(np.int64)
    target = month + count.astype("timedelta64[M]")
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(
        np.int64
    )
    result: Days = target.astype("datetime64[D]").astype(np.int64) + np.minimum(within, length - 1)
    return result
