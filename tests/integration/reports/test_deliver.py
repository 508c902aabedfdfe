"""Delivery of the executive weekly in the demo company: each recipient once, at their own scope."""

import email
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from crm_core.enums import DeliveryState
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.tenancy.access import subject_of
from reports.delivery import deliver_report
from reports.delivery.transport import Outbox
from reports.run import run_report
from tests.conftest import TEST_NOW, Demo
from tests.mail import mail_server

REPORT = "executive_weekly"
EXECUTIVE = "exec@northway.example"


@pytest.fixture
def system(own_demo: Demo) -> Subject:
    return system_subject(subject_of(EXECUTIVE).client_id)


def letters(folder: Path) -> list[EmailMessage]:
    """The messages in an outbox."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def test_a_second_run_for_the_same_window_sends_nothing(system: Subject, tmp_path: Path) -> None:
    box = Outbox(tmp_path)
    first = deliver_report(system, REPORT, TEST_NOW, transport=box)
    assert [(d.recipient, d.state, d.is_new) for d in first] == [
        (EXECUTIVE, DeliveryState.SENT, True)
    ]
    sent = letters(tmp_path)
    assert len(sent) == 1
    files = {part.get_filename(): part for part in sent[0].iter_attachments()}
    assert sorted(str(name).rpartition(".")[2] for name in files) == ["pdf", "xlsx"]
    result = run_report(subject_of(EXECUTIVE), REPORT)
    body = sent[0].get_body(("plain",))
    assert body is not None
    assert f"publication {result.header.publication_id}" in body.get_content()

    second = deliver_report(system, REPORT, TEST_NOW, transport=box)
    assert [(d.state, d.is_new) for d in second] == [(DeliveryState.SENT, False)]
    assert len(letters(tmp_path)) == 1

    other_week = deliver_report(system, REPORT, TEST_NOW, window="2026-W44", transport=box)
    assert [d.is_new for d in other_week] == [True]
    assert len(letters(tmp_path)) == 2


def test_a_week_the_data_do_not_cover_is_held(system: Subject, tmp_path: Path) -> None:
    later = TEST_NOW + timedelta(days=7)
    found = deliver_report(system, REPORT, later, transport=Outbox(tmp_path))
    assert [(d.state, d.is_new) for d in found] == [(DeliveryState.DUE, False)]
    assert found[0].detail is not None
    assert found[0].detail.startswith("held: the data end on 2026-11-20, before the period")
    assert letters(tmp_path) == []


class Mailbox:
    """Keeps letters; answers the first of them as a test wants."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.kept: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer == "hang up":
            self.kept.append(envelope.rcpt_tos[0])
            server.transport.close()
        elif answer.startswith("250"):
            self.kept.append(envelope.rcpt_tos[0])
        return answer


def test_a_server_that_asks_to_come_back_is_asked_again(system: Subject) -> None:
    box = Mailbox("451 come back later")
    with mail_server(box) as smtp:
        first = deliver_report(system, REPORT, TEST_NOW, window="2026-W40", transport=smtp)
        assert [(d.state, d.is_new) for d in first] == [(DeliveryState.DUE, False)]
        assert first[0].detail == f"{EXECUTIVE}: 451 come back later"
        second = deliver_report(system, REPORT, TEST_NOW, window="2026-W40", transport=smtp)
        assert [(d.state, d.is_new) for d in second] == [(DeliveryState.SENT, True)]
    assert box.kept == [EXECUTIVE]


def test_a_letter_that_may_have_gone_is_parked_and_never_sent_twice(system: Subject) -> None:
    box = Mailbox("hang up")
    with mail_server(box) as smtp:
        for is_first in (True, False):
            found = deliver_report(system, REPORT, TEST_NOW, window="2026-W41", transport=smtp)
            assert [(d.state, d.is_new) for d in found] == [(DeliveryState.UNKNOWN, False)]
            assert found[0].detail and "no answer to the content" in found[0].detail, is_first
    assert box.kept == [EXECUTIVE]
