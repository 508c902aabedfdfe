"""Assets and the work on them: planned by days or kilometres, out of service, back, worth less."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import EquipmentStatus, MaintenanceStatus, MaintenanceType
from crm_core.errors import InvalidInput
from crm_core.models import Equipment, EquipmentAssignment, EquipmentMaintenance, Schedule
from crm_core.security.permissions import system_subject
from crm_core.services.equipment import equipment, maintenance, maintenance_runs
from crm_core.services.equipment.maintenance import OrderData, WorkDone
from crm_core.services.scheduling import schedules, truck_bookings
from crm_core.services.scheduling.resolutions import OfferKind, ResourceTaken
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.fleet import MORNING, a_journey, a_truck, hours

PLAN = {"service_days": 180, "service_km": 20_000}


def test_work_takes_the_truck_out_and_brings_it_back(company: Tenant) -> None:
    fleet, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(fleet) as session:
        truck = a_truck(session, fleet, vanc, "T-01", **PLAN)
        data = OrderData(MaintenanceType.PREVENTIVE, "Oil and brakes", MORNING, hours(4))
        row = maintenance.order(session, fleet, equipment_id=truck.id, data=data, at=TEST_NOW)
        slot = session.scalars(select(Schedule)).one()
        assert (slot.maintenance_id, slot.start_at) == (row.id, MORNING)
        journey = a_journey(session, fleet, vanc)
        with pytest.raises(ResourceTaken, match="T-01 is booked then"):
            truck_bookings.assign_truck(
                session, fleet, journey_id=journey.id, equipment_id=truck.id, at=TEST_NOW
            )
        maintenance.start(session, fleet, order_id=row.id, at=MORNING)
        assert (truck.status, slot.status) == ("MAINTENANCE", "IN_PROGRESS")
        done = WorkDone(51_000, 90, Decimal("120.00"), Decimal("84.50"))
        maintenance.complete(session, fleet, order_id=row.id, done=done, at=hours(2))
        assert (truck.status, slot.status, row.status) == ("ACTIVE", "COMPLETED", "COMPLETED")
        assert (row.down_from_at, row.up_at) == (MORNING, hours(2))
        assert truck.odometer_km == 51_000 and truck.last_maintenance_on == date(2026, 11, 23)
        assert truck.next_maintenance_on == date(2026, 11, 23) + timedelta(days=180)
        late = a_journey(session, fleet, vanc, hours(2.5), 1)
        truck_bookings.assign_truck(
            session, fleet, journey_id=late.id, equipment_id=truck.id, at=hours(2)
        )
        with pytest.raises(InvalidInput, match="below the last reading"):
            equipment.read_meter(
                session, fleet, equipment_id=truck.id, odometer_km=50_999, at=hours(3)
            )


def test_a_failed_inspection_repairs_the_truck_and_looks_for_another(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        truck, spare = (a_truck(session, manager, vanc, f"T-0{n}") for n in (1, 2))
        journey = a_journey(session, manager, vanc, equipment_id=truck.id)
        schedules.plan_journey(session, manager, journey=journey, at=TEST_NOW)
        row, offers = maintenance.fail_inspection(
            session, manager, equipment_id=truck.id, findings="Brakes", at=hours(-1)
        )
        assert (row.maintenance_type, row.status) == ("CORRECTIVE", "IN_PROGRESS")
        assert truck.status == EquipmentStatus.REPAIR
        assert [(o.kind, o.resource_id) for o in offers] == [(OfferKind.SAME_BRANCH, spare.id)]
        given = session.scalars(select(EquipmentAssignment)).one()
        slot = session.scalars(select(Schedule).where(Schedule.journey_id == journey.id)).one()
        assert given.status == "CANCELLED" and slot.has_conflict
        truck_bookings.assign_truck(
            session, manager, journey_id=journey.id, equipment_id=spare.id, at=hours(-0.5)
        )
        session.refresh(slot)
        assert slot.conflict_note == "SOFT: 0 of 2 people are on the crew"


def test_services_that_fall_due_are_planned_once(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    system = system_subject(company.client_id)
    with tenant_session(manager) as session:
        by_days = a_truck(session, manager, vanc, "T-01", service_days=740)
        by_km = a_truck(session, manager, vanc, "T-02", service_days=5000, service_km=50_500)
        overdue = a_truck(session, manager, vanc, "T-03", service_days=700)
        a_truck(session, manager, vanc, "T-04", service_days=2000, service_km=500_000)
        a_truck(session, manager, vanc, "T-05")
        journey = a_journey(session, manager, vanc)
        with pytest.raises(ResourceTaken, match="service of T-03 was due on 2026-10-21"):
            overdue.next_maintenance_on = date(2026, 10, 21)
            session.flush()
            truck_bookings.assign_truck(
                session, manager, journey_id=journey.id, equipment_id=overdue.id, at=TEST_NOW
            )
    with tenant_session(system) as session:
        run = maintenance_runs.run_due(session, system, as_of=TEST_NOW)
        assert set(run.ordered) == {by_days.id, by_km.id, overdue.id}
        priorities = {
            asset_id: slot.priority
            for slot, asset_id in session.execute(
                select(Schedule, EquipmentMaintenance.equipment_id).join(
                    EquipmentMaintenance, EquipmentMaintenance.id == Schedule.maintenance_id
                )
            ).tuples()
        }
        assert priorities[overdue.id] == "HIGH" and priorities[by_days.id] == "NORMAL"
        again = maintenance_runs.run_due(session, system, as_of=TEST_NOW)
        assert again == maintenance_runs.DueRun((), (), 0)
        due = session.get_one(Equipment, (company.client_id, by_days.id)).next_maintenance_on
        assert due == date(2024, 11, 20) + timedelta(days=740)
        later = TEST_NOW + timedelta(days=20)
        assert maintenance_runs.run_due(session, system, as_of=later).raised == 2
        assert maintenance_runs.run_due(session, system, as_of=later).raised == 0


def test_an_asset_that_stays_away_loses_what_comes_next(company: Tenant) -> None:
    manager, vanc = company.subjects["manager"], company.locations["VANC"]
    system = system_subject(company.client_id)
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, vanc, "T-01")
        journey = a_journey(session, manager, vanc, MORNING + timedelta(days=4))
        truck_bookings.assign_truck(
            session, manager, journey_id=journey.id, equipment_id=truck.id, at=TEST_NOW
        )
        equipment.break_down(session, manager, equipment_id=truck.id, at=TEST_NOW)
    with tenant_session(system) as session:
        assert session.scalars(select(EquipmentAssignment.status)).all() == ["ACTIVE"]
        run = maintenance_runs.run_absent
        assert run(session, system, as_of=MORNING) == 0
        run(session, system, as_of=MORNING + timedelta(days=3, hours=5))
        assert session.scalars(select(EquipmentAssignment.status)).all() == ["CANCELLED"]


def test_what_an_asset_is_worth_follows_the_calendar_and_its_sale(company: Tenant) -> None:
    admin, vanc = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        truck = a_truck(session, admin, vanc, "T-01", purchased_on=date(2024, 11, 1))
        assert equipment.revalue(session, admin, as_of=TEST_NOW) == 1
        assert truck.current_value_amount == Decimal("51215.64")
        assert equipment.revalue(session, admin, as_of=TEST_NOW) == 0
        equipment.retire(session, admin, equipment_id=truck.id, reason="old", at=TEST_NOW)
        equipment.sell(
            session, admin, equipment_id=truck.id, amount=Decimal("41000.00"), at=TEST_NOW
        )
        assert (truck.status, truck.current_value_amount) == ("SOLD", Decimal("0.00"))
        data = OrderData(MaintenanceType.PREVENTIVE, "Oil", MORNING, hours(4))
        with pytest.raises(InvalidInput, match="SOLD"):
            maintenance.order(session, admin, equipment_id=truck.id, data=data, at=TEST_NOW)


def test_a_driver_reports_what_is_broken(company: Tenant) -> None:
    driver, manager = company.subjects["driver"], company.subjects["manager"]
    with tenant_session(manager) as session:
        truck = a_truck(session, manager, company.locations["VANC"], "T-01")
    with tenant_session(driver) as session:
        data = OrderData(MaintenanceType.CORRECTIVE, "Left mirror", MORNING, hours(1))
        row = maintenance.order(session, driver, equipment_id=truck.id, data=data, at=TEST_NOW)
    with tenant_session(manager) as session:
        found = session.get_one(EquipmentMaintenance, (company.client_id, row.id))
        assert (found.status, found.owner_id) == (MaintenanceStatus.SCHEDULED, driver.user_id)
        maintenance.cancel(session, manager, order_id=row.id, reason="repaired", at=TEST_NOW)
        assert session.scalars(select(Schedule.status)).all() == ["CANCELLED"]
