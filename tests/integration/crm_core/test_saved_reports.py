"""Reports that people save: whose they are, who is offered them, when they are due."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from crm_core.database import tenant_session
from crm_core.enums import OccasionState, ReportFormat, UserRole
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import (
    AuditEntry,
    Notification,
    ReportDefinition,
    ReportOccasion,
    User,
)
from crm_core.security.permissions import ActionRefused, system_subject
from crm_core.services.reporting import occasions, saved_reports
from crm_core.services.reporting.occasions import OccasionNotHeld, Report
from crm_core.services.reporting.report_schedule import Schedule
from crm_core.services.reporting.saved_reports import Audience, Offer, Timing
from crm_core.services.rows import NotFound
from tests.factories import Tenant
from tests.integration.crm_core.flow import hours

MORNING = {"rhythm": "DAILY", "at": "07:00", "timezone": "America/Vancouver"}
EXECUTIVES = Audience(roles=(UserRole.EXECUTIVE,))


class Office:
    """A company whose people save reports."""

    def __init__(self, company: Tenant) -> None:
        self.company, self.system = company, system_subject(company.client_id)

    def do(self, role: str, service: Callable[..., Any], **arguments: Any) -> Any:
        """One act of somebody, in a transaction of their own."""
        subject = self.company.subjects.get(role, self.system)
        with tenant_session(subject) as session:
            return service(session, subject, **arguments)

    def make(self, role: str = "manager", name: str = "mine") -> ReportDefinition:
        made: ReportDefinition = self.do(
            role, saved_reports.make, name=name, at=hours(0), spec={"widgets": []},
            formats=[ReportFormat.CSV, ReportFormat.PDF],
        )  # fmt: skip
        return made

    def schedule(self, report: ReportDefinition, role: str = "manager", **changed: Any) -> Any:
        given = {"timing": Timing(MORNING), "audience": EXECUTIVES, "at": hours(0)} | changed
        return self.do(role, saved_reports.schedule, definition_id=report.id, **given)

    def leaves(self, role: str) -> None:
        with tenant_session(self.system) as session:
            session.execute(
                update(User)
                .where(User.id == self.company.subjects[role].user_id)
                .values(status="INACTIVE")
            )

    def rows(self, model: Any) -> list[Any]:
        with tenant_session(self.system) as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def due(self, report: ReportDefinition, at: float) -> Any:
        schedule = Schedule.of(MORNING)
        return self.do(
            "system", occasions.due, report=Report(report.name, report.id), schedule=schedule,
            as_of=hours(at),
        )  # fmt: skip


@pytest.fixture
def office(company: Tenant) -> Office:
    return Office(company)


def test_a_report_is_its_makers_and_others_see_it_when_it_is_shared(office: Office) -> None:
    report = office.make("sales_rep")
    assert report.formats == ["PDF", "CSV"]
    with pytest.raises(NotFound):
        office.do("driver", saved_reports.find, definition_id=report.id)
    assert office.do("finance", saved_reports.offered) == []
    office.do(
        "sales_rep", saved_reports.share, definition_id=report.id, is_shared=True, at=hours(1)
    )
    assert [r.id for r in office.do("finance", saved_reports.offered)] == [report.id]
    found = office.do("finance", saved_reports.find, definition_id=report.id)
    assert (found.id, found.spec) == (report.id, report.spec)
    # Offered to read, not to change.
    with pytest.raises(ActionRefused):
        office.do(
            "dispatcher", saved_reports.share, definition_id=report.id, is_shared=False, at=hours(2)
        )
    acts = [entry.action for entry in office.rows(AuditEntry) if entry.resource_id == report.id]
    assert acts == ["CREATE", "SHARE"]


@pytest.mark.parametrize("role", ["executive", "analyst", "sales_rep", "dispatcher"])
def test_whoever_may_make_a_report_may_schedule_it(office: Office, role: str) -> None:
    row = office.schedule(office.make(role), role)
    assert row.is_scheduled and row.next_run_at == hours(20), "seven in the morning in Vancouver"
    office.do(role, saved_reports.unschedule, definition_id=row.id, at=hours(1))
    (row,) = office.rows(ReportDefinition)
    assert (row.is_scheduled, row.next_run_at) == (False, None)


def test_addresses_outside_need_an_administrator(office: Office) -> None:
    report = office.make()
    outside = Audience(emails=("Auditor@Outside.example",))
    with pytest.raises(ActionRefused, match=r"auditor@outside.example is no address of this"):
        office.schedule(report, audience=outside)
    inside = Audience(emails=(f"finance@{office.company.slug}.example",))
    assert office.schedule(report, audience=inside).recipient_emails == list(inside.emails)
    row = office.schedule(report, "admin", audience=outside)
    assert row.recipient_emails == ["auditor@outside.example"]
    assert row.emails_approved_by_id == office.company.subjects["admin"].user_id
    for wrong in ("nobody", "a@b", "a b@c.example", "a@c.example\r\nBcc: x@y.example"):
        with pytest.raises(InvalidInput, match="recipients"):
            office.schedule(report, "admin", audience=Audience(emails=(wrong,)))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"audience": Audience()}, "recipients"),
        ({"audience": Audience(user_ids=(UUID(int=5),))}, "recipient_user_ids"),
        ({"audience": Audience(EXECUTIVES.roles, (UUID(int=5),))}, "recipient_location_ids"),
        ({"timing": Timing({"rhythm": "NEVER"})}, "schedule"),
        ({"timing": Timing(MORNING, deadline_minutes=-1)}, "deadline_minutes"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(
    office: Office, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        office.schedule(office.make(), **changed)
    assert refused.value.field == field


def test_each_due_time_opens_once_and_missed_ones_are_made_up_for_once(office: Office) -> None:
    report = office.make()
    assert office.due(report, 0) is None, "a schedule seen for the first time begins then"
    due_at = office.due(report, 21)
    assert due_at == hours(20)
    asked = Report(report.name, report.id)
    for _ in range(2):
        office.do("system", occasions.open_due, report=asked, due_at=due_at, window="a..b")
    assert office.due(report, 22) is None
    assert office.due(report, 24 * 9) == hours(20 + 24 * 8), "the last of eight"
    states = [(row.state, row.revision) for row in office.rows(ReportOccasion)]
    assert sorted(states) == [("OPEN", 1), ("SKIPPED", 1)]


def test_what_was_sent_by_hand_is_not_sent_again_by_the_schedule(office: Office) -> None:
    report = office.make()
    asked = Report(report.name, report.id)
    assert office.due(report, 0) is None
    office.do("system", occasions.ask, report=asked, at=hours(19), window="w")
    office.do("system", occasions.open_due, report=asked, due_at=hours(20), window="w")
    office.do("system", occasions.open_due, report=asked, due_at=hours(44), window="w")
    found = {row.due_at: (row.state, row.revision) for row in office.rows(ReportOccasion)}
    assert found == {
        hours(0): ("SKIPPED", 1),
        hours(19): ("OPEN", 1),
        hours(20): ("SKIPPED", 1),
        hours(44): ("OPEN", 2),
    }


def test_only_what_is_held_is_released(office: Office) -> None:
    report = office.make()
    occasion = office.do(
        "system", occasions.ask, report=Report(report.name, report.id), at=hours(0), window="w"
    )
    with pytest.raises(OccasionNotHeld):
        office.do("manager", occasions.release, occasion_id=occasion.id, at=hours(1))
    office.do(
        "system", occasions.end, occasion_id=occasion.id, state=OccasionState.HELD, at=hours(1)
    )
    row = office.do("manager", occasions.release, occasion_id=occasion.id, at=hours(2))
    assert (row.state, row.released_at) == ("OPEN", hours(2))


def test_the_schedule_of_somebody_who_left_is_paused(office: Office) -> None:
    office.schedule(office.make())
    assert len(office.do("system", saved_reports.scheduled, as_of=hours(0))) == 1
    office.leaves("manager")
    assert office.do("system", saved_reports.scheduled, as_of=hours(0)) == []
    (row,) = office.rows(ReportDefinition)
    assert (row.is_scheduled, row.next_run_at) == (False, None)
    (note,) = office.rows(Notification)
    assert note.user_id == office.company.subjects["admin"].user_id


def test_a_report_belongs_to_a_person_and_has_one_content(office: Office) -> None:
    for wrong in ({}, {"spec": {}, "catalogue_name": "executive_weekly"}):
        with pytest.raises(InvalidInput, match="spec"):
            office.do("manager", saved_reports.make, name="x", at=hours(0), **wrong)
    with pytest.raises(InvalidInput, match="owner_id"):
        office.do("system", saved_reports.make, name="x", at=hours(0), spec={})
    with pytest.raises(NotFound):
        office.do("manager", saved_reports.unschedule, definition_id=new_id(), at=hours(0))


def test_a_report_is_shared_with_roles_and_with_branches(office: Office) -> None:
    report = office.make("manager")
    home = office.company.locations["VANC"]

    def sees(role: str) -> bool:
        return report.id in [r.id for r in office.do(role, saved_reports.offered)]

    def offer(given: Offer, is_shared: bool = True) -> None:
        office.do(
            "manager", saved_reports.share, definition_id=report.id, is_shared=is_shared,
            offer=given, at=hours(1),
        )  # fmt: skip

    offer(Offer(roles=(UserRole.FINANCE,)))
    assert sees("finance") and not sees("sales_rep") and sees("manager")
    offer(Offer(location_ids=(home,)))
    assert sees("sales_rep") and sees("dispatcher")
    offer(Offer((UserRole.FINANCE, UserRole.SALES_REP), (home,)))
    assert sees("sales_rep") and not sees("dispatcher")
    offer(Offer(location_ids=(office.company.locations["DTOR"],)))
    assert not sees("sales_rep") and sees("manager")
    offer(Offer((UserRole.SALES_REP,), (home,)), is_shared=False)
    assert not sees("sales_rep")
    with pytest.raises(InvalidInput, match="branches"):
        offer(Offer(location_ids=(UUID(int=5),)))


def test_a_report_is_changed_by_its_owner(office: Office) -> None:
    report = office.make("manager")
    office.do("manager", saved_reports.share, definition_id=report.id, is_shared=True, at=hours(0))
    given = {"definition_id": report.id, "spec": {"widgets": [1]}, "at": hours(1)}
    for role in ("sales_rep", "dispatcher"):
        with pytest.raises(ActionRefused):
            office.do(role, saved_reports.change, formats=[ReportFormat.PDF], **given)
    with pytest.raises(InvalidInput, match="formats"):
        office.do("manager", saved_reports.change, formats=[], **given)
    row = office.do("manager", saved_reports.change, formats=[ReportFormat.EXCEL], **given)
    assert (row.spec, row.formats, row.is_shared) == ({"widgets": [1]}, ["EXCEL"], True)
