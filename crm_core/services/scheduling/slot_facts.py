"""What is known around a slot of the calendar, read for the rules in `conflicts`.

Read as the system: whether somebody is taken elsewhere does not depend on who asks.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system
from crm_core.enums import (
    ApprovalStatus,
    AssignmentStatus,
    AvailabilityType,
    CrewStatus,
    EquipmentStatus,
    ResourceKind,
)
from crm_core.models import (
    AssignedCrew,
    Availability,
    Equipment,
    EquipmentAssignment,
    Location,
    Occupancy,
    Schedule,
    ScheduleResource,
    TruckJourney,
    User,
)
from crm_core.security.permissions import Subject
from crm_core.services import rows
from crm_core.services.scheduling import pools
from crm_core.services.scheduling.conflicts import AssetFacts, PersonFacts, SlotFacts, Span

NEAR = timedelta(hours=36)
"""How far around a slot work is looked at: a day and the rest before and after it."""
CLOSE = timedelta(days=1)
LICENCE = "licence"
"""The entry of an asset's specifications that names the skill its driver must have."""
Sources = frozenset[UUID]
NOTHING: Sources = frozenset()


def read(session: Session, subject: Subject, slot: Schedule, at: datetime) -> SlotFacts:
    """The facts about a slot and everybody and everything that it takes or wants."""
    with as_system(session):
        branch = rows.get(session, subject, Location, slot.location_id, lock=False)
        journey = None
        if slot.journey_id is not None:
            journey = rows.get(session, subject, TruckJourney, slot.journey_id, lock=False)
        own, people, assets = _taken_by(session, slot, journey)
        span = Span(slot.start_at, slot.end_at)
        booked = booked_of(session, subject, people | assets, span, own)
        wanted, trucks = 0, None
        if journey is not None:
            pool = pools.pool_of(session, subject, slot.location_id)
            wanted = pools.wanted_on(session, subject, pool, slot.scheduled_on)
            trucks = pools.trucks_of(session, subject, pool)
        return SlotFacts(
            span=span,
            local_start_at=slot.start_local_at,
            local_end_at=slot.end_local_at,
            day=day_of(slot.start_local_at, branch.timezone),
            people=_people(session, subject, people, span, booked),
            assets=_assets(session, subject, assets, booked),
            hours=branch.business_hours if journey is not None else None,
            crew_size=journey.crew_size if journey is not None else 0,
            is_close=slot.start_at - at <= CLOSE,
            wanted_trucks=wanted,
            truck_count=trucks,
        )


def day_of(local_at: datetime, timezone: str) -> Span:
    """The calendar day of a local time, as instants."""
    midnight = datetime.combine(local_at.date(), time())
    return Span(
        clock.instant_of(midnight, timezone),
        clock.instant_of(midnight + timedelta(days=1), timezone),
    )


def booked_of(
    session: Session, subject: Subject, ids: Iterable[UUID], span: Span, own: Sources = NOTHING
) -> dict[UUID, tuple[Span, ...]]:
    """What people and assets are taken for near a span, by id, without the sources in `own`."""
    wanted = list(ids)
    found: dict[UUID, tuple[Span, ...]] = dict.fromkeys(wanted, ())
    if not wanted:
        return found
    query = select(Occupancy).where(
        Occupancy.client_id == subject.client_id,
        Occupancy.resource_id.in_(wanted),
        Occupancy.start_at < span.end_at + NEAR,
        or_(Occupancy.end_at.is_(None), Occupancy.end_at > span.start_at - NEAR),
    )
    for each in session.scalars(query.order_by(Occupancy.start_at)):
        if each.id not in own:
            until = each.end_at or span.end_at + NEAR
            found[each.resource_id] += (Span(each.start_at, until),)
    return found


