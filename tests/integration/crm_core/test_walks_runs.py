"""Random walks of webhook deliveries, runs of integrations and of reports; see `walks.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import ReportFormat, SyncType
from crm_core.ids import new_id
from crm_core.models import (
    DomainEvent,
    Integration,
    IntegrationSyncLog,
    ReportRun,
    Webhook,
    WebhookDelivery,
)
from crm_core.security.permissions import system_subject
from crm_core.services.integration import sync_runs, webhooks
from crm_core.services.integration.sync_runs import Counts
from crm_core.services.integration.webhooks import Outcome, WebhookData
from crm_core.services.machines.integration import INTEGRATION, SYNC_RUN, WEBHOOK_DELIVERY
from crm_core.services.machines.reporting import REPORT_RUN
from crm_core.services.reporting import report_runs
from crm_core.services.reporting.report_runs import Product
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_lead, hours
from tests.integration.crm_core.walks import Step, Walk, take, walks

pytestmark = pytest.mark.long

HOOK = WebhookData("erp", "https://hooks.example.com/in", ["lead.*"])
CODES = [200, 204, 301, 410, 429, 500, None]


@pytest.fixture
def delivery(company: Tenant) -> WebhookDelivery:
    admin, system = company.subjects["admin"], system_subject(company.client_id)
    with tenant_session(system, hours(0)) as session:
        webhooks.subscribe(session, admin, data=HOOK, at=hours(0))
        a_lead(session, admin, company.locations["VANC"], at=hours(0))
        events = session.scalars(select(DomainEvent).where(DomainEvent.name == "lead.new")).all()
        assert webhooks.queue(session, system, events, at=hours(0)) == 1
        return session.scalars(select(WebhookDelivery)).one()


def _record(step: Step[WebhookDelivery]) -> object:
    code = step.data.draw(st.sampled_from(CODES))
    outcome = Outcome(code, "answer", error="no answer" if code is None else None)
    return webhooks.record(
        step.session, step.subject, delivery_id=step.row.id, outcome=outcome, at=step.at
    )


def _switch(step: Step[WebhookDelivery]) -> object:
    return webhooks.switch(
        step.session, step.subject, webhook_id=step.row.webhook_id,
        is_active=step.data.draw(st.booleans()), at=step.at,
    )  # fmt: skip


def _delivery_holds(session: Session, row: WebhookDelivery) -> None:
    assert row.attempt_count <= 6
    waits = row.status in ("PENDING", "RETRY")
    assert waits == (row.next_attempt_at is not None)
    webhook = session.get_one(Webhook, (row.client_id, row.webhook_id), populate_existing=True)
    tried = webhook.success_count + webhook.failure_count
    assert tried == row.attempt_count - (row.status == "SENT")
    assert webhook.success_count == (row.status == "DELIVERED")


@walks
@given(data=st.data())
def test_webhook_deliveries(
    company: Tenant, delivery: WebhookDelivery, data: st.DataObject
) -> None:
    begin = lambda s: webhooks.begin(  # noqa: E731
        s.session, s.subject, delivery_id=s.row.id, at=s.at
    )
    acts = {
        "begin": begin,
        "begin again": begin,
        "record": _record,
        "record again": _record,
        "recover": lambda s: webhooks.recover(s.session, s.subject, as_of=s.at),
        "switch": _switch,
    }
    walk = Walk(WEBHOOK_DELIVERY, WebhookDelivery, delivery.id, hours(0), acts, _delivery_holds)
    take(walk, system_subject(company.client_id), data)


@pytest.fixture
def integration(company: Tenant) -> Integration:
    system = system_subject(company.client_id)
    row = Integration(
        client_id=company.client_id, id=new_id(hours(0)), provider="smartmoving", name="Source"
    )
    with tenant_session(system, hours(0)) as session:
        session.add(row)
        session.flush()
        session.refresh(row)
    return row


def _finish(step: Step[Integration]) -> object:
    error = step.data.draw(st.sampled_from([None, "no answer"]))
    return sync_runs.finish(
        step.session, step.subject, integration_id=step.row.id, at=step.at, error=error
    )


def _stream(step: Step[Integration]) -> object:
    log = sync_runs.open_stream(
        step.session, step.subject, integration_id=step.row.id, run_id=new_id(step.at),
        stream="leads", type=SyncType.FULL, at=step.at,
    )  # fmt: skip
    sync_runs.begin_stream(step.session, step.subject, log_id=log.id, at=step.at)
    if step.data.draw(st.booleans()):
        counts = Counts(processed=2, created=1, failed=1)
        sync_runs.complete_stream(
            step.session, step.subject, log_id=log.id, counts=counts, at=step.at
        )
    return log


def _integration_holds(session: Session, row: Integration) -> None:
    assert (row.error_count >= 3) or row.status != "ERROR"
    assert row.error_count < 3 or row.status in ("ERROR", "SYNCING", "INACTIVE")
    assert (row.last_error is None) or row.error_count >= 0
    if row.status in ("ACTIVE", "ERROR"):
        query = select(IntegrationSyncLog.status).where(IntegrationSyncLog.integration_id == row.id)
        assert set(session.scalars(query)) <= {"COMPLETED", "FAILED"}


@walks
@given(data=st.data())
def test_integrations(company: Tenant, integration: Integration, data: st.DataObject) -> None:
    start = lambda s: sync_runs.start(  # noqa: E731
        s.session, s.subject, integration_id=s.row.id, at=s.at
    )
    acts = {
        "start": start,
        "start again": start,
        "stream": _stream,
        "finish": _finish,
        "finish again": _finish,
        "switch": lambda s: sync_runs.switch(
            s.session, s.subject, integration_id=s.row.id,
            is_active=s.data.draw(st.booleans()), at=s.at,
        ),
    }  # fmt: skip
    walk = Walk(INTEGRATION, Integration, integration.id, hours(0), acts, _integration_holds)
    take(walk, system_subject(company.client_id), data)


@pytest.fixture
def stream(company: Tenant, integration: Integration) -> IntegrationSyncLog:
    system = system_subject(company.client_id)
    with tenant_session(system) as session:
        sync_runs.start(session, system, integration_id=integration.id, at=hours(0))
        return sync_runs.open_stream(
            session, system, integration_id=integration.id, run_id=new_id(hours(0)),
            stream="leads", type=SyncType.FULL, at=hours(0),
        )  # fmt: skip


def _stream_holds(session: Session, row: IntegrationSyncLog) -> None:
    assert (row.completed_at is not None) == (row.status in ("COMPLETED", "FAILED"))
    assert (row.error is not None) == (row.status == "FAILED")


@walks
@given(data=st.data())
def test_streams(company: Tenant, stream: IntegrationSyncLog, data: st.DataObject) -> None:
    acts = {
        "begin": lambda s: sync_runs.begin_stream(s.session, s.subject, log_id=s.row.id, at=s.at),
        "complete": lambda s: sync_runs.complete_stream(
            s.session, s.subject, log_id=s.row.id, counts=Counts(3, 1, 1, 1), at=s.at
        ),
        "fail": lambda s: sync_runs.fail_stream(
            s.session, s.subject, log_id=s.row.id, counts=Counts(1, 1), error="gone", at=s.at
        ),
        "another run": lambda s: sync_runs.start(
            s.session, s.subject, integration_id=s.row.integration_id, at=s.at
        ),
    }
    walk = Walk(SYNC_RUN, IntegrationSyncLog, stream.id, hours(0), acts, _stream_holds)
    take(walk, system_subject(company.client_id), data)


@pytest.fixture
def report_run(company: Tenant) -> ReportRun:
    admin = company.subjects["admin"]
    with tenant_session(admin, hours(0)) as session:
        return report_runs.request(
            session, admin, report_name="daily", format=ReportFormat.CSV, at=hours(0)
        )


def _report_holds(session: Session, row: ReportRun) -> None:
    assert row.attempt_count <= report_runs.MOST_TRIES
    assert (row.status == "COMPLETED") == (row.file_key is not None)
    assert row.status != "FAILED" or row.error


@walks
@given(data=st.data())
def test_report_runs(company: Tenant, report_run: ReportRun, data: st.DataObject) -> None:
    product = Product("reports/a.csv", "0" * 64, 10, 1, hours(0))
    acts = {
        "start": lambda s: report_runs.start(s.session, s.subject, run_id=s.row.id, at=s.at),
        "complete": lambda s: report_runs.complete(
            s.session, s.subject, run_id=s.row.id, product=product, at=s.at
        ),
        "fail": lambda s: report_runs.fail(
            s.session, s.subject, run_id=s.row.id, error="no door", at=s.at
        ),
        "recover": lambda s: report_runs.recover(s.session, s.subject, as_of=s.at),
    }
    walk = Walk(REPORT_RUN, ReportRun, report_run.id, hours(0), acts, _report_holds)
    take(walk, system_subject(company.client_id), data)
