"""Journeys worked through: phases with their evidence, crews, clocks, costs, reviews."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, loader_connection, tenant_session
from crm_core.enums import (
    CostKind,
    CrewRole,
    CrewStatus,
    EquipmentType,
    FindingSeverity,
    JourneyStage,
    PhaseStatus,
    StepStatus,
    TimeEntryKind,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import (
    AssignedCrew,
    AuditEntry,
    Equipment,
    JourneyChecklistItem,
    JourneyCost,
    JourneyPhase,
    JourneyReview,
    JourneyStep,
    TruckJourney,
    WageRate,
)
from crm_core.security.permissions import ActionRefused
from crm_core.services import rows
from crm_core.services.equipment import fuel
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.operations import (
    crews,
    job_costs,
    journey_flags,
    journey_progress,
    journey_steps,
    journeys,
    phases,
    reviews,
    time_entries,
)
from crm_core.services.operations.crews import NotAssignable
from crm_core.services.operations.flags import Flag
from crm_core.services.operations.phase_rules import EvidenceMissing
from crm_core.services.operations.time_entries import ClockRefused
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.field_flow import HERE, a_journey, crewed, hand_in, minutes, tick
from tests.integration.crm_core.flow import an_accepted_quote, done, hours, reviewed


def _phases(session: Session, journey_id: UUID) -> list[str]:
    query = select(JourneyPhase.status).where(JourneyPhase.journey_id == journey_id)
    return list(session.scalars(query.order_by(JourneyPhase.phase_number)))


def _steps(session: Session, journey_id: UUID) -> list[str]:
    query = select(JourneyStep.status).where(JourneyStep.journey_id == journey_id)
    return list(session.scalars(query.order_by(JourneyStep.step_number)))


def test_a_crew_works_through_the_phases_and_the_stage_follows(company: Tenant) -> None:
    driver = company.subjects["driver"]
    with tenant_session(company.subjects["admin"]) as session:
        journey = a_journey(session, company)
        crewed(session, company, journey)
    act = {"journey_id": journey.id}
    seen, at = [], journey.planned_start_at
    with tenant_session(driver) as session:
        phases.start(session, driver, phase_number=2, at=at, **act)
        for number in range(2, 7):
            at = minutes(45, at)
            if number in (3, 5):
                journeys.arrive(session, driver, at=at, position=HERE, **act)
            ended = {"phase_number": number, "at": at, "position": HERE, **act}
            with pytest.raises(EvidenceMissing, match="missing"), session.begin_nested():
                phases.complete(session, driver, **ended)
            hand_in(session, driver, journey.id, number, at)
            tick(session, driver, journey.id, number, at)
            phases.complete(session, driver, **ended)
            with as_system(session):
                row = rows.get(session, driver, TruckJourney, journey.id)
                seen.append((row.status, row.current_phase))
        progress = journey_progress.progress_of(session, driver, journey_id=journey.id)
        with as_system(session):
            assert _steps(session, journey.id) == [StepStatus.COMPLETED] * 4
            member = session.scalars(select(AssignedCrew)).one()
    assert seen == [("EN_ROUTE", 3), ("EN_ROUTE", 4), ("EN_ROUTE", 5), ("ONSITE", 6),
                    ("COMPLETED", 6)]  # fmt: skip
    assert (progress.pct, str(progress.media)) == (Decimal("100.00"), "13/17")
    assert member.status == CrewStatus.COMPLETED


def test_the_office_completes_for_the_crew_and_the_audit_says_so(company: Tenant) -> None:
    manager = company.subjects["manager"]
    with tenant_session(manager) as session:
        journey = a_journey(session, company, by="manager")
        done(session, manager, journey)
        assert _phases(session, journey.id) == [PhaseStatus.COMPLETED] * 6
        items = session.scalars(
            select(JourneyChecklistItem).where(JourneyChecklistItem.is_required)
        ).all()
        assert {item.skip_reason for item in items} == {journey_progress.REPORTED}
        completed = session.scalars(
            select(AuditEntry.details).where(
                AuditEntry.resource_id == journey.id, AuditEntry.action == "COMPLETE"
            )
        ).one()
        assert completed["reported_for_crew"] is True
        assert {"crew", "photo or signature"} < set(completed["missing"])
        at = hours(700)
        flags = journey_flags.raised(session, manager, journey_id=journey.id, as_of=at)
    assert Flag.MISSING_EVIDENCE in flags
    assert Flag.UNDERSTAFFED in flags


def test_a_tenant_without_templates_is_asked_for_nothing(company: Tenant) -> None:
    with tenant_session(company.subjects["admin"]) as session:
        journey = a_journey(session, company, templates=False)
        assert _phases(session, journey.id) == ["COMPLETED", *["PENDING"] * 5]
        assert journey.current_phase == 2
        assert session.scalars(select(JourneyChecklistItem)).all() == []


def test_a_long_job_of_two_trucks_becomes_a_journey_for_each_truck_and_day(
    company: Tenant,
) -> None:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        quote = an_accepted_quote(session, admin, company.locations["VANC"])
        quote.truck_count, quote.crew_size, quote.estimated_minutes = 2, 5, 900
        made = journeys.convert(session, admin, quote_id=quote.id, at=hours(4))
        days = [journey.service_on for journey in made]
        assert days == [date(2026, 12, 5)] * 2 + [date(2026, 12, 6)] * 2
        assert [journey.crew_size for journey in made] == [3, 2, 3, 2]
        net = quote.subtotal_amount - quote.discount_amount
        start = hours(24, made[-1].planned_start_at)
        plan = journeys.JourneyPlan(start, hours(4, start))
        asked = {"quote_id": quote.id, "plan": plan, "sequence": 5, "at": hours(6)}
        more = journeys.add_journey(session, admin, **asked)
        assert journeys.add_journey(session, admin, **asked).id == more.id
        session.refresh(made[0])
        assert sum(journey.quoted_amount for journey in [*made, more]) == net
        assert more.quoted_amount == (net / 5).quantize(Decimal("0.01"))


def test_only_fitting_people_stand_on_a_crew_and_nobody_twice(company: Tenant) -> None:
    dispatcher, mover = company.subjects["dispatcher"], company.subjects["mover"]
    with tenant_session(company.subjects["admin"]) as session:
        first = a_journey(session, company)
        second = a_journey(session, company)
        crewed(session, company, first)
    with tenant_session(dispatcher) as session:
        ask = {"journey_id": second.id, "at": hours(6)}
        with pytest.raises(NotAssignable, match="taken in that span"):
            crewed(session, company, second, by="dispatcher")
        with pytest.raises(NotAssignable, match="MOVER cannot go as DRIVER"):
            crews.assign(
                session, dispatcher, user_id=mover.user_id, crew_role=CrewRole.DRIVER, **ask
            )
        member = crews.assign(
            session, dispatcher, user_id=mover.user_id, crew_role=CrewRole.MOVER, **ask
        )
    with tenant_session(mover) as session:
        crews.decline(session, mover, assignment_id=member.id, reason="ill", at=hours(7))
        with pytest.raises(ActionRefused):
            crews.release(session, mover, assignment_id=member.id, reason="x", at=hours(7))
    with tenant_session(dispatcher) as session:
        again = crews.assign(
            session, dispatcher, user_id=mover.user_id, crew_role=CrewRole.MOVER, **ask
        )
        assert (again.id, again.status, again.declined_at) == (member.id, "ASSIGNED", None)


def test_clocks_run_one_at_a_time_and_make_the_cost_of_the_job(company: Tenant) -> None:
    admin, driver = company.subjects["admin"], company.subjects["driver"]
    manager = company.subjects["manager"]
    assert driver.user_id is not None
    with loader_connection() as connection:
        connection.execute(
            "update core.clients set settings = %s where id = %s",
            ['{"field_work": {"truck_day_amount": "85.50"}}', company.client_id],
        )
    with tenant_session(admin) as session:
        journey = a_journey(session, company)
        crewed(session, company, journey)
        with as_system(session):
            session.add(
                WageRate(
                    client_id=company.client_id, id=new_id(TEST_NOW), user_id=driver.user_id,
                    location_id=company.locations["VANC"], valid_from_on=date(2026, 1, 1),
                    hourly_amount=Decimal("30.00"), loading_pct=Decimal("10.00"),
                )
            )  # fmt: skip
            truck = Equipment(
                client_id=company.client_id, id=new_id(TEST_NOW), name="Truck 7",
                location_id=company.locations["VANC"], equipment_type=EquipmentType.TRUCK.value,
            )  # fmt: skip
            session.add(truck)
    start = journey.planned_start_at
    own = {"user_id": driver.user_id, "kind": TimeEntryKind.WORK, "journey_id": journey.id}
    with tenant_session(driver) as session:
        time_entries.clock_in(session, driver, at=start, **own)
        with pytest.raises(ClockRefused, match="runs since"):
            time_entries.clock_in(session, driver, at=hours(1, start), **own)
        entry = time_entries.clock_out(session, driver, user_id=driver.user_id, at=hours(10, start))
        receipt = fuel.Receipt(
            truck.id, Decimal("61.5"), Decimal("98.40"), start, journey_id=journey.id
        )
        fuel.record(session, driver, receipt=receipt, at=hours(10, start))
        with pytest.raises(ActionRefused):
            time_entries.approve(session, driver, entry_id=entry.id, at=hours(11, start))
    with tenant_session(manager) as session:
        time_entries.approve(session, manager, entry_id=entry.id, at=hours(11, start))
        with pytest.raises(InvalidInput, match="approved and stand"):
            time_entries.correct(
                session, manager, entry_id=entry.id, started_at=start, ended_at=hours(9, start),
                at=hours(12, start),
            )  # fmt: skip
        done(session, manager, journey)
    with tenant_session(admin) as session:
        lines = job_costs.cost(session, admin, journey_id=journey.id, at=hours(12, start))
        amounts = {row.kind: row.amount for row in lines}
        # Eight hours plain and two at one and a half, of 33 dollars.
        assert amounts == {
            CostKind.LABOUR: Decimal("363.00"),
            CostKind.FUEL: Decimal("98.40"),
            CostKind.TRUCK: Decimal("85.50"),
        }
        assert job_costs.cost_finished(session, admin, as_of=hours(20, start)) == 0
        cost = session.scalars(select(TruckJourney.actual_cost_amount)).one()
        kept = session.scalars(select(JourneyCost.id)).all()
    assert cost == Decimal("546.90")
    assert set(kept) == {row.id for row in lines}


def test_a_step_sent_back_keeps_the_journey_from_its_audit(company: Tenant) -> None:
    manager, driver = company.subjects["manager"], company.subjects["driver"]
    with tenant_session(manager) as session:
        journey = a_journey(session, company, templates=False, by="manager")
        crewed(session, company, journey, by="manager")
        done(session, manager, journey)
        step = {"journey_id": journey.id, "step_number": 4}
        journey_steps.reject(session, manager, reason="no papers", at=hours(600), **step)
        reviewed(session, manager, journey, at=hours(600))
        with pytest.raises(TransitionRefused, match="last step is REJECTED"):
            journeys.audit_journey(session, manager, journey_id=journey.id, at=hours(601))
    with tenant_session(driver) as session:
        journey_steps.start(session, driver, at=hours(602), **step)
        journey_steps.complete(session, driver, at=hours(603), **step)
        with pytest.raises(ActionRefused):
            journey_steps.approve(session, driver, at=hours(604), **step)
    with tenant_session(manager) as session:
        audited = journeys.audit_journey(session, manager, journey_id=journey.id, at=hours(605))
        assert audited.status == JourneyStage.AUDITED
        assert session.scalars(select(JourneyReview.compliance_pct)).one() == Decimal(100)


def test_a_critical_finding_keeps_the_journey_from_its_audit(company: Tenant) -> None:
    manager = company.subjects["manager"]
    with tenant_session(manager) as session:
        journey = a_journey(session, company, by="manager")
        done(session, manager, journey)
        audit = {"journey_id": journey.id, "at": hours(700)}
        with pytest.raises(TransitionRefused, match="nobody has reviewed it"):
            journeys.audit_journey(session, manager, **audit)
        review = reviews.open_review(session, manager, journey_id=journey.id, at=hours(600))
        reviews.start(session, manager, review_id=review.id, at=hours(601))
        finding = reviews.find(
            session, manager, review_id=review.id, severity=FindingSeverity.CRITICAL,
            finding_type="damage", description="Piano without a blanket", at=hours(602),
        )  # fmt: skip
        reviews.complete(
            session, manager, review_id=review.id, quality_pct=Decimal(70), at=hours(603)
        )
        assert review.compliance_pct == Decimal(0)  # the office ticked nothing
        with pytest.raises(TransitionRefused, match="critical finding"):
            journeys.audit_journey(session, manager, **audit)
        reviews.resolve(session, manager, finding_id=finding.id, at=hours(604))
        assert journeys.audit_journey(session, manager, **audit).status == JourneyStage.AUDITED
