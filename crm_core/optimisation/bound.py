"""What no plan of a day can undercut: the printed gap is measured against it.

Plans themselves are made in `solve`. The bound is that of an easier day: every crew may do what any
crew and truck of its yard and shift can do, and routes may be driven in fractions. It holds for
plans that are timed as `timetable` does. Each round of the search gives a bound, the last the best.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crm_core.optimisation.board import (
    LATE_COST,
    LATE_MINUTE_COST,
    Board,
    Matrix,
    Route,
    Start,
)
from crm_core.optimisation.relaxation import Master, Numbers, Prices
from crm_core.optimisation.timetable import arrive, leave_yard, work

STEP = 15
"""Minutes between two points of the look-ahead; rounding down keeps it a bound."""
NARROW, WIDEST = 500, 16_000
"""Unfinished routes followed per length: few while prices are rough, more when few find nothing. A
round that gives some up yields routes, but no bound."""
BATCH = 120
"""Routes added per team and round."""
TINY = 1e-6


def lower_bound(board: Board, known: Iterable[tuple[Start, Route]], seconds: float) -> float:
    """The highest bound found in `seconds`; `known` are good routes to begin with.

    In the same unit as `Solution.cost`; 0 when the time was too short for any.
    """
    end = time.monotonic() + seconds
    teams = _teams(board)
    if not teams or not board.opens:
        return float(sum(board.unserved))
    numbers = {team.start: place for place, team in enumerate(teams)}
    master = Master(board.unserved, [team.crews for team in teams])
    pool = _Pool(
        board, teams, [(numbers[start], route) for start, route in known if start in numbers]
    )
    ahead = _Ahead(board)
    best, width = 0.0, NARROW
    while time.monotonic() < end:
        prices = pool.fill(master)
        if prices is None:
            break
        value, worth, rent = prices
        bound, found, exact = value, False, True
        for place, team in enumerate(teams):
            search = _Search(board, team, worth, ahead)
            routes, is_exact = search.below(rent[place] - TINY, width, end)
            exact &= is_exact
            for _, cost, route in routes[:BATCH]:
                master.add(cost, list(route), place)
                found = True
            if routes:
                bound += team.crews * (routes[0][0] - rent[place])
        if exact:
            best = max(best, bound)
        if not found:
            if exact or width >= WIDEST:
                break
            width *= 4
    return best


@dataclass(frozen=True)
class _Team:
    start: Start
    crews: int
    able: NDArray[np.bool_]
    """Per job whether some crew and truck of them can do it."""


def _teams(board: Board) -> list[_Team]:
    crews: dict[Start, list[int]] = defaultdict(list)
    for crew, start in enumerate(board.starts):
        if any(board.pairs[crew]):
            crews[start].append(crew)
    return [
        _Team(start, len(alike), np.logical_or.reduce([_able(board, crew) for crew in alike]))
        for start, alike in crews.items()
    ]


def _able(board: Board, crew: int) -> NDArray[np.bool_]:
    trucks = [board.truck_fits[truck] for truck, fits in enumerate(board.pairs[crew]) if fits]
    carried = np.logical_or.reduce(np.asarray(trucks, dtype=bool))
    return np.asarray(board.crew_fits[crew], dtype=bool) & carried


class _Pool:
    """Routes known before the search, added to the relaxation as their price asks for them."""

    def __init__(self, board: Board, teams: list[_Team], routes: list[tuple[int, Route]]) -> None:
        scored = [
            (place, route, score.cost)
            for place, route in routes
            if route and (score := board.score(teams[place].start, route)) is not None
        ]
        self._routes = scored
        jobs = len(board.opens)
        longest = max((len(route) for _, route, _ in scored), default=1)
        self._order = np.full((len(scored), longest), jobs)
        for row, (_, route, _) in enumerate(scored):
            self._order[row, : len(route)] = route
        self._costs = np.asarray([cost for _, _, cost in scored], dtype=np.float64)
        self._places = np.asarray([place for place, _, _ in scored], dtype=np.intp)
        self._inside = np.zeros(len(scored), dtype=bool)

    def fill(self, master: Master) -> Prices | None:
        while True:
            prices = master.solve()
            if prices is None:
                return None
            _, worth, rent = prices
            padded = np.append(worth, 0.0)
            reduced = self._costs - padded[self._order].sum(axis=1) - rent[self._places]
            wanted = np.nonzero((reduced < -TINY) & ~self._inside)[0]
            if not len(wanted):
                return prices
            wanted = wanted[np.argsort(reduced[wanted], kind="stable")[:BATCH]]
            self._inside[wanted] = True
            for row in wanted.tolist():
                place, route, cost = self._routes[row]
                master.add(float(cost), list(route), place)


class _Ahead:
    """For each job and minute of its start what may come after it, breaks left out."""

    def __init__(self, board: Board) -> None:
        self.step = min(STEP, *board.block)
        self.first = min(board.opens)
        steps = (max(board.closes) - self.first) // self.step + 1
        drive = np.asarray(board.drive)
        opens, closes = np.asarray(board.opens), np.asarray(board.closes)
        edges = self.first + self.step * np.arange(steps)
        self.end = np.maximum(edges[:, None], opens) + np.asarray(board.block)
        start = np.maximum(self.end[:, :, None] + drive, opens)
        late = np.maximum(start - np.asarray(board.promised), 0)
        cost = drive + LATE_COST * (late > 0) + LATE_MINUTE_COST * late
        possible = (start <= closes) & ~np.eye(len(opens), dtype=bool)
        self.cost = np.where(possible, cost, np.inf)
        self.next = np.where(possible, (start - self.first) // self.step, 0)

    def look(self, team: _Team, worth: Numbers, home: Matrix) -> Numbers:
        """Per job and step the least that the rest of a route can come to, after that job."""
        steps, jobs = self.end.shape
        least = np.full((jobs, steps), np.inf)
        value = np.where(team.able, worth, -np.inf)
        everyone = np.arange(jobs)
        for step in range(steps - 1, -1, -1):
            done = np.where(self.end[step] + home <= team.start.shift.closes, home, np.inf)
            rest = self.cost[step] - value + least[everyone, self.next[step]]
            least[:, step] = np.minimum(done, rest.min(axis=1))
        return least


class _Search:
    """All routes of a team below a reduced cost, shortest first."""

    def __init__(self, board: Board, team: _Team, worth: Numbers, ahead: _Ahead) -> None:
        self._rules, self._shift = board.rules, team.start.shift
        self._worth, self._able, self._ahead = worth, team.able, ahead
        self._drive = np.asarray(board.drive)
        self._out = np.asarray(board.out[team.start.yard])
        self._home = np.asarray(board.home[team.start.yard])
        self._opens, self._closes = np.asarray(board.opens), np.asarray(board.closes)
        self._promised, self._block = np.asarray(board.promised), np.asarray(board.block)
        self._least = ahead.look(team, worth, self._home)

    def below(
        self, limit: float, width: int, end: float
    ) -> tuple[list[tuple[float, float, Route]], bool]:
        """((reduced cost, cost, route) ascending, whether none was overlooked by `end`)."""
        job = np.nonzero(self._able)[0]
        left = leave_yard(self._shift.opens, self._out, self._opens)[job]
        zero = np.zeros(len(job), dtype=np.int64)
        level, kept = self._go(left, zero, self._out[job], job, left, zero.astype(float), limit)
        order = job[kept][:, None]
        found: list[tuple[float, float, Route]] = []
        exact = True
        while len(order):
            now, strain, left, reduced = level
            last = order[:, -1]
            home = self._home[last]
            back = arrive(self._rules, now, strain, home, 0).at
            on_time = (back <= self._shift.closes) & (back - left <= self._rules.longest_day)
            total = reduced + home
            for done in np.nonzero(on_time & (total < limit))[0].tolist():
                route = tuple(order[done].tolist())
                cost = round(float(total[done] + self._worth[order[done]].sum()))
                found.append((float(total[done]), float(cost), route))
            fresh = np.broadcast_to(self._able, (len(order), len(self._able))).copy()
            np.put_along_axis(fresh, order, False, axis=1)
            row, job = np.nonzero(fresh)
            level, kept = self._go(
                now[row], strain[row], self._drive[last[row], job], job, left[row], reduced[row],
                limit,
            )  # fmt: skip
            order = np.concatenate([order[row[kept]], job[kept][:, None]], axis=1)
            if time.monotonic() > end:
                return sorted(found), False
            if len(order) > width:
                exact = False
                best = np.argsort(level[3], kind="stable")[:width]
                order, level = order[best], tuple(part[best] for part in level)
        return sorted(found), exact

    def _go(
        self, now: Matrix, strain: Matrix, drive: Matrix, job: Matrix, left: Matrix,
        reduced: Numbers, limit: float,
    ) -> tuple[tuple[NDArray[Any], ...], NDArray[np.intp]]:  # fmt: skip
        leg = arrive(self._rules, now, strain, drive, self._opens[job])
        late = np.maximum(leg.start - self._promised[job], 0)
        reduced = (
            reduced + drive + LATE_COST * (late > 0) + LATE_MINUTE_COST * late - self._worth[job]
        )
        in_time = leg.start <= self._closes[job]
        step = np.where(in_time, (leg.start - self._ahead.first) // self._ahead.step, 0)
        kept = np.nonzero(in_time & (reduced + self._least[job, step] < limit))[0]
        end, strain, _ = work(
            self._rules, leg.start[kept], leg.strain[kept], self._block[job[kept]]
        )
        possible = end + self._home[job[kept]] <= np.minimum(
            self._shift.closes, left[kept] + self._rules.longest_day
        )
        kept = kept[possible]
        return (end[possible], strain[possible], left[kept], reduced[kept]), kept
