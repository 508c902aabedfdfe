"""A day dealt from the tables: proposed with sentences, booked, and refused where it was late."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import UserRole
from crm_core.errors import InvalidInput
from crm_core.models import AssignedCrew, Equipment, EquipmentAssignment, Schedule
from crm_core.optimisation.check import violations
from crm_core.services.scheduling import assignment, availability, schedules, truck_bookings
from crm_core.services.scheduling.availability import Time
from crm_core.services.scheduling.day_facts import form_crews
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.fleet import (
    MORNING,
    a_journey,
    a_truck,
    branch,
    hours,
    people,
)

NEAR = {"latitude": 49.25, "longitude": -123.10}
FAR = {"latitude": 49.10, "longitude": -122.80}


@pytest.fixture
def day(company: Tenant) -> Tenant:
    """Two trucks at one branch, one at a branch that shares them, five open journeys."""
    admin, vanc, dtor = (
        company.subjects["admin"],
        company.locations["VANC"],
        company.locations["DTOR"],
    )
    branch(
        company,
        "VANC",
        latitude=Decimal("49.28"),
        longitude=Decimal("-123.12"),
        shared_fleet_codes=["DTOR"],
    )
    branch(company, "DTOR", latitude=Decimal("49.20"), longitude=Decimal("-122.90"))
    people(company, UserRole.DRIVER, 1)
    people(company, UserRole.MOVER, 3)
    people(company, UserRole.DRIVER, 1, "DTOR")
    people(company, UserRole.MOVER, 1, "DTOR")
    with tenant_session(admin) as session:
        for name, place in (("T-01", vanc), ("T-02", vanc), ("T-03", dtor)):
            a_truck(session, admin, place, name)
        for number in range(5):
            journey = a_journey(
                session,
                admin,
                vanc if number % 2 else dtor,
                hours(3 * (number % 2)),
                2,
                origin_address=NEAR if number % 2 else FAR,
                arrival_window_end_at=hours(3 * (number % 2) + 1),
            )
            schedules.plan_journey(session, admin, journey=journey, at=TEST_NOW)
    return company


def test_a_day_is_dealt_explained_and_booked(day: Tenant) -> None:
    dispatcher, vanc = day.subjects["admin"], day.locations["VANC"]
    with tenant_session(dispatcher) as session:
        facts = assignment.read(session, dispatcher, location_id=vanc, on=MORNING.date())
    assert (len(facts.day.jobs), len(facts.day.trucks), len(facts.day.crews)) == (5, 3, 3)
    proposal = assignment.propose(facts, seconds=1.5)
    assert violations(facts.day, proposal.plan) == []
    assert proposal.plan.unassigned == ()
    assert proposal.sentences.keys() == facts.journeys.keys()
    with tenant_session(dispatcher) as session:
        done = assignment.apply(session, dispatcher, proposal=proposal, at=TEST_NOW)
        assert done.refused == {} and set(done.booked) == facts.journeys.keys()
    with tenant_session(dispatcher) as session:
        given = session.scalars(select(EquipmentAssignment.journey_id)).all()
        assert sorted(given) == sorted(facts.journeys.values())
        leads = session.scalars(select(AssignedCrew.journey_id).where(AssignedCrew.is_lead)).all()
        assert sorted(leads) == sorted(facts.journeys.values())
        notes = set(session.scalars(select(Schedule.conflict_note)))
        assert notes <= {None, "SOFT: the journeys of the day need 5 trucks of 3"}
        again = assignment.read(session, dispatcher, location_id=vanc, on=MORNING.date())
        assert again.day.jobs == () and set(again.left_out.values()) == {
            "it has a truck or a crew already"
        }


def test_what_was_taken_meanwhile_is_refused_and_the_rest_booked(day: Tenant) -> None:
    admin, vanc = day.subjects["admin"], day.locations["VANC"]
    with tenant_session(admin) as session:
        facts = assignment.read(session, admin, location_id=vanc, on=MORNING.date())
    proposal = assignment.propose(facts, seconds=1)
    lost = proposal.plan.tours[0]
    with tenant_session(admin) as session:
        other = a_journey(session, admin, vanc, hours(-4), 14)
        truck = session.scalars(select(Equipment.id).where(Equipment.name == lost.truck)).one()
        truck_bookings.assign_truck(
            session, admin, journey_id=other.id, equipment_id=truck, at=TEST_NOW
        )
    with tenant_session(admin) as session:
        done = assignment.apply(session, admin, proposal=proposal, at=TEST_NOW)
    assert done.refused.keys() == {visit.job for visit in lost.visits}
    assert all(f"{lost.truck} is booked then" in line for line in done.refused.values())
    assert set(done.booked) == facts.journeys.keys() - done.refused.keys()
    with tenant_session(admin) as session:
        people_of = select(AssignedCrew.journey_id)
        left = {facts.journeys[name] for name in done.refused}
        assert not left & set(session.scalars(people_of)), "nobody goes without a truck"


def test_who_is_away_is_on_no_crew(day: Tenant) -> None:
    mover, admin = day.subjects["mover"], day.subjects["admin"]
    with tenant_session(mover) as session:
        kind = availability.AvailabilityType.SICK
        wish = Time(MORNING, MORNING + timedelta(hours=8), kind)
        availability.enter(session, mover, time=wish, at=TEST_NOW)
    with tenant_session(admin) as session:
        facts = assignment.read(
            session, admin, location_id=day.locations["VANC"], on=MORNING.date()
        )
    assert str(mover.user_id) not in {person.id for person in facts.day.people}


def test_a_branch_without_a_place_is_named(company: Tenant) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session, pytest.raises(InvalidInput, match="VANC has no lat"):
        assignment.read(session, admin, location_id=company.locations["VANC"], on=MORNING.date())


def test_crews_have_a_driver_each_and_the_others_in_turns() -> None:
    crews = form_crews("Y", ["d1", "d2", "d3"], ["m1", "m2"], trucks=2)
    assert [crew.people for crew in crews] == [("d1", "m1", "d3"), ("d2", "m2")]
    assert form_crews("Y", [], ["m1"], trucks=2) == []
