"""One day's facts for the dispatcher: jobs, crews, people, trucks, yards and the rules of work.

How an answer is found or judged is not here. All times are whole minutes since midnight of the
day, in the local time of the branches that pool their fleet. A crew drives one truck all day, and a
truck is emptied at the end of each job, so capacity holds per job. A move that needs two trucks
comes in as two jobs.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from crm_core.errors import InvalidInput
from crm_core.optimisation.travel import Place, Travel


class Window(NamedTuple):
    """From `opens` to `closes`, both included."""

    opens: int
    closes: int

    def covers(self, other: "Window") -> bool:
        return self.opens <= other.opens and other.closes <= self.closes


@dataclass(frozen=True)
class Job:
    """Work at one address, or from one address to another."""

    id: str
    origin: Place
    destination: Place
    """The origin again for labour only."""
    window: Window
    """When the crew may begin: `closes` is hard, a later start is not a plan."""
    promised_until: int
    """A start after this minute is late; between `window.opens` and `window.closes`."""
    work_minutes: int
    """On site, both ends together, without the drive between them and without breaks."""
    crew_size: int
    volume: int = 0
    """Cubic feet; 0 where nothing is loaded."""
    skills: frozenset[str] = frozenset()
    features: frozenset[str] = frozenset()
    """What the truck must have, such as a tail lift."""
    weight: int = 1
    """How much it counts to serve this job when not all can be served."""


@dataclass(frozen=True)
class Person:
    """Somebody who can be on a crew."""

    id: str
    available: tuple[Window, ...]
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Crew:
    """People who work together for the day, from one yard."""

    id: str
    yard: str
    shift: Window
    """They leave the yard and are back within it."""
    people: tuple[str, ...]


@dataclass(frozen=True)
class Truck:
    """A vehicle that leaves from its yard and returns to it."""

    id: str
    yard: str
    capacity: int
    """Cubic feet."""
    available: Window
    licence: str | None = None
    """The skill that somebody on board must have to drive it."""
    features: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rules:
    """What labour law and the company allow, in minutes."""

    break_after: int = 300
    """Nobody drives and works longer than this without a break."""
    break_minutes: int = 30
    """A wait of this length is a break too."""
    longest_day: int = 600
    """From leaving the yard to being back."""


@dataclass(frozen=True)
class Day:
    """Everything the dispatcher knows; refuses contradictory facts with `InvalidInput`."""

    jobs: tuple[Job, ...]
    crews: tuple[Crew, ...]
    people: tuple[Person, ...]
    trucks: tuple[Truck, ...]
    yards: dict[str, Place]
    travel: Travel = field(default_factory=Travel)
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        for kind, ids in (
            ("jobs", [job.id for job in self.jobs]),
            ("crews", [crew.id for crew in self.crews]),
            ("people", [person.id for person in self.people]),
            ("trucks", [truck.id for truck in self.trucks]),
            ("crews.people", [person for crew in self.crews for person in crew.people]),
        ):
            _refuse_repeats(kind, ids)
        _check_rules(self.rules)
        for job in self.jobs:
            _check_job(job)
        known = {person.id for person in self.people}
        for crew in self.crews:
            if strangers := sorted(set(crew.people) - known):
                raise InvalidInput("crews.people", f"crew {crew.id} names unknown {strangers[0]}")
        yards = [(crew.id, crew.yard) for crew in self.crews]
        yards += [(truck.id, truck.yard) for truck in self.trucks]
        for name, yard in yards:
            if yard not in self.yards:
                raise InvalidInput("yards", f"{name} belongs to unknown yard {yard}")

    @cached_property
    def people_by_id(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    def present(self, crew: Crew) -> tuple[Person, ...]:
        """The crew's people who are available for its whole shift; the others stay at home."""
        members = (self.people_by_id[person] for person in crew.people)
        return tuple(
            person
            for person in members
            if any(window.covers(crew.shift) for window in person.available)
        )

    def haul_minutes(self, job: Job) -> int:
        """The drive from a job's origin to its destination, the same whoever does it."""
        return self.travel.minutes(job.origin, job.destination)


def _refuse_repeats(kind: str, ids: Iterable[str]) -> None:
    for value, count in Counter(ids).items():
        if count > 1:
            raise InvalidInput(kind, f"{value} appears {count} times; ids must be unique")


def _check_job(job: Job) -> None:
    if not job.window.opens <= job.promised_until <= job.window.closes:
        raise InvalidInput("promised_until", f"job {job.id}: not within its window")
    for name in ("work_minutes", "crew_size", "weight"):
        if getattr(job, name) < 1:
            raise InvalidInput(name, f"job {job.id}: must be at least 1")
    if job.volume < 0:
        raise InvalidInput("volume", f"job {job.id}: must not be negative")


def _check_rules(rules: Rules) -> None:
    if not 0 < rules.break_minutes <= rules.break_after:
        raise InvalidInput("break_minutes", "must be positive and at most break_after")
    if rules.longest_day < 1:
        raise InvalidInput("longest_day", "must be at least 1")
