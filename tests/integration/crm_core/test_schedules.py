"""Slots of the calendar: planned with their journeys, put off, held against the rules."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import AvailabilityType, ScheduleStatus, ScheduleType, UserRole
from crm_core.errors import InvalidInput
from crm_core.models import Equipment, EquipmentAssignment, Schedule, StatusEvent, TruckJourney
from crm_core.security.permissions import ActionRefused
from crm_core.services import rows
from crm_core.services.equipment import equipment
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.scheduling import availability, schedules, truck_bookings
from crm_core.services.scheduling.availability import Time
from crm_core.services.scheduling.resolutions import OfferKind, ResourceTaken
from crm_core.services.scheduling.slots import SlotData
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.fleet import (
    MORNING,
    a_journey,
    a_member,
    a_truck,
    branch,
    hours,
    people,
)


def test_a_journey_gets_one_slot_with_its_truck(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        journey = a_journey(session, manager, vanc, equipment_id=truck.id)
        slot = schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
        again = schedules.plan_journey(session, manager, journey=journey, at=hours(1, TEST_NOW))
        assert again.id == slot.id
        assert (slot.start_at, slot.end_at) == (journey.planned_start_at, journey.planned_end_at)
        assert slot.start_local_at.hour == 9 and not slot.has_conflict
        given = session.scalars(select(EquipmentAssignment)).one()
        assert (given.journey_id, given.equipment_id) == (journey.id, truck.id)


def test_a_conflict_marks_the_slot_and_stops_nothing(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        a_truck(session, manager, vanc, "T-02")
        first, second = (a_journey(session, manager, vanc, equipment_id=truck.id) for _ in range(2))
        schedules.plan_journey(session, manager, journey=first, at=TEST_NOW)
        marked = schedules.plan_journey(session, manager, journey=second, at=TEST_NOW)
        assert marked.has_conflict and marked.conflict_note == "HARD: T-01 is booked elsewhere"
        first.status = "CANCELLED"
        first.cancelled_on, first.cancellation_reason = first.service_on, "gone"
        schedules.follow_journey(session, manager, journey=first, at=hours(1, TEST_NOW))
        schedules.conflicts_of(session, manager, schedule_id=marked.id, at=hours(2, TEST_NOW))
        assert not marked.has_conflict, "the truck is free now, and booked"
        standing = session.scalars(
            select(EquipmentAssignment.journey_id).where(EquipmentAssignment.status == "ACTIVE")
        ).all()
        assert standing == [second.id]


def test_the_stage_of_a_journey_drives_its_slot(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        journey = a_journey(session, manager, vanc, equipment_id=truck.id)
        slot = schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
        with pytest.raises(TransitionRefused, match="follows its journey"):
            schedules.start(session, manager, schedule_id=slot.id, at=MORNING)
        journey.status, journey.started_at = "EN_ROUTE", MORNING
        schedules.follow_journey(session, manager, journey=journey, at=MORNING)
        assert slot.status == ScheduleStatus.IN_PROGRESS
        journey.status, journey.completed_at = "COMPLETED", hours(4)
        journey.completed_on = journey.service_on
        schedules.follow_journey(session, manager, journey=journey, at=hours(4))
        assert slot.status == ScheduleStatus.COMPLETED
        given = session.scalars(select(EquipmentAssignment)).one()
        assert (given.status, given.end_at) == ("COMPLETED", hours(4)), "free from then on"


def test_another_time_is_a_new_row_that_takes_over(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    mover = company.subjects["mover"].user_id
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        journey = a_journey(session, manager, vanc, equipment_id=truck.id, crew_size=1)
        member = a_member(session, manager, journey, mover)
        old = schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
    with tenant_session(manager) as session:
        later = timedelta(days=1)
        slot = schedules.reschedule(
            session,
            manager,
            schedule_id=old.id,
            start_at=MORNING + later,
            end_at=hours(6) + later,
            at=TEST_NOW,
        )
    with tenant_session(manager) as session:
        old = rows.get(session, manager, Schedule, old.id, lock=False)
        journey = rows.get(session, manager, TruckJourney, journey.id, lock=False)
        member = session.get_one(type(member), (manager.client_id, member.id))
        given = session.scalars(
            select(EquipmentAssignment).where(EquipmentAssignment.status == "ACTIVE")
        ).one()
        assert (old.status, old.replaced_by_id) == ("RESCHEDULED", slot.id)
        assert journey.planned_start_at == MORNING + later == given.start_at
        assert journey.service_on == slot.scheduled_on == old.scheduled_on + later
        assert member.planned_start_at == MORNING + later and member.status == "ASSIGNED"
        steps = session.scalars(
            select(StatusEvent.to_status)
            .where(StatusEvent.entity == "schedules")
            .order_by(StatusEvent.created_at)
        ).all()
        assert steps == ["SCHEDULED", "RESCHEDULED", "SCHEDULED"]


def test_a_meeting_takes_its_people_and_says_who_else_is_free(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    mover, other = company.subjects["mover"].user_id, people(company, UserRole.MOVER, 1)[0]
    assert mover is not None
    with tenant_session(manager) as session:
        journey = a_journey(session, manager, vanc)
        a_member(session, manager, journey, mover)
        talk = SlotData(ScheduleType.MEETING, "Safety talk", hours(1), hours(2), (mover,))
        with pytest.raises(ResourceTaken) as refused, session.begin_nested():
            schedules.create(session, manager, location_id=vanc, data=talk, at=TEST_NOW)
        offers = {offer.kind: offer for offer in refused.value.alternatives}
        assert offers[OfferKind.SAME_BRANCH].resource_id == other
        nearest = offers[OfferKind.NEAREST_TIME]
        assert nearest.span == (hours(-1), MORNING) and nearest.resource_id == mover
        free = SlotData(ScheduleType.MEETING, "Safety talk", *nearest.span, (mover,))
        slot = schedules.create(session, manager, location_id=vanc, data=free, at=TEST_NOW)
        schedules.cancel(session, manager, schedule_id=slot.id, reason="nobody", at=TEST_NOW)
        schedules.create(session, manager, location_id=vanc, data=free, at=TEST_NOW)
        with pytest.raises(InvalidInput, match="come with what they serve"):
            data = SlotData(ScheduleType.JOURNEY, "x", MORNING, hours(1))
            schedules.create(session, manager, location_id=vanc, data=data, at=TEST_NOW)


def test_leave_after_the_plan_marks_the_slot(company: Tenant) -> None:
    manager, vanc, mover = (
        company.subjects["manager"],
        company.locations["VANC"],
        company.subjects["mover"],
    )
    with tenant_session(manager) as session:
        journey = a_journey(session, manager, vanc, crew_size=1)
        a_member(session, manager, journey, mover.user_id)
        slot_id = schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW).id
    with tenant_session(mover) as session:
        wish = Time(MORNING, hours(8), AvailabilityType.VACATION)
        leave_id = availability.enter(session, mover, time=wish, at=TEST_NOW).id
        with pytest.raises(ActionRefused):
            availability.approve(session, mover, availability_id=leave_id, at=TEST_NOW)
    with tenant_session(manager) as session:
        slot = rows.get(session, manager, Schedule, slot_id)
        assert not slot.has_conflict
        availability.approve(session, manager, availability_id=leave_id, at=TEST_NOW)
        session.refresh(slot)
        assert slot.conflict_note == "HARD: a member of the crew is away"
        with pytest.raises(InvalidInput, match="no soft conflict"):
            schedules.accept_conflicts(
                session, manager, schedule_id=slot_id, reason="never mind", at=TEST_NOW
            )


def test_being_sick_counts_at_once_and_until_it_is_refused(company: Tenant) -> None:
    manager, vanc, mover = (
        company.subjects["manager"],
        company.locations["VANC"],
        company.subjects["mover"],
    )
    with tenant_session(manager) as session:
        journey = a_journey(session, manager, vanc, crew_size=1)
        a_member(session, manager, journey, mover.user_id)
        slot_id = schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW).id
    with tenant_session(mover) as session:
        wish = Time(MORNING, hours(8), AvailabilityType.SICK)
        sick_id = availability.enter(session, mover, time=wish, at=TEST_NOW).id
    with tenant_session(manager) as session:
        slot = rows.get(session, manager, Schedule, slot_id)
        assert slot.has_conflict
        availability.reject(session, manager, availability_id=sick_id, at=TEST_NOW)
        session.refresh(slot)
        assert not slot.has_conflict


def test_a_soft_conflict_can_be_accepted_and_stays_accepted(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    branch(company, "VANC", business_hours={"tue": {"open": "08:00", "close": "18:00"}})
    with tenant_session(manager) as session:
        journey = a_journey(session, manager, vanc)
        slot = schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
        assert slot.conflict_note == "SOFT: it is outside business hours"
        schedules.accept_conflicts(
            session, manager, schedule_id=slot.id, reason="the customer asked", at=TEST_NOW
        )
        assert not slot.has_conflict
        schedules.plan_journey(session, manager, journey=journey, at=hours(1, TEST_NOW))
        assert not slot.has_conflict and slot.accepted_conflicts == ["OUTSIDE_BUSINESS_HOURS"]


def test_a_day_ahead_a_crew_ought_to_stand(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        journey = a_journey(session, manager, vanc)
        slot = schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
        assert schedules.look_ahead(session, manager, as_of=TEST_NOW) == []
        assert schedules.look_ahead(session, manager, as_of=hours(-20)) == [slot]
        assert schedules.look_ahead(session, manager, as_of=hours(-20)) == [slot]
        assert slot.conflict_note == "SOFT: 0 of 2 people are on the crew"


def test_more_journeys_than_trucks_of_the_pool_are_over_capacity(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    branch(company, "VANC", truck_count=1)
    with tenant_session(manager) as session:
        notes = [
            schedules.plan_journey(
                session, manager, journey=a_journey(session, manager, vanc), at=TEST_NOW
            ).conflict_note
            for _ in range(2)
        ]
    assert notes == [None, "SOFT: the journeys of the day need 2 trucks of 1"]


def test_a_broken_truck_leaves_its_journeys_and_they_are_marked(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        soon = a_journey(session, manager, vanc, equipment_id=truck.id)
        far = a_journey(session, manager, vanc, MORNING + timedelta(days=9), equipment_id=truck.id)
        for each in (soon, far):
            schedules.plan_journey(session, manager, journey=each, at=TEST_NOW)
        marked = equipment.break_down(
            session,
            manager,
            equipment_id=truck.id,
            at=hours(-2),
            back_at=MORNING + timedelta(days=5),
        )
        assert [slot.journey_id for slot in marked] == [soon.id]
        assert marked[0].conflict_note is not None and "not in service" in marked[0].conflict_note
        standing = select(EquipmentAssignment.journey_id).where(
            EquipmentAssignment.status == "ACTIVE"
        )
        assert session.scalars(standing).all() == [far.id]
        with pytest.raises(ResourceTaken, match="T-01 is REPAIR"):
            truck_bookings.assign_truck(
                session, manager, journey_id=soon.id, equipment_id=truck.id, at=hours(-1)
            )
        equipment.return_to_service(session, manager, equipment_id=truck.id, at=hours(-1))
        schedules.conflicts_of(session, manager, schedule_id=marked[0].id, at=hours(-1))
        assert set(session.scalars(standing)) == {soon.id, far.id}


def test_trucks_of_a_sharing_branch_can_go_and_others_cannot(company: Tenant) -> None:
    dispatcher, admin = company.subjects["dispatcher"], company.subjects["admin"]
    vanc, dtor = company.locations["VANC"], company.locations["DTOR"]
    with tenant_session(admin) as session:
        mine = a_truck(session, admin, vanc, "T-01")
        theirs = a_truck(session, admin, dtor, "T-02")
        journey = a_journey(session, admin, vanc)
        other = a_journey(session, admin, vanc)
    with tenant_session(dispatcher) as session:
        book = truck_bookings.assign_truck
        book(session, dispatcher, journey_id=journey.id, equipment_id=mine.id, at=TEST_NOW)
        with pytest.raises(rows.NotFound):
            book(session, dispatcher, journey_id=other.id, equipment_id=theirs.id, at=TEST_NOW)
    branch(company, "DTOR", shared_fleet_codes=["VANC"])
    with tenant_session(dispatcher) as session:
        with pytest.raises(ResourceTaken, match="T-02 of a sharing branch is free") as refused:
            book(session, dispatcher, journey_id=other.id, equipment_id=mine.id, at=TEST_NOW)
        kinds = [offer.kind for offer in refused.value.alternatives]
        assert kinds == [OfferKind.SHARED_FLEET, OfferKind.NEAREST_TIME]
        given = book(session, dispatcher, journey_id=other.id, equipment_id=theirs.id, at=TEST_NOW)
        assert given.location_id == vanc, "truck-days belong to the journey's branch"
        truck_bookings.release(
            session, dispatcher, assignment_id=given.id, reason="not needed", at=TEST_NOW
        )
        other = rows.get(session, dispatcher, TruckJourney, other.id)
        assert other.equipment_id is None


def test_another_truck_takes_the_place_of_the_first(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        trucks: list[Equipment] = [
            a_truck(session, manager, vanc, f"T-0{number}") for number in (1, 2)
        ]
        journey = a_journey(session, manager, vanc, priority="HIGH")
        other = a_journey(session, manager, vanc, priority="LOW")
        for truck in trucks:
            truck_bookings.assign_truck(
                session, manager, journey_id=other.id, equipment_id=truck.id, at=TEST_NOW
            )
        assert other.equipment_id == trucks[1].id
        schedules.plan_journey(session, manager, journey=other, at=TEST_NOW)
        with pytest.raises(ResourceTaken) as refused:
            truck_bookings.assign_truck(
                session, manager, journey_id=journey.id, equipment_id=trucks[1].id, at=TEST_NOW
            )
        kinds = [offer.kind for offer in refused.value.alternatives]
        assert kinds == [OfferKind.SAME_BRANCH, OfferKind.NEAREST_TIME, OfferKind.OTHER_YIELDS]