def away_of(
    session: Session, subject: Subject, ids: Iterable[UUID], span: Span
) -> dict[UUID, tuple[Span, ...]]:
    """When people are away in a span, by id: leave that was approved, and being sick at once."""
    wanted = list(ids)
    found: dict[UUID, tuple[Span, ...]] = dict.fromkeys(wanted, ())
    standing = [ApprovalStatus.APPROVED.value, ApprovalStatus.NOT_REQUIRED.value]
    query = select(Availability).where(
        Availability.client_id == subject.client_id,
        Availability.user_id.in_(wanted),
        Availability.is_available.is_(False),
        Availability.start_at < span.end_at,
        Availability.end_at > span.start_at,
        or_(
            Availability.approval_status.in_(standing),
            and_(
                Availability.availability_type == AvailabilityType.SICK.value,
                Availability.approval_status != ApprovalStatus.REJECTED.value,
            ),
        ),
    )
    for each in session.scalars(query):
        found[each.user_id] += (Span(each.start_at, each.end_at),)
    return found


def licence_of(equipment: Equipment) -> str | None:
    """The skill that the driver of an asset must have, where its specifications name one."""
    named = (equipment.specifications or {}).get(LICENCE)
    return named if isinstance(named, str) else None


def _taken_by(
    session: Session, slot: Schedule, journey: TruckJourney | None
) -> tuple[Sources, set[UUID], set[UUID]]:
    """The rows by which the slot takes something, and the people and assets it takes or wants."""
    resources = select(ScheduleResource).where(
        ScheduleResource.client_id == slot.client_id,
        ScheduleResource.schedule_id == slot.id,
        ScheduleResource.is_released.is_(False),
    )
    own, people, assets = set(), set(), set()
    for each in session.scalars(resources):
        own.add(each.id)
        if each.kind == ResourceKind.USER and each.user_id is not None:
            people.add(each.user_id)
        elif each.equipment_id is not None:
            assets.add(each.equipment_id)
    if journey is not None:
        for member in session.scalars(crew_of(journey)):
            own.add(member.id)
            people.add(member.user_id)
        for given in session.scalars(assets_of(journey)):
            own.add(given.id)
            assets.add(given.equipment_id)
        if journey.equipment_id is not None:
            assets.add(journey.equipment_id)
    return frozenset(own), people, assets


def crew_of(journey: TruckJourney) -> Select[AssignedCrew]:
    """The standing crew of a journey."""
    return select(AssignedCrew).where(
        AssignedCrew.client_id == journey.client_id,
        AssignedCrew.journey_id == journey.id,
        AssignedCrew.status.in_([status.value for status in CrewStatus.standing()]),
    )


def assets_of(journey: TruckJourney) -> Select[EquipmentAssignment]:
    """The standing assignments of trucks and other assets to a journey."""
    return select(EquipmentAssignment).where(
        EquipmentAssignment.client_id == journey.client_id,
        EquipmentAssignment.journey_id == journey.id,
        EquipmentAssignment.status == AssignmentStatus.ACTIVE.value,
    )


def _people(
    session: Session,
    subject: Subject,
    ids: set[UUID],
    span: Span,
    booked: Mapping[UUID, tuple[Span, ...]],
) -> tuple[PersonFacts, ...]:
    if not ids:
        return ()
    away = away_of(session, subject, ids, span)
    query = select(User).where(User.client_id == subject.client_id, User.id.in_(ids))
    return tuple(
        PersonFacts(user.id, booked[user.id], away[user.id], frozenset(user.skills))
        for user in session.scalars(query.order_by(User.id))
    )


def _assets(
    session: Session, subject: Subject, ids: set[UUID], booked: Mapping[UUID, tuple[Span, ...]]
) -> tuple[AssetFacts, ...]:
    if not ids:
        return ()
    query = select(Equipment).where(Equipment.client_id == subject.client_id, Equipment.id.in_(ids))
    return tuple(
        AssetFacts(
            each.id,
            each.name,
            each.status == EquipmentStatus.ACTIVE,
            booked[each.id],
            licence_of(each),
        )
        for each in session.scalars(query.order_by(Equipment.name))
    )
