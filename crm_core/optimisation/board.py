"""A day as numbers: drives between places, who may do what, what a route costs.

Searching for routes is not here; the facts in words are in `problem`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crm_core.optimisation.problem import Day, Window
from crm_core.optimisation.timetable import arrive, leave_yard, work
from crm_core.optimisation.travel import Place

UNSERVED_COST = 20_000
LATE_COST = 500
"""One late start is worth eight hours of driving: nearly lexicographic, and still one number."""
LATE_MINUTE_COST = 1
TOO_FAR = 1_000_000
"""Minutes of a drive that no break could interrupt: no window or shift is that long."""

Matrix = NDArray[np.int64]
Route = tuple[int, ...]
"""Numbers of jobs in the order of work."""


class Start(NamedTuple):
    """From where and within which hours a crew works; crews of one start have the same timing."""

    yard: str
    shift: Window


class Score(NamedTuple):
    """What a feasible route comes to."""

    cost: int
    drive: int
    """Minutes without the hauls, which are the same whoever does them."""
    late: int
    late_minutes: int


@dataclass(frozen=True)
class Solution:
    """Who does what, by number; `routes` and `trucks` run along the crews."""

    routes: tuple[Route, ...]
    trucks: tuple[int | None, ...]
    cost: int


class Board:
    """The day's numbers, computed once; read-only afterwards."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.rules = day.rules
        jobs = day.jobs

        def minutes(start: Place, end: Place) -> int:
            drive = day.travel.minutes(start, end)
            return drive if drive <= day.rules.break_after else TOO_FAR

        self.drive = [[minutes(a.destination, b.origin) for b in jobs] for a in jobs]
        self.out = {
            yard: [minutes(place, job.origin) for job in jobs] for yard, place in day.yards.items()
        }
        self.home = {
            yard: [minutes(job.destination, place) for job in jobs]
            for yard, place in day.yards.items()
        }
        self.haul = [day.haul_minutes(job) for job in jobs]
        self.block = [job.work_minutes + haul for job, haul in zip(jobs, self.haul, strict=True)]
        self.opens = [job.window.opens for job in jobs]
        self.promised = [job.promised_until for job in jobs]
        self.closes = [job.window.closes for job in jobs]
        self.unserved = [UNSERVED_COST * job.weight for job in jobs]
        self.starts = [Start(crew.yard, crew.shift) for crew in day.crews]
        self._match()

    def _match(self) -> None:
        day = self.day
        present = [day.present(crew) for crew in day.crews]
        skills = [frozenset[str]().union(*(p.skills for p in people)) for people in present]
        self.crew_fits = [
            [len(people) >= job.crew_size and job.skills <= known for job in day.jobs]
            for people, known in zip(present, skills, strict=True)
        ]
        self.truck_fits = [
            [job.volume <= truck.capacity and job.features <= truck.features for job in day.jobs]
            for truck in day.trucks
        ]
        self.pairs = [
            [
                bool(people)
                and truck.yard == crew.yard
                and truck.available.covers(crew.shift)
                and (truck.licence is None or truck.licence in known)
                for truck in day.trucks
            ]
            for crew, people, known in zip(day.crews, present, skills, strict=True)
        ]

    def fits(self, crew: int, truck: int, job: int) -> bool:
        return self.crew_fits[crew][job] and self.truck_fits[truck][job]

    def score(self, start: Start, route: Route) -> Score | None:
        """The cost of a sequence from one start; None when it cannot be kept."""
        if not route:
            return Score(0, 0, 0, 0)
        rules, shift = self.rules, start.shift
        drive = self.out[start.yard][route[0]]
        left = now = leave_yard(shift.opens, drive, self.opens[route[0]])
        strain = driven = late = late_minutes = 0
        previous = -1
        for job in route:
            if previous >= 0:
                drive = self.drive[previous][job]
            leg = arrive(rules, now, strain, drive, self.opens[job])
            if leg.start > self.closes[job]:
                return None
            if leg.start > self.promised[job]:
                late += 1
                late_minutes += leg.start - self.promised[job]
            driven += drive
            now, strain, _ = work(rules, leg.start, leg.strain, self.block[job])
            previous = job
        drive = self.home[start.yard][previous]
        back = arrive(rules, now, strain, drive, 0).at
        driven += drive
        if back > shift.closes or back - left > rules.longest_day:
            return None
        cost = driven + LATE_COST * late + LATE_MINUTE_COST * late_minutes
        return Score(cost, driven, late, late_minutes)

    def solution(self, routes: list[Route], trucks: list[int | None]) -> Solution:
        """Adds up the cost of routes that are known to be feasible."""
        served = {job for route in routes for job in route}
        cost = sum(c for job, c in enumerate(self.unserved) if job not in served)
        for start, route in zip(self.starts, routes, strict=True):
            score = self.score(start, route)
            assert score is not None
            cost += score.cost
        return Solution(tuple(routes), tuple(trucks), cost)
