"""The automatic flags of a journey, as pure rules over facts.

Gathering the facts is `operations.journey_flags`; what is done about a flag is decided by people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType
from typing import NamedTuple

from crm_core.enums import JourneyStage

SILENCE = timedelta(hours=2)
GPS_SILENCE = timedelta(minutes=15)
OUT_OF_AREA_METRES = 300
TOLERATED_DELAY = timedelta(minutes=15)
LOW_RATED_JOBS = 3
LOW_RATING = 3
MANY = 2
EARTH_METRES = 6_371_000

_MOVING = frozenset({JourneyStage.EN_ROUTE})
_AT_WORK = frozenset({JourneyStage.EN_ROUTE, JourneyStage.ONSITE})
_EVIDENCED = frozenset({JourneyStage.ONSITE, *JourneyStage.done()})


class Flag(StrEnum):
    OVER_RUN = "OVER_RUN"
    UNDERSTAFFED = "UNDERSTAFFED"
    MISSING_EVIDENCE = "MISSING_EVIDENCE"
    INACTIVE_CREW = "INACTIVE_CREW"
    GPS_LOST = "GPS_LOST"
    OUT_OF_AREA = "OUT_OF_AREA"
    LOW_RATED_CREW = "LOW_RATED_CREW"
    DELAYED = "DELAYED"
    UNPAID_LOCK = "UNPAID_LOCK"
    CREW_SHORTAGE = "CREW_SHORTAGE"
    MANY_FLAGS = "MANY_FLAGS"
    """More than two others: the customer is asked for feedback."""


class Point(NamedTuple):
    """Degrees."""

    latitude: float
    longitude: float


class Arrival(NamedTuple):
    """Where the crew said it had arrived, and where the stop is."""

    said_at: Point
    stop: Point


@dataclass(frozen=True)
class Facts:
    """What is known of a journey at `as_of`; what is not known raises no flag."""

    stage: JourneyStage
    as_of: datetime
    crew_planned: int
    crew_count: int
    estimated_minutes: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    first_arrived_at: datetime | None = None
    window_end_at: datetime | None = None
    missing_evidence_count: int = 0
    last_entry_at: datetime | None = None
    last_position_at: datetime | None = None
    arrivals: tuple[Arrival, ...] = ()
    low_ratings_of_crew: tuple[int, ...] = ()
    """Per member, jobs of the last thirty days rated under three stars."""
    has_overdue_invoice: bool = False
    branch_crew_available: int | None = None
    branch_crew_required: int | None = None
    overrun_factor: Decimal = field(default=Decimal("1.3"))


def flags_of(facts: Facts) -> list[Flag]:
    """The flags that the facts raise, in a fixed order."""
    raised = [flag for flag, rule in RULES.items() if rule(facts)]
    return [*raised, Flag.MANY_FLAGS] if len(raised) > MANY else raised


def metres_between(a: Point, b: Point) -> float:
    """Great-circle distance."""
    lat_a, lat_b = radians(a.latitude), radians(b.latitude)
    half_lat = sin((lat_b - lat_a) / 2)
    half_lon = sin(radians(b.longitude - a.longitude) / 2)
    chord = half_lat**2 + cos(lat_a) * cos(lat_b) * half_lon**2
    return 2 * EARTH_METRES * asin(sqrt(min(1.0, chord)))


def _over_run(facts: Facts) -> bool:
    if facts.estimated_minutes is None or facts.started_at is None:
        return False
    if facts.stage not in _AT_WORK | JourneyStage.done():
        return False
    worked = (facts.completed_at or facts.as_of) - facts.started_at
    minutes = Decimal(worked // timedelta(minutes=1))
    return minutes > facts.overrun_factor * facts.estimated_minutes


def _understaffed(facts: Facts) -> bool:
    return facts.stage is not JourneyStage.CANCELLED and facts.crew_count < facts.crew_planned


def _missing_evidence(facts: Facts) -> bool:
    return facts.stage in _EVIDENCED and facts.missing_evidence_count > 0


def _inactive_crew(facts: Facts) -> bool:
    return facts.stage in _AT_WORK and _is_silent(facts, facts.last_entry_at, SILENCE)


def _gps_lost(facts: Facts) -> bool:
    return facts.stage in _MOVING and _is_silent(facts, facts.last_position_at, GPS_SILENCE)


def _is_silent(facts: Facts, last: datetime | None, allowed: timedelta) -> bool:
    heard = [instant for instant in (last, facts.started_at) if instant is not None]
    return bool(heard) and facts.as_of - max(heard) > allowed


def _out_of_area(facts: Facts) -> bool:
    return any(
        metres_between(arrival.said_at, arrival.stop) > OUT_OF_AREA_METRES
        for arrival in facts.arrivals
    )


def _low_rated_crew(facts: Facts) -> bool:
    return any(count >= LOW_RATED_JOBS for count in facts.low_ratings_of_crew)


def _delayed(facts: Facts) -> bool:
    if facts.window_end_at is None or facts.stage is JourneyStage.CANCELLED:
        return False
    return (facts.first_arrived_at or facts.as_of) > facts.window_end_at + TOLERATED_DELAY


def _unpaid_lock(facts: Facts) -> bool:
    return facts.has_overdue_invoice and facts.stage is not JourneyStage.CANCELLED


def _crew_shortage(facts: Facts) -> bool:
    available, required = facts.branch_crew_available, facts.branch_crew_required
    if facts.stage is not JourneyStage.SCHEDULED or available is None or required is None:
        return False
    return available < required


RULES: Mapping[Flag, Callable[[Facts], bool]] = MappingProxyType(
    {
        Flag.OVER_RUN: _over_run,
        Flag.UNDERSTAFFED: _understaffed,
        Flag.MISSING_EVIDENCE: _missing_evidence,
        Flag.INACTIVE_CREW: _inactive_crew,
        Flag.GPS_LOST: _gps_lost,
        Flag.OUT_OF_AREA: _out_of_area,
        Flag.LOW_RATED_CREW: _low_rated_crew,
        Flag.DELAYED: _delayed,
        Flag.UNPAID_LOCK: _unpaid_lock,
        Flag.CREW_SHORTAGE: _crew_shortage,
    }
)
