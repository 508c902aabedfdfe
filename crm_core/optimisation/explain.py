"""A sentence for each assignment: why this truck and crew, and what the next best would cost.

The plan itself is made in `solve`.
"""

from crm_core.optimisation.board import Board, Route, Score
from crm_core.optimisation.greedy import best_place
from crm_core.optimisation.plan import Plan, Tour, Visit
from crm_core.optimisation.problem import Day, Job

NOTHING = Score(0, 0, 0, 0)


def explain(day: Day, plan: Plan) -> dict[str, str]:
    """Job id → one sentence, for assigned and unassigned jobs alike, in the order of the plan."""
    board = Board(day)
    numbers = {job.id: number for number, job in enumerate(day.jobs)}
    crews = {crew.id: number for number, crew in enumerate(day.crews)}
    trucks = {truck.id: number for number, truck in enumerate(day.trucks)}
    routes: list[Route] = [()] * len(day.crews)
    teams: list[int | None] = [None] * len(day.crews)
    for tour in plan.tours:
        routes[crews[tour.crew]] = tuple(numbers[visit.job] for visit in tour.visits)
        teams[crews[tour.crew]] = trucks[tour.truck]
    scores = [
        board.score(start, route) or NOTHING
        for start, route in zip(board.starts, routes, strict=True)
    ]
    sentences = {}
    for tour, visit in plan.visits():
        job, crew = numbers[visit.job], crews[tour.crew]
        shorter = tuple(other for other in routes[crew] if other != job)
        without = board.score(board.starts[crew], shorter) or NOTHING
        places = (
            best_place(board, other, truck, routes[other], scores[other].cost, job)
            for other, truck in enumerate(teams)
            if other != crew
        )
        best = min(filter(None, places), default=None)
        elsewhere = "nobody else who is out that day could take it"
        if best is not None:
            _, other, route = best
            after = board.score(board.starts[other], route) or NOTHING
            elsewhere = (
                f"the next best, {_team(day, other, teams[other])}, would mean "
                f"{_change(scores[other], after)}"
            )
        sentences[visit.job] = (
            f"{visit.job} goes to {_team(day, crew, teams[crew])} "
            f"({_why(day.jobs[job], tour)}), {_stop(day.jobs[job], tour, visit)}, "
            f"which means {_change(without, scores[crew])}; {elsewhere}."
        )
    for left in plan.unassigned:
        sentences[left.job] = f"{left.job} is not assigned: {left.reason}."
    return sentences


def _team(day: Day, crew: int, truck: int | None) -> str:
    name = f"crew {day.crews[crew].id}"
    return name if truck is None else f"{name} with truck {day.trucks[truck].id}"


def _why(job: Job, tour: Tour) -> str:
    needs = [f"{len(tour.people)} people for {job.crew_size}", *sorted(job.skills)]
    if job.volume:
        needs.append(f"room for {job.volume} cu ft")
    return ", ".join([*needs, *sorted(job.features)])


def _stop(job: Job, tour: Tour, visit: Visit) -> str:
    place = f"stop {tour.visits.index(visit) + 1} of {len(tour.visits)} at {_clock(visit.starts)}"
    late = visit.starts - job.promised_until
    if late > 0:
        return f"{place}, {late} min after its promise"
    return f"{place}, promised by {_clock(job.promised_until)}"


def _change(before: Score, after: Score) -> str:
    drive = after.drive - before.drive
    parts = [f"{abs(drive)} min {'less' if drive < 0 else 'more'} driving"]
    if late := after.late - before.late:
        parts.append(f"{abs(late)} late starts {'fewer' if late < 0 else 'more'}")
    return " and ".join(parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
