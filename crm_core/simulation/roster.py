"""Who goes to which job with which truck: nobody and nothing is in two places at once.

When jobs begin and end is decided in `crm_core.simulation.jobs`.
"""

from dataclasses import dataclass

import numpy as np

from crm_core.simulation.fleet import Fleet
from crm_core.simulation.frames import NEVER, Mask, ranks
from crm_core.simulation.jobs import HOUR, MINUTE, Jobs
from crm_core.simulation.organisation import World
from crm_core.simulation.shifts import FieldStaff
from crm_core.simulation.span import day_count, first_day, planted, wall_clock
from crm_core.simulation.zones import Index, Seconds

AHEAD_DAYS = 2
"""Crews are assigned so many days before, in the afternoon."""
BETWEEN = 10 * MINUTE
EXTRA_MINUTES = (35, 70)
"""What the planted crew adds to its hours on each job."""
LAST_END = 5 * HOUR
"""A job that ends later than this on the next morning is given to a hired crew."""


@dataclass(frozen=True)
class Roster:
    """Who and what was assigned; jobs without an entry are done by hired crews and trucks."""

    assigned_at: Seconds
    """By job: NEVER where nobody was assigned."""
    crew_job: Index
    crew_person: Index
    """Row in the field staff; drivers first within a job."""
    truck_job: Index
    truck: Index
    lead: Index
    """By job: the person who leads the crew, -1 without one."""
    extra: Seconds
    """By job: seconds that the crew writes down beyond the end."""

    def first_truck(self, jobs: int) -> Index:
        """By job: its first truck, -1 without one."""
        first = np.full(jobs, -1, dtype=np.intp)
        first[self.truck_job[::-1]] = self.truck[::-1]
        return first


def roster(world: World, work: Jobs, staff: FieldStaff, trucks: Fleet) -> Roster:
    """Assign everybody to everything that is planned within the next days."""
    branches = len(world.company.branches)
    afternoon = wall_clock(world, work.service_on - AHEAD_DAYS, 16 * HOUR, work.branch)
    assigned_at = np.maximum(afternoon, work.booked_at + 10 * MINUTE)
    begin = np.minimum(work.prepared_at, work.planned_start_at)
    most = np.where(work.branch == planted(world).crew_branch, EXTRA_MINUTES[1], 0) * MINUTE
    end = np.maximum(work.completed_at + most, work.planned_end_at) + BETWEEN
    by_morning = wall_clock(world, work.service_on + 1, LAST_END, work.branch)
    possible = (work.cancelled_at >= NEVER) & (assigned_at <= world.as_of) & (end <= by_morning)
    possible &= work.service_on >= first_day(world)
    rows = np.flatnonzero(possible)
    day = _Days(world, work, rows, begin[rows], end[rows])
    need = work.offer.trucks[rows].astype(np.int64)
    driver_job, driver = day.assign(staff.pool(branches, drive=True), staff.away, need)
    got = np.bincount(driver_job, minlength=len(rows))
    movers = work.offer.crew[rows] - got
    mover_job, mover = day.assign(staff.pool(branches, drive=False), staff.away, movers)
    truck_job, truck = day.assign(trucks.of_branches(branches), trucks.shop.away, need)
    crew_job = np.concatenate([driver_job, mover_job])
    person = np.concatenate([driver, mover])
    order = np.lexsort((person, crew_job))
    crew_job, person = rows[crew_job[order]], person[order]
    lead = np.full(len(work), -1, dtype=np.intp)
    lead[crew_job[::-1]] = person[::-1]
    assigned = np.where(possible & (lead >= 0), assigned_at, NEVER)
    order = np.lexsort((truck, truck_job))
    return Roster(
        assigned_at=assigned,
        crew_job=crew_job,
        crew_person=person,
        truck_job=rows[truck_job[order]],
        truck=truck[order],
        lead=lead,
        extra=_extra(world, work, staff, lead),
    )


def _extra(world: World, work: Jobs, staff: FieldStaff, lead: Index) -> Seconds:
    """The planted crew's surplus."""
    first, _ = staff.pool(len(world.company.branches), drive=True)
    place = lead - first[work.branch]
    cheats = planted(world).cheats(work.branch, place, work.service_on) & (lead >= 0)
    surplus = world.rng("surplus").integers(*EXTRA_MINUTES, len(work)) * MINUTE
    return np.where(cheats, surplus, 0)


class _Days:
    """The jobs of each branch and day in the order of their beginning."""

    def __init__(self, world: World, work: Jobs, rows: Index, begin: Seconds, end: Seconds) -> None:
        self.branch = work.branch[rows]
        self.day = work.service_on[rows] - first_day(world)
        self.begin, self.end = begin, end
        key = self.branch * day_count(world) + self.day
        self.keys, self.group = np.unique(key, return_inverse=True)
        self.rank = ranks(key, begin)
        self.days = day_count(world)

    def assign(self, pool: tuple[Index, Index], away: Mask, need: Seconds) -> tuple[Index, Index]:
        """Job and member of the pool, for as many as are free.

        Always in the same order, so that the first of a pool work long weeks and the last few.
        """
        first, count = pool
        branch, day = self.keys // self.days, self.keys % self.days
        size = count[branch][:, None]
        seat = np.arange(max(int(count.max()), 1))[None, :]
        member = first[branch][:, None] + seat % size
        free_at = np.where(away[np.minimum(member, len(away) - 1), day[:, None]], NEVER, 0)
        free_at = np.where(seat < size, free_at, NEVER)
        found = [(np.zeros(0, np.intp), np.zeros(0, np.intp))]
        for rank in range(1, int(self.rank.max(initial=0)) + 1):
            jobs = np.flatnonzero(self.rank == rank)
            group = self.group[jobs]
            free = free_at[group] <= self.begin[jobs][:, None]
            taken = free & (np.cumsum(free, axis=1) <= need[jobs][:, None])
            free_at[group] = np.where(taken, self.end[jobs][:, None], free_at[group])
            row, place = np.nonzero(taken)
            found.append((jobs[row], member[group[row], place]))
        job, who = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return job, who
