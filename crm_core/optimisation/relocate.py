"""Moves single jobs to where they cost less, until no such move is left.

Larger changes, of several crews at once, belong to `neighbourhood`.
"""

import time

from crm_core.optimisation.board import Board, Route, Score
from crm_core.optimisation.greedy import best_place


def relocate(board: Board, routes: list[Route], trucks: list[int | None], until: float) -> None:
    """Changes `routes` in place; each move lowers the cost. Stops at `until` (monotonic clock)."""
    scores = [
        board.score(start, route) or Score(0, 0, 0, 0)
        for start, route in zip(board.starts, routes, strict=True)
    ]
    home = {job: crew for crew, route in enumerate(routes) for job in route}
    settled = 0
    jobs = list(range(len(board.opens)))
    while jobs and settled < len(jobs):
        for job in jobs:
            if settled == len(jobs) or time.monotonic() > until:
                return
            settled += 1
            crew = home.get(job)
            worth = board.unserved[job]
            shorter: Route = ()
            without = Score(0, 0, 0, 0)
            if crew is not None:
                shorter = tuple(other for other in routes[crew] if other != job)
                score = board.score(board.starts[crew], shorter)
                if score is None:
                    continue
                without, worth = score, scores[crew].cost - score.cost
            places = (
                best_place(board, other, truck, routes[other], scores[other].cost, job)
                for other, truck in enumerate(trucks)
                if other != crew
            )
            best = min(filter(None, places), default=None)
            if best is None or best[0] >= worth:
                continue
            if crew is not None:
                routes[crew], scores[crew] = shorter, without
            _, other, routes[other] = best
            scores[other] = board.score(board.starts[other], routes[other]) or scores[other]
            home[job] = other
            settled = 0
