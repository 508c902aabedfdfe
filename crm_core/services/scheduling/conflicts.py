"""What stands against a slot of the calendar, as pure rules over facts, and how bad it is.

The facts are read in `slot_facts`; what to do instead is offered in `resolutions`. Storage units
have bookings of their own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

LONGEST_DAY = timedelta(hours=10)
SHORTEST_REST = timedelta(hours=8)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Severity(StrEnum):
    """HARD cannot stand; SOFT is shown, and may be accepted with a reason."""

    HARD = "HARD"
    SOFT = "SOFT"


class ConflictKind(StrEnum):
    PERSON_DOUBLE_BOOKED = "PERSON_DOUBLE_BOOKED"
    ASSET_DOUBLE_BOOKED = "ASSET_DOUBLE_BOOKED"
    PERSON_AWAY = "PERSON_AWAY"
    ASSET_OUT_OF_SERVICE = "ASSET_OUT_OF_SERVICE"
    OUTSIDE_BUSINESS_HOURS = "OUTSIDE_BUSINESS_HOURS"
    BRANCH_OVER_CAPACITY = "BRANCH_OVER_CAPACITY"
    CREW_TOO_SMALL = "CREW_TOO_SMALL"
    NO_LICENCE = "NO_LICENCE"
    DAY_TOO_LONG = "DAY_TOO_LONG"
    REST_TOO_SHORT = "REST_TOO_SHORT"

    @property
    def severity(self) -> Severity:
        return Severity.HARD if self in HARD else Severity.SOFT


HARD = frozenset(
    {
        ConflictKind.PERSON_DOUBLE_BOOKED,
        ConflictKind.ASSET_DOUBLE_BOOKED,
        ConflictKind.PERSON_AWAY,
        ConflictKind.ASSET_OUT_OF_SERVICE,
    }
)


class Span(NamedTuple):
    """From `start_at` up to, not including, `end_at`."""

    start_at: datetime
    end_at: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.start_at < other.end_at and other.start_at < self.end_at

    def shared(self, other: "Span") -> timedelta:
        """How long both last at once."""
        common = min(self.end_at, other.end_at) - max(self.start_at, other.start_at)
        return max(common, timedelta(0))


@dataclass(frozen=True)
class Conflict:
    """One thing that stands against a slot; the sentence names no person."""

    kind: ConflictKind
    sentence: str
    resource_id: UUID | None = None


@dataclass(frozen=True)
class PersonFacts:
    """A member of the crew: what else they are booked for, when they are away, what they can."""

    id: UUID
    booked: tuple[Span, ...] = ()
    away: tuple[Span, ...] = ()
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AssetFacts:
    """A truck or another asset that the slot wants."""

    id: UUID
    label: str
    is_active: bool = True
    booked: tuple[Span, ...] = ()
    licence: str | None = None
    """The skill that somebody on board must have."""


@dataclass(frozen=True)
class SlotFacts:
    """A slot and all that is known around it."""

    span: Span
    local_start_at: datetime
    local_end_at: datetime
    day: Span
    """The calendar day of the start at the branch."""
    people: tuple[PersonFacts, ...] = ()
    assets: tuple[AssetFacts, ...] = ()
    hours: Mapping[str, object] | None = None
    """Opening hours by weekday, None where the branch has said nothing."""
    crew_size: int = 0
    """0 for a slot without a crew."""
    is_close: bool = False
    """The work is so near that the crew ought to stand."""
    wanted_trucks: int = 0
    """Trucks that all journeys of the day need, over the branches that share them."""
    truck_count: int | None = None
    """Trucks of those branches, each once; None where it does not matter."""


def conflicts(facts: SlotFacts) -> list[Conflict]:
    """Everything that stands against a slot, the hard ones first."""
    found = [
        *(each for person in facts.people for each in _of_person(facts, person)),
        *(each for asset in facts.assets for each in _of_asset(facts, asset)),
        *_of_crew(facts),
        *_of_branch(facts),
    ]
    return sorted(found, key=lambda each: each.kind.severity is Severity.SOFT)


def _of_person(facts: SlotFacts, person: PersonFacts) -> Iterator[Conflict]:
    span = facts.span
    if any(span.overlaps(each) for each in person.booked):
        yield Conflict(
            ConflictKind.PERSON_DOUBLE_BOOKED, "a member of the crew is booked elsewhere", person.id
        )
    if any(span.overlaps(each) for each in person.away):
        yield Conflict(ConflictKind.PERSON_AWAY, "a member of the crew is away", person.id)
    working = span.shared(facts.day) + sum(
        (each.shared(facts.day) for each in person.booked if not each.overlaps(span)), timedelta(0)
    )
    if working > LONGEST_DAY:
        yield Conflict(
            ConflictKind.DAY_TOO_LONG,
            f"a member of the crew would work {_hours(working)} h that day, more than"
            f" {_hours(LONGEST_DAY)}",
            person.id,
        )
    rest = min(_rests(facts, person.booked), default=SHORTEST_REST)
    if rest < SHORTEST_REST:
        yield Conflict(
            ConflictKind.REST_TOO_SHORT,
            f"a member of the crew would rest {_hours(rest)} h, less than {_hours(SHORTEST_REST)}",
            person.id,
        )


def _rests(facts: SlotFacts, booked: Iterable[Span]) -> Iterator[timedelta]:
    """Between this slot and work that began the day before, or begins the day after."""
    for each in booked:
        if each.start_at < facts.day.start_at and each.end_at <= facts.span.start_at:
            yield facts.span.start_at - each.end_at
        if each.start_at >= facts.day.end_at and each.start_at >= facts.span.end_at:
            yield each.start_at - facts.span.end_at


def _of_asset(facts: SlotFacts, asset: AssetFacts) -> Iterator[Conflict]:
    if not asset.is_active:
        yield Conflict(
            ConflictKind.ASSET_OUT_OF_SERVICE, f"{asset.label} is not in service", asset.id
        )
    if any(facts.span.overlaps(each) for each in asset.booked):
        yield Conflict(
            ConflictKind.ASSET_DOUBLE_BOOKED, f"{asset.label} is booked elsewhere", asset.id
        )
    skills = frozenset[str]().union(*(person.skills for person in facts.people))
    if asset.licence and facts.people and asset.licence not in skills:
        yield Conflict(
            ConflictKind.NO_LICENCE,
            f"nobody on the crew has {asset.licence} for {asset.label}",
            asset.id,
        )


def _of_crew(facts: SlotFacts) -> Iterator[Conflict]:
    """A crew that nobody has begun to put together is no conflict until the day is near."""
    is_due = facts.is_close or bool(facts.people)
    if is_due and len(facts.people) < facts.crew_size:
        yield Conflict(
            ConflictKind.CREW_TOO_SMALL,
            f"{len(facts.people)} of {facts.crew_size} people are on the crew",
        )


def _of_branch(facts: SlotFacts) -> Iterator[Conflict]:
    if facts.truck_count is not None and facts.wanted_trucks > facts.truck_count:
        yield Conflict(
            ConflictKind.BRANCH_OVER_CAPACITY,
            f"the journeys of the day need {facts.wanted_trucks} trucks of {facts.truck_count}",
        )
    if not is_open(facts.hours, facts.local_start_at, facts.local_end_at):
        yield Conflict(ConflictKind.OUTSIDE_BUSINESS_HOURS, "it is outside business hours")


def is_open(hours: Mapping[str, object] | None, start: datetime, end: datetime) -> bool:
    """Whether the branch is open all that local time; one that told no hours always is.

    Hours by weekday: {"mon": {"open": "08:00", "close": "18:00"}}; a day that is missing is closed.
    Work over midnight is never inside.
    """
    if not hours:
        return True
    told = hours.get(DAYS[start.weekday()])
    if not isinstance(told, Mapping) or not {"open", "close"} <= told.keys():
        return False
    if start.date() != end.date():
        return False
    opens, closes = (time.fromisoformat(str(told[each])) for each in ("open", "close"))
    return opens <= start.time() and end.time() <= closes


def sentence_of(found: Iterable[Conflict], longest: int = 500) -> str | None:
    """All conflicts in one note; None when there are none."""
    said = dict.fromkeys(f"{each.kind.severity}: {each.sentence}" for each in found)
    return "; ".join(said)[:longest] or None


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):.1f}".removesuffix(".0")
