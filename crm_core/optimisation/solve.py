"""The dispatcher: a greedy plan, improved a few crews at a time until the time is up.

What a plan is allowed to be stands in `problem`; how some crews are dealt anew in `neighbourhood`.

With `rounds` given and time enough, the same seed and workers give the same plan: CP-SAT is limited
by its own count of work. Where the clock ends the search, a busier machine makes fewer rounds.
"""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from crm_core.optimisation.board import Board, Route, Solution
from crm_core.optimisation.bound import lower_bound
from crm_core.optimisation.greedy import cheapest_insertion
from crm_core.optimisation.neighbourhood import Deal, Effort, Hand, deal
from crm_core.optimisation.plan import Plan, plan_of
from crm_core.optimisation.problem import Day
from crm_core.optimisation.relocate import relocate

SMALLEST_HAND, LARGEST_HAND = 14, 22
"""Jobs dealt anew at once; hands grow while they bring nothing."""
PATIENCE = 12
"""Rounds without a gain before hands grow by two jobs."""
SETTLE_SHARE = 0.06
"""Of the time, kept for a last look at single jobs."""
MOST_OPEN = 2
"""Unassigned jobs tried in one hand."""


def greedy(day: Day) -> Plan:
    """The plan of cheapest insertion: within a second, without a bound."""
    board = Board(day)
    return plan_of(board, cheapest_insertion(board))


def solve(
    day: Day, seconds: float, seed: int = 0, workers: int = 2, rounds: int | None = None
) -> Plan:
    """The best plan found in `seconds`; never worse than the greedy one.

    The greedy plan is made however short the time. `rounds` ends the search earlier.
    """
    began = time.monotonic()
    board = Board(day)
    search = _Search(board, cheapest_insertion(board), random.Random(seed), workers)
    search.settle(began + seconds)
    search.run(began + seconds * (1 - SETTLE_SHARE), rounds)
    search.settle(began + seconds)
    plan = plan_of(board, search.solution())
    return replace(plan, rounds=search.rounds, seen=frozenset(search.seen))


def with_bound(day: Day, plan: Plan, seconds: float) -> Plan:
    """The plan with the best bound found in `seconds`: asked for when the answer is already out."""
    return replace(plan, bound=lower_bound(Board(day), plan.seen, seconds))


class _Search:
    """Large neighbourhood search; one hand per worker and round, no crew in two of them."""

    def __init__(self, board: Board, first: Solution, source: random.Random, workers: int) -> None:
        self._board, self._source, self._workers = board, source, workers
        self._routes = list(first.routes)
        self._trucks = list(first.trucks)
        jobs = range(len(board.opens))
        self._near = [[min(board.drive[a][b], board.drive[b][a]) for b in jobs] for a in jobs]
        self._size = SMALLEST_HAND
        self.seen = {
            (start, route) for start, route in zip(board.starts, first.routes, strict=True) if route
        }
        self.rounds = 0

    def solution(self) -> Solution:
        return self._board.solution(self._routes, self._trucks)

    def settle(self, until: float) -> None:
        """No single job is better off elsewhere afterwards."""
        relocate(self._board, self._routes, self._trucks, until)

    def run(self, until: float, rounds: int | None) -> None:
        """Stops when another round would probably end after `until`."""
        longest, idle = 0.0, 0
        with ThreadPoolExecutor(self._workers) as pool:
            while rounds is None or self.rounds < rounds:
                began = time.monotonic()
                hands = self._hands()
                if not hands or began + longest > until:
                    return
                efforts = [
                    Effort(seconds=until - began, seed=self._source.randrange(2**31)) for _ in hands
                ]
                deals = list(pool.map(deal, [self._board] * len(hands), hands, efforts))
                gains = [self._take(hand, new) for hand, new in zip(hands, deals, strict=True)]
                self.rounds += 1
                idle = 0 if any(gains) else idle + 1
                if idle == PATIENCE:
                    self._size, idle = min(self._size + 2, LARGEST_HAND), 0
                longest = max(0.8 * longest, time.monotonic() - began)

    def _take(self, hand: Hand, new: Deal | None) -> bool:
        if new is None:
            return False
        for crew, route, truck in zip(hand.crews, new.routes, new.trucks, strict=True):
            self._routes[crew], self._trucks[crew] = route, truck
        self.seen |= new.seen
        return True

    def _hands(self) -> list[Hand]:
        """Neighbouring crews around a random job each; the first also gets what lies idle."""
        served = {job for route in self._routes for job in route}
        left = [job for job in range(len(self._board.opens)) if job not in served]
        left = self._source.sample(left, min(len(left), MOST_OPEN))
        free = set(range(len(self._board.day.trucks))) - set(self._trucks)
        working = {crew for crew, route in enumerate(self._routes) if route}
        idle = [crew for crew in range(len(self._routes)) if crew not in working]
        hands = []
        for number in range(self._workers):
            open_jobs = left if number == 0 else []
            crews = self._around(working, open_jobs)
            working -= set(crews)
            if idle:
                crews.append(idle.pop(self._source.randrange(len(idle))))
            if crews and (open_jobs or any(self._routes[crew] for crew in crews)):
                hands.append(self._hand(crews, open_jobs, free if number == 0 else set()))
        return hands

    def _around(self, working: set[int], open_jobs: list[int]) -> list[int]:
        """Crews with jobs near a random job, each distance blurred so that hands differ."""
        if not working:
            return []
        centre = self._source.choice(
            open_jobs or self._routes[self._source.choice(sorted(working))]
        )
        blurred = {
            crew: (0.5 + self._source.random())
            * min(self._near[centre][job] for job in self._routes[crew])
            for crew in sorted(working)
        }
        if open_jobs:  # somebody who could do it must be among them
            able = [crew for crew in blurred if self._board.crew_fits[crew][centre]]
            blurred |= dict.fromkeys(self._source.sample(able, min(2, len(able))), 0.0)
        crews: list[int] = []
        jobs = len(open_jobs)
        for crew in sorted(blurred, key=lambda crew: blurred[crew]):
            jobs += len(self._routes[crew])
            if crews and jobs > self._size:
                break
            crews.append(crew)
        return crews

    def _hand(self, crews: list[int], open_jobs: list[int], free: set[int]) -> Hand:
        board = self._board
        routes: list[Route] = [self._routes[crew] for crew in crews]
        cost = sum(board.unserved[job] for job in open_jobs)
        for crew, route in zip(crews, routes, strict=True):
            score = board.score(board.starts[crew], route)
            assert score is not None
            cost += score.cost
        own = [truck for crew in crews if (truck := self._trucks[crew]) is not None]
        return Hand(
            crews=tuple(crews),
            routes=tuple(routes),
            jobs=(*(job for route in routes for job in route), *open_jobs),
            trucks=(*own, *sorted(free)),
            cost=cost,
        )
