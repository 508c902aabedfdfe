"""What no plan of a day can undercut: the printed gap is measured against it.

Plans themselves are made in `solve`. The bound is that of an easier day: breaks take no time, every
crew may do what any crew and truck of its yard can do within the widest of their shifts, and routes
may be driven in fractions. Each round of the search gives a bound; the best one counts.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

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
from crm_core.optimisation.problem import Window
from crm_core.optimisation.relaxation import Master, Numbers, Prices
from crm_core.optimisation.timetable import leave_yard

STEP = 15
"""Minutes between two points of the look-ahead; rounding down keeps it a bound."""
NARROW, WIDEST = 400, 16_000
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
    numbers = {team.start.yard: place for place, team in enumerate(teams)}
    master = Master(board.unserved, [team.crews for team in teams])
    pool = _Pool(
        board, teams, [(numbers[s.yard], route) for s, route in known if s.yard in numbers]
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
    longest: int
    """A working day, counted from when the earliest of them would have left."""


def _teams(board: Board) -> list[_Team]:
    crews: dict[str, list[int]] = defaultdict(list)
    for crew, start in enumerate(board.starts):
        if any(board.pairs[crew]):
            crews[start.yard].append(crew)
    return [_team(board, yard, alike) for yard, alike in crews.items()]


def _team(board: Board, yard: str, crews: list[int]) -> _Team:
    shifts = [board.starts[crew].shift for crew in crews]
    opens = [shift.opens for shift in shifts]
    return _Team(
        start=Start(yard, Window(min(opens), max(shift.closes for shift in shifts))),
        crews=len(crews),
        able=np.logical_or.reduce([_able(board, crew) for crew in crews]),
        longest=board.rules.longest_day + max(opens) - min(opens),
    )


def _able(board: Board, crew: int) -> NDArray[np.bool_]:
    trucks = [board.truck_fits[truck] for truck, fits in enumerate(board.pairs[crew]) if fits]
    carried = np.logical_or.reduce(np.asarray(trucks, dtype=bool))
    able: NDArray[np.bool_] = np.asarray(board.crew_fits[crew], dtype=bool) & carried
    return able


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
        self._team, self._worth, self._ahead = team, worth, ahead
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
        able, shift = self._team.able, self._team.start.shift
        job = np.nonzero(able)[0]
        left = leave_yard(shift.opens, self._out, self._opens)[job]
        back_by = np.minimum(shift.closes, left + self._team.longest)
        level, kept = self._go(left, self._out[job], job, back_by, np.zeros(len(job)), limit)
        order = job[kept][:, None]
        found: list[tuple[float, float, Route]] = []
        exact = True
        while len(order):
            if time.monotonic() > end:
                return sorted(found), False
            now, back_by, reduced = level
            last = order[:, -1]
            total = reduced + self._home[last]
            for row in np.nonzero(total < limit)[0].tolist():
                route = tuple(order[row].tolist())
                cost = round(float(total[row] + self._worth[order[row]].sum()))
                found.append((float(total[row]), float(cost), route))
            fresh = np.broadcast_to(able, (len(order), len(able))).copy()
            np.put_along_axis(fresh, order, False, axis=1)
            rows, job = np.nonzero(fresh)
            level, kept = self._go(
                now[rows], self._drive[last[rows], job], job, back_by[rows], reduced[rows], limit
            )
            order = np.concatenate([order[rows[kept]], job[kept][:, None]], axis=1)
            if len(order) > width:
                exact = False
                best = np.argsort(level[2], kind="stable")[:width]
                order = order[best]
                level = _Level(level.now[best], level.back_by[best], level.reduced[best])
        return sorted(found), exact

    def _go(
        self, now: Matrix, drive: Matrix, job: Matrix, back_by: Matrix, reduced: Numbers,
        limit: float,
    ) -> tuple["_Level", NDArray[np.intp]]:  # fmt: skip
        """Drives on and works, where something below the limit can still come of it."""
        start = np.maximum(now + drive, self._opens[job])
        late = np.maximum(start - self._promised[job], 0)
        reduced = reduced + drive + LATE_COST * (late > 0) + LATE_MINUTE_COST * late
        reduced = reduced - self._worth[job]
        end = start + self._block[job]
        possible = (start <= self._closes[job]) & (end + self._home[job] <= back_by)
        step = np.where(possible, (start - self._ahead.first) // self._ahead.step, 0)
        kept = np.nonzero(possible & (reduced + self._least[job, step] < limit))[0]
        return _Level(end[kept], back_by[kept], reduced[kept]), kept


class _Level(NamedTuple):
    """Routes under way, beside their order."""

    now: Matrix
    back_by: Matrix
    reduced: Numbers
