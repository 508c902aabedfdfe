"""The jobs of a branch's day as the office watches them; read only.

Moving a job along is `operations.journeys`; figures about days that are over are the warehouse's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.enums import JourneyStage
from crm_core.models import Location, TruckJourney
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.tenancy.staff import names_of_customers

MOST_JOBS = 500


@dataclass(frozen=True)
class DayJob:
    """One job of today; times are the branch's wall-clock times."""

    number: str
    branch: str
    stage: JourneyStage
    service_type: str
    customer: str | None
    """Only for those who may know who is who."""
    planned_at: datetime | None
    started_at: datetime | None
    arrived_at: datetime | None
    completed_at: datetime | None
    crew_size: int
    truck: str | None
    is_late: bool
    """Not on site although its window is over."""


def jobs_of_today(
    session: Session, subject: Subject, *, at: datetime, branches: Collection[str] = ()
) -> list[DayJob]:
    """The jobs of every branch's own today, in the order they start; of some branches by code.

    Raises `ActionRefused`.
    """
    require(subject, Resource.JOURNEY, Action.READ)
    places = {
        place.id: place
        for place in session.scalars(
            select(Location).where(Location.client_id == subject.client_id)
        )
        if not branches or place.code in branches
    }
    today = {key: clock.local_date(at, place.timezone) for key, place in places.items()}
    found = session.scalars(
        select(TruckJourney)
        .where(TruckJourney.client_id == subject.client_id)
        .where(TruckJourney.location_id.in_(places), TruckJourney.service_on.in_(today.values()))
        .order_by(TruckJourney.planned_start_at, TruckJourney.journey_number)
        .limit(MOST_JOBS)
    )
    jobs = [
        (job, place)
        for job in found
        if job.location_id is not None
        and (place := places[job.location_id])
        and job.service_on == today[place.id]
    ]
    names = names_of_customers(session, subject, {job.customer_id for job, _ in jobs})
    return [
        DayJob(
            number=job.journey_number,
            branch=place.name,
            stage=JourneyStage(job.status),
            service_type=job.service_type,
            customer=names.get(job.customer_id),
            planned_at=job.planned_start_local_at,
            started_at=job.started_local_at,
            arrived_at=job.arrived_local_at,
            completed_at=job.completed_local_at,
            crew_size=job.crew_size,
            truck=job.truck_number,
            is_late=_is_late(job, at),
        )
        for job, place in jobs
    ]


def _is_late(job: TruckJourney, at: datetime) -> bool:
    open_stages = (JourneyStage.SCHEDULED, JourneyStage.MORNING_PREP, JourneyStage.EN_ROUTE)
    window = job.arrival_window_end_at
    return job.status in open_stages and job.arrived_at is None and bool(window and window < at)
