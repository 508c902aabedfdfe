"""The dispatcher that puts one job after the other where it costs least: yardstick and fallback.

Improving its answer belongs to `solve`.
"""

from crm_core.optimisation.board import Board, Route, Score, Solution

Place = tuple[int, int, Route]
"""(added cost, crew, the crew's route with the job in it)."""


def cheapest_insertion(board: Board) -> Solution:
    """Every crew gets a truck, then each job goes where it adds least to drive and lateness.

    Two orders are tried, the usual one (hardest to staff first, then by promised time) and the one
    that places the cheapest of all remaining jobs at each step; the better result is kept.
    """
    trucks = pair_trucks(board)
    by_need = insert_in_order(board, trucks, order_of_need(board))
    by_cost = insert_cheapest_first(board, trucks)
    return min(by_need, by_cost, key=lambda solution: solution.cost)


def pair_trucks(board: Board) -> list[int | None]:
    """The crew that can do most jobs takes the truck that can, and so on."""
    able = [sum(fits) for fits in board.crew_fits]
    roomy = [sum(fits) for fits in board.truck_fits]
    trucks: list[int | None] = [None] * len(able)
    free = sorted(range(len(roomy)), key=lambda truck: -roomy[truck])
    for crew in sorted(range(len(able)), key=lambda crew: -able[crew]):
        truck = next((truck for truck in free if board.pairs[crew][truck]), None)
        if truck is not None:
            trucks[crew] = truck
            free.remove(truck)
    return trucks


def order_of_need(board: Board) -> list[int]:
    """Jobs that fewest crews can do first, then the earliest promise, then the longest."""
    hands = [sum(fits[job] for fits in board.crew_fits) for job in range(len(board.opens))]
    return sorted(
        range(len(hands)),
        key=lambda job: (hands[job], board.promised[job], -board.block[job]),
    )


def insert_in_order(board: Board, trucks: list[int | None], order: list[int]) -> Solution:
    """Places jobs in a given order, each at its cheapest place."""
    routes: list[Route] = [()] * len(trucks)
    scores = [Score(0, 0, 0, 0)] * len(trucks)
    for job in order:
        places = (
            best_place(board, crew, truck, routes[crew], scores[crew].cost, job)
            for crew, truck in enumerate(trucks)
        )
        _put(board, routes, scores, min(filter(None, places), default=None), job)
    return board.solution(routes, trucks)


def insert_cheapest_first(board: Board, trucks: list[int | None]) -> Solution:
    """Places, at each step, the job that is cheapest to place anywhere."""
    routes: list[Route] = [()] * len(trucks)
    scores = [Score(0, 0, 0, 0)] * len(trucks)
    jobs = range(len(board.opens))
    table = {
        job: [best_place(board, c, t, (), 0, job) for c, t in enumerate(trucks)] for job in jobs
    }
    while table:
        choices = [
            (place, job)
            for job, places in table.items()
            if (place := min(filter(None, places), default=None)) is not None
        ]
        if not choices:
            break
        place, job = min(choices)
        del table[job]
        crew = _put(board, routes, scores, place, job)
        for other, places in table.items():
            places[crew] = best_place(
                board, crew, trucks[crew], routes[crew], scores[crew].cost, other
            )
    return board.solution(routes, trucks)


def best_place(
    board: Board, crew: int, truck: int | None, route: Route, cost: int, job: int
) -> Place | None:
    """The cheapest feasible position of a job on a crew's route."""
    if truck is None or not board.fits(crew, truck, job):
        return None
    best: Place | None = None
    for position in range(len(route) + 1):
        longer = (*route[:position], job, *route[position:])
        score = board.score(board.starts[crew], longer)
        if score is not None and (best is None or score.cost - cost < best[0]):
            best = (score.cost - cost, crew, longer)
    return best


def _put(
    board: Board, routes: list[Route], scores: list[Score], place: Place | None, job: int
) -> int:
    if place is None or place[0] >= board.unserved[job]:
        return -1
    _, crew, routes[crew] = place
    score = board.score(board.starts[crew], routes[crew])
    assert score is not None
    scores[crew] = score
    return crew
