"""Who does what on a day: a proposal for the dispatcher, and booking it once it is taken.

The proposal is worked out between two transactions: `read`, then `propose` without the database,
then `apply`, where what was taken meanwhile is refused one by one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import CrewRole, UserRole
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import Equipment, Location, User
from crm_core.optimisation.explain import explain
from crm_core.optimisation.plan import Plan, Tour
from crm_core.optimisation.solve import solve
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.operations import crews
from crm_core.services.scheduling import day_facts, slots, truck_bookings
from crm_core.services.scheduling.conflicts import Span
from crm_core.services.scheduling.day_facts import DayFacts

SECONDS = 5.0
"""An answer is there by then."""


@dataclass(frozen=True)
class Proposal:
    """A plan of a day, with a sentence for every journey, by its number (or number/part)."""

    facts: DayFacts
    plan: Plan
    sentences: dict[str, str]


@dataclass(frozen=True)
class Applied:
    """What became of a proposal: the journeys that were booked, and why the others were not."""

    booked: tuple[str, ...]
    refused: dict[str, str]


def read(session: Session, subject: Subject, *, location_id: UUID, on: date) -> DayFacts:
    """The open work of a day, and who and what is free, at a branch and its fleet pool."""
    require(subject, Resource.JOURNEY, Action.UPDATE)
    rows.get(session, subject, Location, location_id, lock=False)
    with as_system(session):
        return day_facts.read(session, subject, location_id, on)


def propose(facts: DayFacts, *, seconds: float = SECONDS, seed: int = 0) -> Proposal:
    """The best plan found in time, explained; no database, and nothing is booked."""
    # Explaining and the way around the search take a little of the time.
    plan = solve(facts.day, max(seconds - 0.5, 0.1), seed=seed)
    sentences = explain(facts.day, plan)
    sentences |= {name: f"{name} is not dealt: {why}." for name, why in facts.left_out.items()}
    return Proposal(facts, plan, sentences)


def apply(
    session: Session,
    subject: Subject,
    *,
    proposal: Proposal,
    at: datetime,
) -> Applied:
    """Book trucks and crews as proposed, journey by journey: one refused leaves the others."""
    require(subject, Resource.JOURNEY, Action.UPDATE)
    trucks = _truck_ids(session, subject, proposal)
    roles = _roles(session, subject, proposal)
    booked, refused = [], {}
    for tour in proposal.plan.tours:
        spans = _spans(tour, proposal.facts.midnight)
        for visit in tour.visits:
            journey_id = proposal.facts.journeys[visit.job]
            try:
                with session.begin_nested():
                    if tour.truck not in trucks:
                        raise InvalidInput("truck", f"{tour.truck} is gone")
                    truck_bookings.assign_truck(
                        session,
                        subject,
                        journey_id=journey_id,
                        equipment_id=trucks[tour.truck],
                        at=at,
                        span=spans[visit.job],
                    )
                    for number, person in enumerate(map(UUID, tour.people)):
                        crews.assign(
                            session,
                            subject,
                            journey_id=journey_id,
                            user_id=person,
                            crew_role=roles[person],
                            at=at,
                            # One leads, also where a journey takes two crews.
                            is_lead=number == 0 and visit.job.endswith("/1"),
                            planned_start_at=spans[visit.job].start_at,
                            planned_end_at=spans[visit.job].end_at,
                        )
                    session.flush()
                    slots.refresh_of_journeys(session, subject, [journey_id], at)
            except CrmError as error:
                refused[visit.job] = error.line
            else:
                booked.append(visit.job)
    return Applied(tuple(booked), refused)


def _spans(tour: Tour, midnight: datetime) -> dict[str, Span]:
    """When truck and crew are on each journey: from setting out for it; the last until the yard."""
    found = {}
    leaves = tour.leaves
    for visit in tour.visits:
        is_last = visit is tour.visits[-1]
        ends = tour.back if is_last else visit.ends
        found[visit.job] = Span(
            midnight + timedelta(minutes=leaves), midnight + timedelta(minutes=ends)
        )
        leaves = ends
    return found


def _truck_ids(session: Session, subject: Subject, proposal: Proposal) -> dict[str, UUID]:
    names = [tour.truck for tour in proposal.plan.tours]
    query = select(Equipment.name, Equipment.id).where(
        Equipment.client_id == subject.client_id, Equipment.name.in_(names)
    )
    with as_system(session):
        return dict(session.execute(query).tuples().all())


def _roles(session: Session, subject: Subject, proposal: Proposal) -> dict[UUID, CrewRole]:
    """What each person of the proposal is on a crew."""
    ids = [UUID(person) for tour in proposal.plan.tours for person in tour.people]
    query = select(User.id, User.role).where(User.client_id == subject.client_id, User.id.in_(ids))
    with as_system(session):
        return {
            person: CrewRole.DRIVER if role == UserRole.DRIVER else CrewRole.MOVER
            for person, role in session.execute(query).tuples()
        }
