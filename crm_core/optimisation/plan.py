"""The dispatcher's answer in ids and minutes: who goes where when, and what could not be placed.

Finding it, checking it and putting it into words stand in `solve`, `check` and `explain`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from crm_core.optimisation.board import Board, Route, Solution, Start
from crm_core.optimisation.timetable import arrive, leave_yard, work


@dataclass(frozen=True)
class Visit:
    """One job on a crew's route; minutes since midnight."""

    job: str
    rest_minutes: int
    """A break before setting out."""
    drive_minutes: int
    """From the yard or the job before, without the haul."""
    arrives: int
    starts: int
    ends: int
    breaks: tuple[int, ...]
    """When a break on site begins."""


@dataclass(frozen=True)
class Tour:
    """A crew's day with its truck."""

    crew: str
    truck: str
    people: tuple[str, ...]
    leaves: int
    visits: tuple[Visit, ...]
    rest_minutes: int
    """A break before driving home."""
    home_minutes: int
    """The drive home."""
    back: int

    @property
    def drive_minutes(self) -> int:
        """What the assignment decides; hauls from origin to destination are the same for all."""
        return self.home_minutes + sum(visit.drive_minutes for visit in self.visits)


@dataclass(frozen=True)
class Unassigned:
    """A job nobody does, and why."""

    job: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """A day's assignment."""

    tours: tuple[Tour, ...]
    unassigned: tuple[Unassigned, ...]
    late: tuple[str, ...]
    """Jobs that start after what was promised."""
    cost: int
    """Drive minutes, plus the price of late starts and of jobs left out."""
    bound: float = 0
    """No plan costs less; 0 when none was computed."""
    rounds: int = 0
    """How often the solver improved or tried to."""
    seen: frozenset[tuple[Start, Route]] = field(default=frozenset(), repr=False, compare=False)
    """Good routes met on the way, by number: the bound's search begins with them."""

    @property
    def drive_minutes(self) -> int:
        return sum(tour.drive_minutes for tour in self.tours)

    @property
    def gap_pct(self) -> float | None:
        """How much cheaper, at most, another plan could be; None without a bound."""
        if not self.bound:
            return None
        return 100 * (self.cost - min(self.bound, self.cost)) / self.cost

    def visits(self) -> Iterator[tuple[Tour, Visit]]:
        return ((tour, visit) for tour in self.tours for visit in tour.visits)


def plan_of(board: Board, solution: Solution) -> Plan:
    """Spells a solution out."""
    tours = tuple(
        _tour(board, crew, truck, route)
        for crew, (truck, route) in enumerate(zip(solution.trucks, solution.routes, strict=True))
        if route and truck is not None
    )
    promised = {job.id: job.promised_until for job in board.day.jobs}
    late = tuple(
        visit.job for tour in tours for visit in tour.visits if visit.starts > promised[visit.job]
    )
    served = {job for route in solution.routes for job in route}
    unassigned = tuple(
        Unassigned(job.id, why_not(board, number))
        for number, job in enumerate(board.day.jobs)
        if number not in served
    )
    return Plan(tours, unassigned, late, solution.cost)


def _tour(board: Board, crew: int, truck: int, route: Route) -> Tour:
    day, rules, start = board.day, board.rules, board.starts[crew]
    drive = board.out[start.yard][route[0]]
    leaves = now = leave_yard(start.shift.opens, drive, board.opens[route[0]])
    strain = 0
    visits = []
    for place, job in enumerate(route):
        if place:
            drive = board.drive[route[place - 1]][job]
        leg = arrive(rules, now, strain, drive, board.opens[job])
        now, strain, count = work(rules, leg.start, leg.strain, board.block[job])
        first = leg.start + rules.break_after - leg.strain
        every = rules.break_after + rules.break_minutes
        breaks = tuple(first + number * every for number in range(count))
        visits.append(Visit(day.jobs[job].id, leg.rest, drive, leg.at, leg.start, now, breaks))
    home = board.home[start.yard][route[-1]]
    leg = arrive(rules, now, strain, home, 0)
    return Tour(
        crew=day.crews[crew].id,
        truck=day.trucks[truck].id,
        people=tuple(person.id for person in day.present(day.crews[crew])),
        leaves=leaves,
        visits=tuple(visits),
        rest_minutes=leg.rest,
        home_minutes=home,
        back=leg.at,
    )


def why_not(board: Board, job: int) -> str:
    """Why a job is left out, from the strictest reason to the mildest."""
    day, wanted = board.day, board.day.jobs[job]
    skills = f" with {', '.join(sorted(wanted.skills))}" if wanted.skills else ""
    crews = [crew for crew, fits in enumerate(board.crew_fits) if fits[job]]
    if not crews:
        return f"no crew present has {wanted.crew_size} people{skills}"
    teams = [
        crew
        for crew in crews
        if any(
            paired and board.truck_fits[truck][job]
            for truck, paired in enumerate(board.pairs[crew])
        )
    ]
    if not teams:
        features = "".join(f" and a {feature}" for feature in sorted(wanted.features))
        return (
            f"no truck with room for {wanted.volume} cu ft{features} that the "
            f"{len(crews)} able crews of {len(day.crews)} may take"
        )
    if all(board.score(board.starts[crew], (job,)) is None for crew in teams):
        return "even alone it does not fit its window, a shift and the longest working day"
    return f"the {len(teams)} crews able to do it are full with jobs that weigh more"
