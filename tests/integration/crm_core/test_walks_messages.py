"""Random walks of messages, notes to staff and surveys through their services; see `walks.py`."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import NotificationChannel, NotificationType, TemplateType
from crm_core.models import Communication, Notification, Survey
from crm_core.security.permissions import system_subject
from crm_core.services.communication import communications, notifications, sending, templates
from crm_core.services.communication.communications import About
from crm_core.services.communication.notifications import Note
from crm_core.services.communication.sending import Receipt
from crm_core.services.communication.template_language import Variable
from crm_core.services.communication.template_seed import TEMPLATES
from crm_core.services.communication.templates import TemplateData
from crm_core.services.machines.communication import COMMUNICATION, NOTIFICATION, SURVEY
from crm_core.services.operations import journeys
from crm_core.services.sales import surveys
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_lead, an_accepted_quote, done, hours
from tests.integration.crm_core.walks import Step, Walk, take, walks

pytestmark = pytest.mark.long

RANKS = ["DRAFT", "SENT", "DELIVERED", "READ"]


@pytest.fixture
def message(company: Tenant) -> Communication:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
        data = TemplateData("hello", TemplateType.EMAIL, "{{ name }}", "Hi", [Variable("name")])
        templates.create(session, admin, data=data, at=hours(0))
        return communications.compose(
            session,
            admin,
            customer_id=lead.customer_id,
            template="hello",
            values={"name": "Robin"},
            about=About(lead_id=lead.id),
            at=hours(0),
        )


def _claim(step: Step[Communication]) -> object:
    return sending.claim(step.session, step.subject, communication_id=step.row.id, at=step.at)


def _sent(step: Step[Communication]) -> object:
    return sending.sent(
        step.session, step.subject, communication_id=step.row.id, at=step.at,
        provider_message_id=f"p-{step.row.id}",
    )  # fmt: skip


def _failed(step: Step[Communication]) -> object:
    permanent, bounced = step.data.draw(st.booleans()), step.data.draw(st.booleans())
    return sending.try_failed(
        step.session, step.subject, communication_id=step.row.id, reason="busy", at=step.at,
        is_permanent=permanent, is_hard_bounce=bounced,
    )  # fmt: skip


def _receipt(step: Step[Communication]) -> object:
    before = step.row.status
    row = sending.receive_receipt(
        step.session, step.subject, provider_message_id=f"p-{step.row.id}",
        receipt=step.data.draw(st.sampled_from(Receipt)),
        at=step.at - timedelta(hours=step.data.draw(st.integers(0, 3))),
    )  # fmt: skip
    assert row.status == "FAILED" or RANKS.index(row.status) >= RANKS.index(before)
    return row


def _message_holds(session: Session, row: Communication) -> None:
    assert row.attempt_count <= 4
    assert row.status == "DRAFT" or row.next_attempt_at is None
    assert (row.sent_at is not None) == (row.status in ("SENT", "DELIVERED", "READ")) or (
        row.status == "FAILED"
    )
    assert (row.status == "FAILED") == (row.failed_at is not None)
    assert (row.status == "READ") == (row.read_at is not None)


@walks
@given(data=st.data())
def test_messages(company: Tenant, message: Communication, data: st.DataObject) -> None:
    acts = {
        "claim": _claim,
        "claim again": _claim,
        "sent": _sent,
        "failed": _failed,
        "receipt": _receipt,
        "receipt again": _receipt,
        "release": lambda s: communications.release(
            s.session, s.subject, communication_id=s.row.id, at=s.at
        ),
    }
    walk = Walk(COMMUNICATION, Communication, message.id, hours(0), acts, _message_holds)
    take(walk, system_subject(company.client_id), data)


@pytest.fixture
def notification(company: Tenant) -> Notification:
    admin = company.subjects["admin"]
    assert admin.user_id is not None
    note = Note(NotificationType.SYSTEM_ALERT, "Disk full", channels=(NotificationChannel.EMAIL,))
    with tenant_session(admin) as session:
        return notifications.tell(session, admin, note, [admin.user_id], at=hours(0))[0]


def _note_holds(session: Session, row: Notification) -> None:
    assert (row.sent_at is not None) or row.status in ("PENDING", "FAILED")
    assert (row.status == "READ") == (row.read_at is not None)


@walks
@given(data=st.data())
def test_notifications(company: Tenant, notification: Notification, data: st.DataObject) -> None:
    def act(verb: str, **more: str) -> object:
        service = getattr(notifications, verb)
        return lambda s: service(s.session, s.subject, notification_id=s.row.id, at=s.at, **more)

    acts = {
        "send": act("send"),
        "deliver": act("deliver"),
        "read": act("read"),
        "fail": act("fail", reason="no such number"),
        "dispatch": lambda s: notifications.dispatch(s.session, s.subject, as_of=s.at),
    }
    walk = Walk(NOTIFICATION, Notification, notification.id, hours(0), acts, _note_holds)
    take(walk, company.subjects["admin"], data)


@pytest.fixture
def survey(company: Tenant) -> Survey:
    admin, system = company.subjects["admin"], system_subject(company.client_id)
    with tenant_session(system) as session:
        templates.seed(session, admin, data=TEMPLATES, at=hours(0))
        quote = an_accepted_quote(session, admin, company.locations["VANC"])
        (planned,) = journeys.convert(session, admin, quote_id=quote.id, at=hours(4))
        ended = done(session, admin, planned).completed_at
        assert ended is not None
        return surveys.send_due(session, system, as_of=ended + surveys.ASKED_AFTER)[0]


def _answer(step: Step[Survey]) -> object:
    scores = st.none() | st.integers(-1, 11)
    return surveys.answer(
        step.session, step.subject, survey_id=step.row.id, at=step.at,
        recommend_score=step.data.draw(scores), satisfaction_score=step.data.draw(scores),
    )  # fmt: skip


def _survey_holds(session: Session, row: Survey) -> None:
    assert (row.status == "ANSWERED") == (row.answered_on is not None)


@walks
@given(data=st.data())
def test_surveys(company: Tenant, survey: Survey, data: st.DataObject) -> None:
    acts = {
        "answer": _answer,
        "answer again": _answer,
        "expire": lambda s: surveys.expire_due(
            s.session, s.subject, as_of=s.at + timedelta(days=s.data.draw(st.integers(0, 31)))
        ),
        "ask again": lambda s: surveys.send_due(s.session, s.subject, as_of=s.at),
    }
    walk = Walk(SURVEY, Survey, survey.id, survey.sent_at, acts, _survey_holds)
    take(walk, system_subject(company.client_id), data)
