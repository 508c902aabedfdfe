"""Every route over a few jobs that one start can keep, with its cost, by arrays.

Which of them are driven is chosen in `neighbourhood`.
"""

from dataclasses import dataclass

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
from crm_core.optimisation.timetable import arrive, leave_yard, work

MOST_JOBS = 62
"""Sets of jobs are bits of one signed integer."""
WIDEST = 1_000
"""Unfinished routes kept per length; beyond it the dearest are given up."""


@dataclass(frozen=True)
class Columns:
    """Routes of one start: one row per set of jobs, in its cheapest order."""

    sets: Matrix
    costs: Matrix
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class _Partial:
    """Routes under way, along their first axis."""

    order: Matrix
    sets: Matrix
    left: Matrix
    now: Matrix
    strain: Matrix
    cost: Matrix

    def take(self, rows: NDArray[np.intp]) -> "_Partial":
        return _Partial(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def enumerate_routes(board: Board, start: Start, jobs: list[int]) -> Columns:
    """All feasible routes over `jobs` from `start`, one per set; at most `MOST_JOBS` jobs.

    Of two orders over the same jobs that end at the same place the cheaper goes on, so a set that
    only the dearer could complete in time may be missing.
    """
    local = _Local(board, start, jobs)
    level = local.first()
    sets, costs = [], []
    routes: list[Route] = []
    while len(level.now):
        done = local.finish(level)
        sets.append(done.sets)
        costs.append(done.cost)
        routes.extend(map(tuple, np.asarray(jobs)[done.order].tolist()))
        level = local.extend(level)
    if not sets:
        return Columns(np.zeros(0, np.int64), np.zeros(0, np.int64), ())
    return Columns(np.concatenate(sets), np.concatenate(costs), tuple(routes))


class _Local:
    """The board cut down to a few jobs and one start."""

    def __init__(self, board: Board, start: Start, jobs: list[int]) -> None:
        assert len(jobs) <= MOST_JOBS
        self.rules = board.rules
        self.shift = start.shift
        rows = np.asarray(jobs, dtype=np.intp)

        def cut(values: list[int]) -> Matrix:
            return np.asarray(values, dtype=np.int64)[rows]

        self.drive = np.asarray(board.drive, dtype=np.int64)[np.ix_(rows, rows)]
        self.out, self.home = cut(board.out[start.yard]), cut(board.home[start.yard])
        self.opens, self.promised = cut(board.opens), cut(board.promised)
        self.closes, self.block = cut(board.closes), cut(board.block)
        self.bits = np.int64(1) << np.arange(len(jobs), dtype=np.int64)

    def first(self) -> _Partial:
        count = len(self.bits)
        left = leave_yard(self.shift.opens, self.out, self.opens)
        zero = np.zeros(count, dtype=np.int64)
        rows = np.arange(count)
        level, kept = self._drive_to(left, zero, self.out, rows, left, zero)
        return self._prune(
            _Partial(rows[kept, None], self.bits[kept], left[kept], *level), limit=count
        )

    def extend(self, level: _Partial) -> _Partial:
        """Each route with each job it does not have yet, where the window still allows it."""
        row, job = np.nonzero((level.sets[:, None] & self.bits) == 0)
        last = level.order[row, -1]
        reached, kept = self._drive_to(
            level.now[row], level.strain[row], self.drive[last, job], job, level.left[row],
            level.cost[row],
        )  # fmt: skip
        row, job = row[kept], job[kept]
        order = np.concatenate([level.order[row], job[:, None]], axis=1)
        sets = level.sets[row] | self.bits[job]
        return self._prune(_Partial(order, sets, level.left[row], *reached), limit=WIDEST)

    def _drive_to(
        self, now: Matrix, strain: Matrix, drive: Matrix, job: Matrix, left: Matrix, cost: Matrix
    ) -> tuple[tuple[Matrix, Matrix, Matrix], NDArray[np.bool_]]:
        leg = arrive(self.rules, now, strain, drive, self.opens[job])
        end, strain, _ = work(self.rules, leg.start, leg.strain, self.block[job])
        back = end + self.home[job]
        kept = (
            (leg.start <= self.closes[job])
            & (back <= self.shift.closes)
            & (back - left <= self.rules.longest_day)
        )
        late = np.maximum(leg.start - self.promised[job], 0)
        cost = cost + drive + LATE_COST * (late > 0) + LATE_MINUTE_COST * late
        return (end[kept], strain[kept], cost[kept]), kept

    def _prune(self, level: _Partial, limit: int) -> _Partial:
        """One order per set and last job, and no more than `limit` in all."""
        best = np.lexsort((level.now, level.cost, level.order[:, -1], level.sets))
        sets, last = level.sets[best], level.order[best, -1]
        fresh = np.ones(len(best), dtype=bool)
        fresh[1:] = (sets[1:] != sets[:-1]) | (last[1:] != last[:-1])
        best = best[fresh]
        if len(best) > limit:
            best = best[np.argsort(level.cost[best], kind="stable")[:limit]]
        return level.take(best)

    def finish(self, level: _Partial) -> _Partial:
        """Home again: the cheapest complete route per set of jobs."""
        home = self.home[level.order[:, -1]]
        back = arrive(self.rules, level.now, level.strain, home, 0).at
        kept = np.nonzero(
            (back <= self.shift.closes) & (back - level.left <= self.rules.longest_day)
        )[0]
        level, cost = level.take(kept), (level.cost + home)[kept]
        best = np.lexsort((cost, level.sets))
        sets = level.sets[best]
        fresh = np.ones(len(best), dtype=bool)
        fresh[1:] = sets[1:] != sets[:-1]
        best = best[fresh]
        done = level.take(best)
        return _Partial(done.order, done.sets, done.left, done.now, done.strain, cost[best])
