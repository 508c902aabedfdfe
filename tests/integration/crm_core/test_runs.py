"""Runs of integrations and reports, and notes to staff: failures, owners who left, purges."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import NotificationType, ReportFormat, SyncType, UserStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import (
    AuditEntry,
    DomainEvent,
    Integration,
    IntegrationSyncLog,
    Notification,
    ReportRun,
    User,
)
from crm_core.security.permissions import ActionRefused, system_subject
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from crm_core.services.integration import sync_runs
from crm_core.services.integration.sync_runs import Counts
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.reporting import report_runs
from crm_core.services.reporting.report_runs import Product
from tests.factories import Tenant
from tests.integration.crm_core.flow import hours

PRODUCT = Product("reports/daily.csv", "0" * 64, 10, 1, hours(0), 7)


class Office:
    """A company and the platform at work in it."""

    def __init__(self, company: Tenant) -> None:
        self.company, self.admin = company, company.subjects["admin"]
        self.system = system_subject(company.client_id)

    def rows(self, model: Any, *conditions: Any) -> list[Any]:
        with tenant_session(self.system) as session:
            return list(session.scalars(select(model).where(*conditions).order_by(model.id)))

    def do(self, service: Any, **arguments: Any) -> Any:
        """One act of the platform, in a transaction of its own."""
        with tenant_session(self.system) as session:
            return service(session, self.system, **arguments)

    def integration(self) -> UUID:
        row = Integration(
            client_id=self.company.client_id, id=new_id(), provider="smartmoving", name="Source"
        )
        with tenant_session(self.system) as session:
            session.add(row)
        return row.id

    def leaves(self, role: str) -> None:
        """The person of this role is no longer active."""
        person = self.company.subjects[role].user_id
        with tenant_session(self.system) as session:
            user = session.get_one(User, (self.company.client_id, person))
            user.status = UserStatus.INACTIVE.value


@pytest.fixture
def office(company: Tenant) -> Office:
    return Office(company)


def _run(office: Office, integration_id: UUID, at: datetime, error: str | None) -> Integration:
    office.do(sync_runs.start, integration_id=integration_id, at=at)
    log = office.do(
        sync_runs.open_stream, integration_id=integration_id, run_id=new_id(), stream="leads",
        type=SyncType.FULL, at=at,
    )  # fmt: skip
    office.do(sync_runs.begin_stream, log_id=log.id, at=at)
    if error is None:
        counts = Counts(3, 1, 1, 0, 1)
        office.do(sync_runs.complete_stream, log_id=log.id, counts=counts, at=at)
    else:
        office.do(sync_runs.fail_stream, log_id=log.id, counts=Counts(1, 1), error=error, at=at)
    result: Integration = office.do(
        sync_runs.finish, integration_id=integration_id, at=at, error=error
    )
    return result


def test_three_failures_in_a_row_are_an_error_and_a_good_run_ends_it(office: Office) -> None:
    source = office.integration()
    for number, status in ((1, "ACTIVE"), (2, "ACTIVE"), (3, "ERROR"), (4, "ERROR")):
        row = _run(office, source, hours(number), "no answer")
        assert (row.status, row.error_count) == (status, number)
        wait = timedelta(minutes=5) if number < 3 else timedelta(hours=2)
        assert row.next_sync_at == hours(number) + wait
    (note,) = office.rows(Notification)
    assert note.title == "Source cannot be read"
    logs = office.rows(IntegrationSyncLog)
    assert {(log.status, log.records_created, log.error) for log in logs} == {
        ("FAILED", 1, "no answer")
    }
    row = _run(office, source, hours(5), None)
    assert (row.status, row.error_count, row.last_sync_at) == ("ACTIVE", 0, hours(5))
    last = office.rows(IntegrationSyncLog)[-1]
    assert (last.status, last.records_processed, last.records_failed) == ("COMPLETED", 3, 1)
    names = [event.name for event in office.rows(DomainEvent)]
    assert (names.count("sync.failed"), names.count("sync.completed")) == (4, 1)


def test_a_run_whose_process_died_is_failed_by_the_next(office: Office) -> None:
    source = office.integration()
    office.do(sync_runs.start, integration_id=source, at=hours(0))
    office.do(
        sync_runs.open_stream, integration_id=source, run_id=new_id(), stream="leads",
        type=SyncType.FULL, at=hours(0),
    )  # fmt: skip
    with pytest.raises(TransitionRefused, match="still open"):
        office.do(sync_runs.finish, integration_id=source, at=hours(1))
    office.do(sync_runs.start, integration_id=source, at=hours(2))
    (log,) = office.rows(IntegrationSyncLog)
    assert (log.status, log.error, log.completed_at) == ("FAILED", "the run broke off", hours(2))


def test_an_integration_that_is_off_is_not_read_and_stays_off(office: Office) -> None:
    source = office.integration()
    office.do(sync_runs.start, integration_id=source, at=hours(0))
    office.do(sync_runs.switch, integration_id=source, is_active=False, at=hours(1))
    row = office.do(sync_runs.finish, integration_id=source, at=hours(2))
    assert (row.status, row.next_sync_at) == ("INACTIVE", None)
    with pytest.raises(TransitionRefused, match="INACTIVE: START"):
        office.do(sync_runs.start, integration_id=source, at=hours(3))
    row = office.do(sync_runs.switch, integration_id=source, is_active=True, at=hours(4))
    assert (row.status, row.next_sync_at) == ("ACTIVE", hours(4))


def _requested(office: Office, role: str = "manager") -> ReportRun:
    subject = office.company.subjects[role]
    with tenant_session(subject) as session:
        return report_runs.request(
            session, subject, report_name="daily", format=ReportFormat.CSV, at=hours(0)
        )


def test_a_report_is_tried_three_times_and_its_owner_told(office: Office) -> None:
    run = _requested(office)
    for number, status in ((1, "PENDING"), (2, "PENDING"), (3, "FAILED")):
        started = office.do(report_runs.start, run_id=run.id, at=hours(number))
        assert (started.status, started.attempt_count) == ("GENERATING", number)
        ended = office.do(report_runs.fail, run_id=run.id, error="no door", at=hours(number))
        assert (ended.status, ended.error) == (status, "no door")
    (note,) = office.rows(Notification)
    assert note.user_id == office.company.subjects["manager"].user_id
    assert note.title == "Report daily was not made"


def test_a_report_comes_out_with_its_file(office: Office) -> None:
    run = _requested(office)
    office.do(report_runs.start, run_id=run.id, at=hours(1))
    ended = office.do(report_runs.complete, run_id=run.id, product=PRODUCT, at=hours(1.1))
    assert (ended.status, ended.finished_at) == ("COMPLETED", hours(1.1))
    assert (ended.file_key, ended.publication_id, ended.as_of) == (PRODUCT.file_key, 7, hours(0))
    assert office.rows(DomainEvent, DomainEvent.name == "report.completed")


def test_a_lost_process_counts_as_a_try(office: Office) -> None:
    run = _requested(office)
    office.do(report_runs.start, run_id=run.id, at=hours(1))
    assert office.do(report_runs.recover, as_of=hours(1.5)) == 0
    assert office.do(report_runs.recover, as_of=hours(2)) == 1
    assert office.rows(ReportRun)[0].status == "PENDING"


def test_nothing_is_drawn_for_somebody_who_left(office: Office) -> None:
    run = _requested(office)
    office.leaves("manager")
    refused = office.do(report_runs.start, run_id=run.id, at=hours(1))
    assert (refused.status, refused.error) == ("FAILED", report_runs.OWNER_LEFT)
    with pytest.raises(InvalidInput, match="owner_id"):
        _requested(office)


def test_a_note_is_read_by_whom_it_is_for_and_purged_when_nobody_does(office: Office) -> None:
    manager, mover = office.company.subjects["manager"], office.company.subjects["mover"]
    people = [manager.user_id, mover.user_id]
    note = Note(NotificationType.SYSTEM_ALERT, "Snow tomorrow")
    with tenant_session(mover) as session:  # an effect of what somebody did, whoever it was
        notes = notifications.tell(session, mover, note, people, at=hours(0))
    mine = {row.user_id: row.id for row in notes}[manager.user_id]
    assert office.do(notifications.dispatch, as_of=hours(0)) == 2
    with tenant_session(office.admin) as session, pytest.raises(ActionRefused):
        notifications.read(session, office.admin, notification_id=mine, at=hours(1))
    with tenant_session(manager) as session:
        for at in (hours(1), hours(2)):
            row = notifications.read(session, manager, notification_id=mine, at=at)
            assert (row.status, row.read_at) == ("READ", hours(1))
    assert office.do(notifications.purge, as_of=hours(24 * 30 - 1)) == 0
    assert office.do(notifications.purge, as_of=hours(24 * 30)) == 1
    assert [row.user_id for row in office.rows(Notification)] == [manager.user_id]
    (entry,) = office.rows(AuditEntry, AuditEntry.action == "DELETE")
    assert entry.details == {"purged": 1}
