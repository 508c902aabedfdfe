"""Whether a plan keeps every hard rule, worked out again from the day's facts alone.

It shares no code with the search: it reads the plan's minutes and the day's distances. Late starts
are not violations, they are counted in the plan.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from crm_core.optimisation.plan import Plan, Tour
from crm_core.optimisation.problem import Crew, Day, Job, Person, Truck, Window


@dataclass(frozen=True)
class Violation:
    """A broken rule, where, and how."""

    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.detail} ({self.rule})"


def violations(day: Day, plan: Plan) -> list[Violation]:
    """All broken rules; an empty list means that the plan can be driven as it stands."""
    known = {job.id: job for job in day.jobs}
    crews = {crew.id: crew for crew in day.crews}
    trucks = {truck.id: truck for truck in day.trucks}
    found = [*_everything_once(day, plan)]
    for tour in plan.tours:
        crew, truck = crews.get(tour.crew), trucks.get(tour.truck)
        if crew is None or truck is None or any(v.job not in known for v in tour.visits):
            found.append(Violation("known", tour.crew, "names a crew, truck or job of no such day"))
            continue
        jobs = [known[visit.job] for visit in tour.visits]
        found += _staff(day, tour, crew, truck, jobs)
        found += _vehicle(tour, crew, truck, jobs)
        found += _times(day, tour, crew, jobs)
        found += _rest(day, tour)
    return found


def _everything_once(day: Day, plan: Plan) -> Iterator[Violation]:
    placed = Counter(visit.job for _, visit in plan.visits())
    placed.update(left.job for left in plan.unassigned)
    for job in day.jobs:
        if placed[job.id] != 1:
            yield Violation("each job once", job.id, f"appears {placed[job.id]} times")
    for kind, ids in (
        ("crew", [tour.crew for tour in plan.tours]),
        ("truck", [tour.truck for tour in plan.tours]),
        ("person", [person for tour in plan.tours for person in tour.people]),
    ):
        for name, count in Counter(ids).items():
            if count > 1:
                yield Violation("one place at a time", name, f"the {kind} is on {count} tours")


def _staff(day: Day, tour: Tour, crew: Crew, truck: Truck, jobs: list[Job]) -> Iterator[Violation]:
    if strangers := set(tour.people) - set(crew.people):
        yield Violation("own crew", tour.crew, f"{min(strangers)} is not on it")
    people = [person for person in day.people if person.id in tour.people]
    span = Window(tour.leaves, tour.back)
    for person in people:
        if not _is_there(person, span):
            yield Violation("availability", person.id, f"not there from {span[0]} to {span[1]}")
    skills = {skill for person in people for skill in person.skills}
    if truck.licence is not None and truck.licence not in skills:
        yield Violation("licence", tour.truck, f"nobody on board has {truck.licence}")
    for job in jobs:
        if len(people) < job.crew_size:
            yield Violation("crew size", job.id, f"{len(people)} of {job.crew_size} people")
        if missing := job.skills - skills:
            yield Violation("skills", job.id, f"nobody on board has {min(missing)}")


def _is_there(person: Person, span: Window) -> bool:
    return any(w.opens <= span.opens and span.closes <= w.closes for w in person.available)


def _vehicle(tour: Tour, crew: Crew, truck: Truck, jobs: list[Job]) -> Iterator[Violation]:
    if truck.yard != crew.yard:
        yield Violation("own yard", tour.truck, f"is at {truck.yard}, the crew at {crew.yard}")
    if tour.leaves < truck.available.opens or tour.back > truck.available.closes:
        yield Violation("availability", tour.truck, "is not available all day")
    for job in jobs:
        if job.volume > truck.capacity:
            yield Violation("capacity", job.id, f"{job.volume} of {truck.capacity} cu ft")
        if missing := job.features - truck.features:
            yield Violation("features", job.id, f"{tour.truck} has no {min(missing)}")


def _times(day: Day, tour: Tour, crew: Crew, jobs: list[Job]) -> Iterator[Violation]:
    here, now = day.yards[crew.yard], tour.leaves
    if tour.leaves < crew.shift.opens or tour.back > crew.shift.closes:
        yield Violation("shift", tour.crew, f"out from {tour.leaves} to {tour.back}")
    if tour.back - tour.leaves > day.rules.longest_day:
        yield Violation("longest day", tour.crew, f"{tour.back - tour.leaves} minutes")
    for visit, job in zip(tour.visits, jobs, strict=True):
        needed = day.travel.minutes(here, job.origin)
        if visit.drive_minutes < needed or visit.arrives < now + visit.rest_minutes + needed:
            yield Violation("travel", job.id, f"arrives at {visit.arrives}, too early")
        if visit.starts < visit.arrives or not _in(job.window, visit.starts):
            yield Violation("window", job.id, f"starts at {visit.starts}")
        paused = len(visit.breaks) * day.rules.break_minutes
        haul = day.travel.minutes(job.origin, job.destination)
        if visit.ends - visit.starts - paused < job.work_minutes + haul:
            yield Violation("work", job.id, f"ends at {visit.ends}, too early")
        here, now = job.destination, visit.ends
    needed = day.travel.minutes(here, day.yards[crew.yard])
    if tour.home_minutes < needed or tour.back < now + tour.rest_minutes + needed:
        yield Violation("travel", tour.crew, f"is back at {tour.back}, too early")


def _in(window: Window, minute: int) -> bool:
    return window.opens <= minute <= window.closes


def _rest(day: Day, tour: Tour) -> Iterator[Violation]:
    """From one break to the next nobody drives and works too long."""
    strain = 0
    for busy, pause in _stretches(tour, day.rules.break_minutes):
        strain += busy
        if strain > day.rules.break_after:
            yield Violation("break", tour.crew, f"{strain} minutes without one")
            return
        if pause >= day.rules.break_minutes:
            strain = 0


def _stretches(tour: Tour, break_minutes: int) -> Iterator[tuple[int, int]]:
    """(minutes of driving or work, the pause that follows), in the order of the day."""
    for visit in tour.visits:
        yield 0, visit.rest_minutes
        yield visit.drive_minutes, visit.starts - visit.arrives
        now = visit.starts
        for begin in visit.breaks:
            yield begin - now, break_minutes
            now = begin + break_minutes
        yield visit.ends - now, 0
    yield 0, tour.rest_minutes
    yield tour.home_minutes, 0
