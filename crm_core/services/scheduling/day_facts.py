"""The day of a branch and of those that share its fleet, as facts for the dispatcher.

Only what is still open is dealt: journeys with a truck or a crew stay as they are, and whom and
what they take is not free. How a day is dealt is `crm_core.optimisation`; who asks, `assignment`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.enums import (
    AssignmentStatus,
    CrewStatus,
    EquipmentStatus,
    EquipmentType,
    JourneyPriority,
    JourneyStage,
    UserRole,
    UserStatus,
)
from crm_core.errors import InvalidInput
from crm_core.models import (
    AssignedCrew,
    Equipment,
    EquipmentAssignment,
    Location,
    TruckJourney,
    User,
)
from crm_core.optimisation.problem import Crew, Day, Job, Person, Truck, Window
from crm_core.optimisation.travel import Place, Travel
from crm_core.security.permissions import Subject
from crm_core.services.equipment.equipment_rules import is_blocked
from crm_core.services.scheduling import bookings, pools, slot_facts
from crm_core.services.scheduling.conflicts import Span

SHIFT = Window(7 * 60, 19 * 60)
"""Where nothing else is known: seven to seven."""
GRACE = 60
"""Minutes after the promise until which a late start still is a plan."""
LEAST_WORK = 30
CAPACITY = 1000
"""Cubic feet of a truck of which nobody said how much it holds."""
LARGEST_CREW = 4
WEIGHTS = {JourneyPriority.HIGH: 2, JourneyPriority.URGENT: 4}
END_OF_DAY = 24 * 60 - 1


@dataclass(frozen=True)
class DayFacts:
    """A day to be dealt, and which rows its ids stand for; `left_out` says why, by journey."""

    day: Day
    midnight: datetime
    """Where the minutes of the day are counted from, as an instant."""
    journeys: Mapping[str, UUID]
    left_out: Mapping[str, str]


def read(session: Session, subject: Subject, location_id: UUID, on: date) -> DayFacts:
    """What is open on a day at a branch and those that share its fleet; as the system.

    Raises `InvalidInput` where nobody knows where the branch is.
    """
    pool = pools.pool_of(session, subject, location_id)
    yards = {branch.code: _place(branch.latitude, branch.longitude) for branch in pool}
    known = {code: place for code, place in yards.items() if place is not None}
    if pool[0].code not in known:
        raise InvalidInput("location_id", f"branch {pool[0].code} has no latitude and longitude")
    zone = pool[0].timezone
    local_midnight = datetime.combine(on, time())
    midnight = clock.instant_of(local_midnight, zone)
    span = Span(midnight, clock.instant_of(local_midnight + timedelta(days=1), zone))
    branches = {branch.id: branch for branch in pool if branch.code in known}
    staff = _staff(session, subject, branches)
    trucks = _trucks(session, subject, branches, on)
    taken = slot_facts.booked_of(
        session, subject, [*(each.id for each in staff), *(each.id for each in trucks)], span
    )
    away = slot_facts.away_of(session, subject, [each.id for each in staff], span)
    shift = Span(*(midnight + timedelta(minutes=minute) for minute in SHIFT))

    def is_free(row: User | Equipment) -> bool:
        spans = (*taken[row.id], *away.get(row.id, ()))
        return not any(shift.overlaps(each) for each in spans)

    free_trucks = [each for each in trucks if is_free(each)]
    free_staff = [each for each in staff if is_free(each)]
    skills = frozenset(skill for each in free_staff for skill in each.skills)
    crews = [
        crew
        for branch in branches.values()
        for crew in form_crews(
            branch.code,
            [str(u.id) for u in free_staff if u.location_id == branch.id and _drives(u)],
            [str(u.id) for u in free_staff if u.location_id == branch.id and not _drives(u)],
            sum(each.location_id == branch.id for each in free_trucks),
        )
    ]
    jobs, ids, left_out = _jobs(session, subject, branches, known, on, midnight, skills)
    day = Day(
        jobs=tuple(jobs),
        crews=tuple(crews),
        people=tuple(Person(str(u.id), (SHIFT,), frozenset(u.skills)) for u in free_staff),
        trucks=tuple(_truck(each, branches[each.location_id].code) for each in free_trucks),
        yards=known,
    )
    return DayFacts(day, midnight, ids, left_out)


def form_crews(yard: str, drivers: Sequence[str], movers: Sequence[str], trucks: int) -> list[Crew]:
    """A crew per truck that has a driver; movers, then drivers who are left, dealt in turns."""
    led = list(drivers[:trucks])
    others = [*movers, *drivers[trucks:]]
    members = {driver: [driver] for driver in led}
    for number, person in enumerate(others[: len(led) * (LARGEST_CREW - 1)]):
        members[led[number % len(led)]].append(person)
    return [
        Crew(f"{yard}-{number}", yard, SHIFT, tuple(people))
        for number, people in enumerate(members.values(), start=1)
    ]


def _staff(session: Session, subject: Subject, branches: Iterable[UUID]) -> list[User]:
    roles = [UserRole.DRIVER.value, UserRole.MOVER.value]
    query = select(User).where(
        User.client_id == subject.client_id,
        User.location_id.in_(list(branches)),
        User.role.in_(roles),
        User.status == UserStatus.ACTIVE.value,
    )
    return list(session.scalars(query.order_by(User.id)))


def _trucks(
    session: Session, subject: Subject, branches: Iterable[UUID], on: date
) -> list[Equipment]:
    query = select(Equipment).where(
        Equipment.client_id == subject.client_id,
        Equipment.location_id.in_(list(branches)),
        Equipment.equipment_type == EquipmentType.TRUCK.value,
        Equipment.status == EquipmentStatus.ACTIVE.value,
    )
    days = bookings.block_days(session, subject)
    return [
        each
        for each in session.scalars(query.order_by(Equipment.name))
        if not is_blocked(each.next_maintenance_on, on, days)
    ]


def _jobs(
    session: Session,
    subject: Subject,
    branches: Mapping[UUID, Location],
    yards: Mapping[str, Place],
    on: date,
    midnight: datetime,
    skills: frozenset[str],
) -> tuple[list[Job], dict[str, UUID], dict[str, str]]:
    query = select(TruckJourney).where(
        TruckJourney.client_id == subject.client_id,
        TruckJourney.location_id.in_(list(branches)),
        TruckJourney.service_on == on,
        TruckJourney.status == JourneyStage.SCHEDULED.value,
    )
    found = session.scalars(query.order_by(TruckJourney.journey_number)).all()
    begun = _begun(session, subject, [journey.id for journey in found])
    jobs: list[Job] = []
    ids: dict[str, UUID] = {}
    left_out: dict[str, str] = {}
    for journey in found:
        assert journey.location_id is not None
        if journey.id in begun:
            left_out[journey.journey_number] = "it has a truck or a crew already"
            continue
        yard = yards[branches[journey.location_id].code]
        try:
            parts = [
                _job(journey, f"{journey.journey_number}/{part}", yard, midnight, skills)
                for part in range(1, max(journey.truck_count, 1) + 1)
            ]
        except InvalidInput as unfit:
            left_out[journey.journey_number] = unfit.reason
            continue
        jobs += parts
        ids |= {part.id: journey.id for part in parts}
    return jobs, ids, left_out


def _begun(session: Session, subject: Subject, journey_ids: Sequence[UUID]) -> set[UUID | None]:
    """The journeys that have an asset or somebody on their crew."""
    assets = select(EquipmentAssignment.journey_id).where(
        EquipmentAssignment.client_id == subject.client_id,
        EquipmentAssignment.journey_id.in_(journey_ids),
        EquipmentAssignment.status == AssignmentStatus.ACTIVE.value,
    )
    crew = select(AssignedCrew.journey_id).where(
        AssignedCrew.client_id == subject.client_id,
        AssignedCrew.journey_id.in_(journey_ids),
        AssignedCrew.status.in_([status.value for status in CrewStatus.standing()]),
    )
    return {*session.scalars(assets), *session.scalars(crew)}


def _job(
    journey: TruckJourney, name: str, yard: Place, midnight: datetime, skills: frozenset[str]
) -> Job:
    """A journey as a job; one without positions begins and ends at its branch."""

    def minute(at: datetime) -> int:
        return int((at - midnight).total_seconds() // 60)

    origin = _position(journey.origin_address) or yard
    destination = _position(journey.destination_address) or origin
    opens = minute(journey.arrival_window_start_at or journey.planned_start_at)
    promised = minute(journey.arrival_window_end_at or journey.planned_start_at) or opens
    promised = max(promised, opens)
    if not 0 <= opens <= promised <= END_OF_DAY:
        raise InvalidInput("planned_start_at", "its window is not within the day")
    planned = minute(journey.planned_end_at) - minute(journey.planned_start_at)
    haul = Travel().minutes(origin, destination)
    trucks = max(journey.truck_count, 1)
    return Job(
        id=name,
        origin=origin,
        destination=destination,
        window=Window(opens, min(promised + GRACE, END_OF_DAY)),
        promised_until=promised,
        work_minutes=max((journey.estimated_minutes or planned) - haul, LEAST_WORK),
        crew_size=max(-(-journey.crew_size // trucks), 1),
        skills=frozenset(journey.tags) & skills,
        weight=WEIGHTS.get(JourneyPriority(journey.priority), 1),
    )


def _truck(row: Equipment, yard: str) -> Truck:
    features = (row.specifications or {}).get("features", [])
    return Truck(
        id=row.name,
        yard=yard,
        capacity=row.capacity_cubic_feet or CAPACITY,
        available=SHIFT,
        licence=slot_facts.licence_of(row),
        features=frozenset(str(each) for each in features if isinstance(features, list)),
    )


def _drives(user: User) -> bool:
    return user.role == UserRole.DRIVER


def _position(address: Mapping[str, object] | None) -> Place | None:
    told = address or {}
    return _place(told.get("latitude"), told.get("longitude"))


def _place(latitude: object, longitude: object) -> Place | None:
    try:
        place = Place(float(str(latitude)), float(str(longitude)))
    except ValueError:
        return None
    return place if abs(place.latitude) <= 90 and abs(place.longitude) <= 180 else None
