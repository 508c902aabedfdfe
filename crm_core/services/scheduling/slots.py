"""Slots of the calendar as rows: made, given people and assets, held against the rules.

The verbs that people use are in `schedules`; journeys drive theirs from `schedules` too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system, set_moment
from crm_core.enums import (
    AuditSeverity,
    JourneyStage,
    ResourceKind,
    SchedulePriority,
    ScheduleStatus,
    ScheduleType,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Equipment, Schedule, ScheduleResource, TruckJourney, User
from crm_core.security import audit
from crm_core.security.permissions import Resource, Subject
from crm_core.services import checks, rows
from crm_core.services.machines.scheduling import SCHEDULE, ScheduleEvent
from crm_core.services.moves import move
from crm_core.services.scheduling import bookings, slot_facts
from crm_core.services.scheduling.conflicts import Conflict, Severity, Span, conflicts, sentence_of
from crm_core.services.scheduling.resolutions import ResourceTaken, people_offers, truck_offers


@dataclass(frozen=True)
class SlotData:
    """What a slot is for, when, and whom and what it takes."""

    schedule_type: ScheduleType
    title: str
    start_at: datetime
    end_at: datetime
    user_ids: tuple[UUID, ...] = ()
    equipment_ids: tuple[UUID, ...] = ()
    priority: SchedulePriority = SchedulePriority.NORMAL
    description: str | None = None
    journey_id: UUID | None = None
    maintenance_id: UUID | None = None


def add(
    session: Session,
    subject: Subject,
    data: SlotData,
    location_id: UUID,
    at: datetime,
    *,
    slot_id: UUID | None = None,
) -> Schedule:
    """Write a slot with what it takes, as the system; raises `ResourceTaken` with alternatives."""
    with as_system(session):
        zone = rows.zone_of(session, subject, location_id)
        slot = Schedule(
            client_id=subject.client_id,
            id=slot_id or new_id(at),
            location_id=location_id,
            owner_id=subject.user_id,
            journey_id=data.journey_id,
            maintenance_id=data.maintenance_id,
            schedule_type=data.schedule_type.value,
            status=ScheduleStatus.SCHEDULED.value,
            priority=data.priority.value,
            title=checks.clean_text("title", data.title, 200),
            description=checks.optional_text("description", data.description, 1000),
            **times(data.start_at, data.end_at, zone),
        )
        set_moment(session, at)
        session.add(slot)
        session.flush()
        audit.record(
            session,
            subject,
            "CREATE",
            Resource.SCHEDULE,
            slot.id,
            at,
            location_id,
            details={"type": data.schedule_type, "start_at": data.start_at, "end_at": data.end_at},
        )
        for user_id in sorted(data.user_ids):
            take(session, subject, slot, ResourceKind.USER, user_id, at)
        for equipment_id in sorted(data.equipment_ids):
            take(session, subject, slot, ResourceKind.EQUIPMENT, equipment_id, at)
    return slot


def times(start_at: datetime, end_at: datetime, zone: str) -> dict[str, object]:
    """The columns of a slot that follow from when it is."""
    checks.instant("start_at", start_at)
    checks.instant("end_at", end_at)
    if end_at <= start_at:
        raise InvalidInput("end_at", "must be after start_at")
    return {
        "scheduled_on": clock.local_date(start_at, zone),
        "start_at": start_at,
        "start_local_at": clock.local_naive(start_at, zone),
        "end_at": end_at,
        "end_local_at": clock.local_naive(end_at, zone),
    }


def take(
    session: Session,
    subject: Subject,
    slot: Schedule,
    kind: ResourceKind,
    resource_id: UUID,
    at: datetime,
) -> ScheduleResource:
    """Take a person or an asset for a slot; as the system. Raises `ResourceTaken`."""
    span = Span(slot.start_at, slot.end_at)
    is_person = kind is ResourceKind.USER
    found: User | Equipment = (
        rows.get(session, subject, User, resource_id)
        if is_person
        else rows.get(session, subject, Equipment, resource_id)
    )
    taken = slot_facts.booked_of(session, subject, [resource_id], span)[resource_id]
    if is_person:
        taken += slot_facts.away_of(session, subject, [resource_id], span)[resource_id]
    if any(span.overlaps(each) for each in taken):
        raise _taken(session, subject, slot, found, at)
    row = ScheduleResource(
        client_id=slot.client_id,
        id=new_id(at),
        location_id=slot.location_id,
        owner_id=resource_id if is_person else None,
        schedule_id=slot.id,
        kind=kind.value,
        user_id=resource_id if is_person else None,
        equipment_id=None if is_person else resource_id,
        start_at=span.start_at,
        end_at=span.end_at,
    )
    session.add(row)
    session.flush()
    return row


def _taken(
    session: Session, subject: Subject, slot: Schedule, found: User | Equipment, at: datetime
) -> ResourceTaken:
    span = Span(slot.start_at, slot.end_at)
    if isinstance(found, User):
        offers = people_offers(
            session, subject, user=found, location_id=slot.location_id, span=span, at=at
        )
        return ResourceTaken("the person is booked or away then", offers)
    offers = truck_offers(
        session,
        subject,
        equipment=found,
        location_id=slot.location_id,
        span=span,
        at=at,
        priority=SchedulePriority(slot.priority),
    )
    return ResourceTaken(f"{found.name} is booked then", offers)


def refresh(session: Session, subject: Subject, slot: Schedule, at: datetime) -> list[Conflict]:
    """Hold a slot that is still to come against the rules, and mark it; returns what stands.

    The truck that its journey wants is booked first, if it is free by now. Soft conflicts that
    somebody accepted are left out.
    """
    if slot.status != ScheduleStatus.SCHEDULED:
        return []
    with as_system(session):
        _book_wanted(session, subject, slot, at)
        found = conflicts(slot_facts.read(session, subject, slot, at))
        standing = [
            each
            for each in found
            if each.kind.severity is Severity.HARD or each.kind not in slot.accepted_conflicts
        ]
        note = sentence_of(standing)
        if note != slot.conflict_note:
            slot.has_conflict, slot.conflict_note = note is not None, note
            kinds = sorted({each.kind for each in standing})
            audit.record(
                session,
                subject,
                "CONFLICT",
                Resource.SCHEDULE,
                slot.id,
                at,
                slot.location_id,
                AuditSeverity.WARNING if kinds else AuditSeverity.INFO,
                details={"kinds": kinds},
            )
        session.flush()
    return standing


def refresh_of_journeys(
    session: Session, subject: Subject, journey_ids: Iterable[UUID], at: datetime
) -> list[Schedule]:
    """`refresh` the live slots of some journeys; returns those that have a conflict now."""
    wanted = sorted(set(journey_ids))
    with as_system(session):
        query = (
            select(Schedule)
            .where(Schedule.client_id == subject.client_id, Schedule.journey_id.in_(wanted))
            .where(Schedule.status == ScheduleStatus.SCHEDULED.value)
            .order_by(Schedule.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        slots = list(session.scalars(query))
        return [slot for slot in slots if refresh(session, subject, slot, at)]


def end(session: Session, subject: Subject, slot: Schedule, at: datetime) -> None:
    """A slot that runs is over; early, its people and assets are free from now on."""
    move(session, subject, SCHEDULE, slot, ScheduleEvent.COMPLETE, at)
    session.flush()
    if at < slot.end_at:
        session.execute(
            update(ScheduleResource)
            .where(ScheduleResource.client_id == slot.client_id)
            .where(ScheduleResource.schedule_id == slot.id)
            .values(is_released=True)
        )


def live_slot(session: Session, subject: Subject, journey_id: UUID) -> Schedule | None:
    """The slot of a journey that holds now, locked; as the system."""
    query = (
        select(Schedule)
        .where(Schedule.client_id == subject.client_id, Schedule.journey_id == journey_id)
        .where(Schedule.status.not_in([each.value for each in ScheduleStatus.released()]))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def _book_wanted(session: Session, subject: Subject, slot: Schedule, at: datetime) -> None:
    """The journey's truck, unless it has it; one that is not free stands as a conflict."""
    if slot.journey_id is None:
        return
    journey = rows.get(session, subject, TruckJourney, slot.journey_id, lock=False)
    if journey.equipment_id is None or journey.status != JourneyStage.SCHEDULED:
        return
    given = session.scalars(slot_facts.assets_of(journey))
    if journey.equipment_id in {each.equipment_id for each in given}:
        return
    try:
        bookings.book(
            session,
            subject,
            equipment_id=journey.equipment_id,
            journey=journey,
            span=Span(slot.start_at, slot.end_at),
            at=at,
        )
    except (ResourceTaken, rows.NotFound):
        return
