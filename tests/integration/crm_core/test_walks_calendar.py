"""Random walks of slots, of those of journeys, of time off and of booked trucks; see `walks.py`."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import AvailabilityType, ScheduleType
from crm_core.models import Availability, Equipment, EquipmentAssignment, Schedule, TruckJourney
from crm_core.services.equipment import equipment
from crm_core.services.machines.equipment import ASSIGNMENT
from crm_core.services.machines.scheduling import AVAILABILITY, SCHEDULE
from crm_core.services.scheduling import availability, schedules, truck_bookings
from crm_core.services.scheduling.availability import Time
from crm_core.services.scheduling.slots import SlotData
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.balances import calendar_holds
from tests.integration.crm_core.fleet import MORNING, a_journey, a_member, a_truck, hours
from tests.integration.crm_core.walks import Step, Walk, take, walks

pytestmark = pytest.mark.long

SHIFTS = st.integers(-2, 12)


def _put_off(step: Step[Schedule]) -> object:
    start = MORNING + timedelta(hours=step.data.draw(SHIFTS) * 6)
    return schedules.reschedule(
        step.session,
        step.subject,
        schedule_id=step.row.id,
        start_at=start,
        end_at=hours(2, start),
        at=step.at,
    )


@pytest.fixture
def meeting(company: Tenant) -> Schedule:
    manager, mover = company.subjects["manager"], company.subjects["mover"].user_id
    assert mover is not None
    with tenant_session(manager) as session:
        vanc = company.locations["VANC"]
        a_member(session, manager, a_journey(session, manager, vanc, hours(24)), mover)
        data = SlotData(ScheduleType.MEETING, "Safety talk", MORNING, hours(2), (mover,))
        return schedules.create(session, manager, location_id=vanc, data=data, at=TEST_NOW)


@walks
@given(data=st.data())
def test_slots(company: Tenant, meeting: Schedule, data: st.DataObject) -> None:
    acts = {
        "start": lambda s: schedules.start(s.session, s.subject, schedule_id=s.row.id, at=s.at),
        "complete": lambda s: schedules.complete(
            s.session, s.subject, schedule_id=s.row.id, at=s.at
        ),
        "cancel": lambda s: schedules.cancel(
            s.session, s.subject, schedule_id=s.row.id, reason="nobody", at=s.at
        ),
        "put off": _put_off,
    }
    walk = Walk(SCHEDULE, Schedule, meeting.id, TEST_NOW, acts, calendar_holds)
    take(walk, company.subjects["manager"], data)


def _stage(step: Step[Schedule]) -> object:
    """The journey goes on, as its own service would let it, and the slot follows."""
    journey = step.session.get_one(TruckJourney, (step.subject.client_id, step.row.journey_id))
    stage = step.data.draw(st.sampled_from(["EN_ROUTE", "COMPLETED", "CANCELLED"]))
    if journey.status in ("COMPLETED", "CANCELLED"):
        return None
    journey.status, journey.started_at = stage, journey.started_at or step.at
    journey.completed_at = step.at if stage == "COMPLETED" else None
    journey.completed_on = journey.service_on if stage == "COMPLETED" else None
    if stage == "CANCELLED":
        journey.cancelled_on, journey.cancellation_reason = journey.service_on, "gone"
    return schedules.follow_journey(step.session, step.subject, journey=journey, at=step.at)


@pytest.fixture
def journey_slot(company: Tenant) -> Schedule:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        a_truck(session, manager, vanc, "T-02")
        journey = a_journey(session, manager, vanc, equipment_id=truck.id, crew_size=1)
        a_member(session, manager, journey, company.subjects["mover"].user_id)
        other = a_journey(session, manager, vanc, hours(12), equipment_id=truck.id)
        schedules.plan_journey(session, manager, journey=other, at=TEST_NOW)
        return schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)


def _other_truck(step: Step[Schedule]) -> object:
    wanted = step.data.draw(st.sampled_from(["T-01", "T-02"]))
    truck = step.session.scalars(select(Equipment).where(Equipment.name == wanted)).one()
    return truck_bookings.assign_truck(
        step.session,
        step.subject,
        journey_id=step.row.journey_id,
        equipment_id=truck.id,
        at=step.at,
    )


@walks
@given(data=st.data())
def test_slots_of_journeys(company: Tenant, journey_slot: Schedule, data: st.DataObject) -> None:
    acts = {
        "stage": _stage,
        "put off": _put_off,
        "another truck": _other_truck,
        "cancel": lambda s: schedules.cancel(
            s.session, s.subject, schedule_id=s.row.id, reason="no", at=s.at
        ),
    }
    walk = Walk(SCHEDULE, Schedule, journey_slot.id, TEST_NOW, acts, calendar_holds)
    take(walk, company.subjects["manager"], data)


@pytest.fixture
def leave(company: Tenant) -> Availability:
    manager, mover = company.subjects["manager"], company.subjects["mover"]
    with tenant_session(manager) as session:
        journey = a_journey(session, manager, company.locations["VANC"])
        a_member(session, manager, journey, mover.user_id)
        schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
    with tenant_session(mover) as session:
        wish = Time(MORNING, hours(8), AvailabilityType.OTHER, is_available=True)
        return availability.enter(session, mover, time=wish, at=TEST_NOW)


@walks
@given(data=st.data())
def test_time_off(company: Tenant, leave: Availability, data: st.DataObject) -> None:
    def away_is_marked(session: Session, row: Availability) -> None:
        slot = session.scalars(select(Schedule)).one()
        session.refresh(slot)
        note = slot.conflict_note or ""
        assert ("is away" in note) == (row.approval_status == "APPROVED")

    acts = {
        "ask off": lambda s: availability.ask_off(
            s.session, s.subject, availability_id=s.row.id, at=s.at
        ),
        "approve": lambda s: availability.approve(
            s.session, s.subject, availability_id=s.row.id, at=s.at
        ),
        "reject": lambda s: availability.reject(
            s.session, s.subject, availability_id=s.row.id, at=s.at
        ),
    }
    walk = Walk(AVAILABILITY, Availability, leave.id, TEST_NOW, acts, away_is_marked)
    take(walk, company.subjects["admin"], data)


@pytest.fixture
def booking(company: Tenant, journey_slot: Schedule) -> EquipmentAssignment:
    with tenant_session(company.subjects["manager"]) as session:
        return session.scalars(
            select(EquipmentAssignment).where(
                EquipmentAssignment.journey_id == journey_slot.journey_id
            )
        ).one()


@walks
@given(data=st.data())
def test_bookings(company: Tenant, booking: EquipmentAssignment, data: st.DataObject) -> None:
    def again(step: Step[EquipmentAssignment]) -> object:
        return truck_bookings.assign_truck(
            step.session,
            step.subject,
            journey_id=step.row.journey_id,
            equipment_id=step.row.equipment_id,
            at=step.at,
        )

    acts = {
        "release": lambda s: truck_bookings.release(
            s.session, s.subject, assignment_id=s.row.id, reason="no", at=s.at
        ),
        "give back": lambda s: truck_bookings.give_back(
            s.session, s.subject, assignment_id=s.row.id, at=s.at
        ),
        "book again": again,
        "break down": lambda s: equipment.break_down(
            s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
        ),
        "return": lambda s: equipment.return_to_service(
            s.session, s.subject, equipment_id=s.row.equipment_id, at=s.at
        ),
    }
    walk = Walk(ASSIGNMENT, EquipmentAssignment, booking.id, hours(-3), acts, calendar_holds)
    take(walk, company.subjects["manager"], data)
