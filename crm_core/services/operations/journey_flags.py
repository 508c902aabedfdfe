"""What is known of a journey, as the facts that its flags follow from.

The rules are `operations.flags`.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    CrewStatus,
    EntryType,
    InvoiceStatus,
    JourneyStage,
    PhaseStatus,
)
from crm_core.models import AssignedCrew, Invoice, JourneyEntry, Location, Survey, TruckJourney
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.machines.operations import JourneyEvent
from crm_core.services.operations import field_settings
from crm_core.services.operations.flags import LOW_RATING, Arrival, Facts, Flag, Point, flags_of
from crm_core.services.operations.journey_progress import asked_of, phases_of
from crm_core.services.operations.journey_reach import journey_to_work_on, standing_crew

RATED_WITHIN = timedelta(days=30)


def raised(session: Session, subject: Subject, *, journey_id: UUID, as_of: datetime) -> list[Flag]:
    """The flags of a journey at an instant, for whoever may read its steps."""
    return flags_of(facts_of(session, subject, journey_id=journey_id, as_of=as_of))


def facts_of(session: Session, subject: Subject, *, journey_id: UUID, as_of: datetime) -> Facts:
    """What is known of a journey at an instant."""
    require(subject, Resource.JOURNEY_STEP, Action.READ)
    journey = journey_to_work_on(session, subject, journey_id, Action.READ)
    with as_system(session):
        crew = [member.user_id for member in standing_crew(session, journey)]
        entries = _entries(session, journey, as_of)
        required, available = _branch_crew(session, journey)
        return Facts(
            stage=JourneyStage(journey.status),
            as_of=as_of,
            crew_planned=journey.crew_size,
            crew_count=len(crew),
            estimated_minutes=journey.estimated_minutes,
            started_at=journey.started_at,
            completed_at=journey.completed_at,
            first_arrived_at=journey.arrived_at,
            window_end_at=journey.arrival_window_end_at,
            missing_evidence_count=_missing_evidence(session, journey),
            last_entry_at=max((entry.occurred_at for entry in entries), default=None),
            last_position_at=max(
                (e.occurred_at for e in entries if e.position is not None), default=None
            ),
            arrivals=_arrivals(journey, entries),
            low_ratings_of_crew=tuple(_low_ratings(session, journey, crew, as_of)),
            has_overdue_invoice=_has_overdue_invoice(session, journey),
            branch_crew_required=required,
            branch_crew_available=available,
            overrun_factor=field_settings.load(session, subject).overrun_factor,
        )


def _entries(session: Session, journey: TruckJourney, as_of: datetime) -> list[JourneyEntry]:
    query = select(JourneyEntry).where(
        JourneyEntry.client_id == journey.client_id,
        JourneyEntry.journey_id == journey.id,
        JourneyEntry.occurred_at <= as_of,
    )
    return list(session.scalars(query.order_by(JourneyEntry.occurred_at, JourneyEntry.id)))


def _missing_evidence(session: Session, journey: TruckJourney) -> int:
    """Required media that phases which have ended, or the finished journey, still lack."""
    asked = asked_of(session, journey)
    is_done = JourneyStage(journey.status) in JourneyStage.done()
    return sum(
        medium.is_required and medium.satisfied_by_media_id is None
        for phase in phases_of(session, journey)
        if is_done or phase.status == PhaseStatus.COMPLETED
        for medium in asked.media[phase.phase_number]
    )


def _arrivals(journey: TruckJourney, entries: list[JourneyEntry]) -> tuple[Arrival, ...]:
    """What the crew said, against the stops in their order: the first origin, then destination."""
    stops = [_point(journey.origin_address), _point(journey.destination_address)]
    said = [
        _point(entry.position)
        for entry in entries
        if entry.entry_type == EntryType.STATUS_UPDATE
        and (entry.data or {}).get("event") == JourneyEvent.ARRIVE
    ]
    pairs = zip(said, stops, strict=False)
    return tuple(Arrival(there, stop) for there, stop in pairs if there and stop)


def _point(place: dict[str, Any] | None) -> Point | None:
    latitude, longitude = (place or {}).get("latitude"), (place or {}).get("longitude")
    if latitude is None or longitude is None:
        return None
    return Point(float(latitude), float(longitude))


def _low_ratings(
    session: Session, journey: TruckJourney, crew: list[UUID], as_of: datetime
) -> list[int]:
    """Per member, how many of their jobs got under three stars in the last thirty days."""
    query = (
        select(func.count())
        .select_from(Survey)
        .join(
            AssignedCrew,
            (AssignedCrew.client_id == Survey.client_id)
            & (AssignedCrew.journey_id == Survey.journey_id),
        )
        .where(
            Survey.client_id == journey.client_id,
            Survey.satisfaction_score < LOW_RATING,
            Survey.answered_at > as_of - RATED_WITHIN,
            Survey.answered_at <= as_of,
            AssignedCrew.status == CrewStatus.COMPLETED.value,
            AssignedCrew.user_id.in_(crew),
        )
        .group_by(AssignedCrew.user_id)
    )
    return list(session.scalars(query))


def _has_overdue_invoice(session: Session, journey: TruckJourney) -> bool:
    """Of this job, or of an earlier one of the same customer."""
    query = select(Invoice.id).where(
        Invoice.client_id == journey.client_id,
        Invoice.customer_id == journey.customer_id,
        Invoice.status == InvoiceStatus.OVERDUE.value,
    )
    return session.scalars(query.limit(1)).first() is not None


def _branch_crew(session: Session, journey: TruckJourney) -> tuple[int | None, int | None]:
    """People that the branch's journeys of the day need, and how many it has."""
    if journey.location_id is None:
        return None, None
    needed = session.scalars(
        select(func.sum(TruckJourney.crew_size)).where(
            TruckJourney.client_id == journey.client_id,
            TruckJourney.location_id == journey.location_id,
            TruckJourney.service_on == journey.service_on,
            TruckJourney.status != JourneyStage.CANCELLED.value,
        )
    ).one()
    held = session.scalars(
        select(Location.crew_count).where(
            Location.client_id == journey.client_id, Location.id == journey.location_id
        )
    ).one()
    return needed, held
