"""The ledger on a real database: one winner per claim, every outcome kept, nothing sent twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import DeliveryState
from crm_core.models import ReportDelivery, ReportOccasion
from crm_core.security.permissions import ActionRefused, Subject, system_subject
from crm_core.services.reporting import occasions
from crm_core.services.reporting.occasions import Report
from reports.delivery import ledger
from reports.delivery.people import Person
from reports.delivery.worker import Worker, worker
from reports.errors import DeliveryNotParked
from tests.conftest import TEST_NOW
from tests.factories import Tenant

WEEK = "2026-11-09..2026-11-15"


@dataclass
class Copy:
    """The executive's copy of one week, and a scheduler at work on it."""

    system: Subject
    subject: Subject
    occasion: ReportOccasion
    worker: Worker

    @property
    def person(self) -> Person:
        return Person(self.subject, "E", "executive@x.example", "en", self.subject.user_id)

    def open(self, formats: str = "pdf") -> ledger.Entry:
        return ledger.open_entry(
            self.system, self.occasion, self.person, "<a@b>", formats, at=TEST_NOW
        )

    def row(self, entry_id: UUID) -> ReportDelivery:
        with tenant_session(self.system) as session:
            return session.scalars(
                select(ReportDelivery).where(ReportDelivery.id == entry_id)
            ).one()

    def take(self, entry_id: UUID, by: Worker | None = None) -> bool:
        return ledger.claim(self.system, entry_id, by or self.worker, at=TEST_NOW)

    def send(self, entry_id: UUID) -> bool:
        ledger.keep_drawn(
            self.system, entry_id, self.worker, file_key="k", digest="d" * 64, publication_id=3,
            scope_hash="s" * 64, at=TEST_NOW,
        )  # fmt: skip
        return ledger.begin_sending(self.system, entry_id, self.worker, at=TEST_NOW)

    def settle(self, entry_id: UUID, state: DeliveryState, detail: str = "taken") -> bool:
        return ledger.settle(self.system, entry_id, self.worker, state, detail=detail, at=TEST_NOW)


@pytest.fixture
def copy(company: Tenant) -> Iterator[Copy]:
    system = system_subject(company.client_id)
    with tenant_session(system) as session:
        occasion = occasions.ask(
            session, system, Report("executive_weekly"), at=TEST_NOW, window=WEEK
        )
    with worker() as mine:
        yield Copy(system, company.subjects["executive"], occasion, mine)


def test_a_delivery_goes_from_due_over_claimed_and_sending_to_sent(copy: Copy) -> None:
    entry = copy.open()
    assert entry.state is DeliveryState.DUE
    assert copy.take(entry.id)
    assert copy.row(entry.id).state == DeliveryState.CLAIMED
    assert copy.send(entry.id)
    assert copy.row(entry.id).state == DeliveryState.SENDING
    assert copy.settle(entry.id, DeliveryState.SENT)
    kept = copy.row(entry.id)
    assert (kept.state, kept.detail, kept.message_id) == ("SENT", "taken", "<a@b>")
    assert (kept.content_hash, kept.publication_id) == ("d" * 64, 3)
    assert kept.sent_at == kept.attempted_at == TEST_NOW
    assert copy.open().state is DeliveryState.SENT
    assert not copy.take(entry.id)


def test_of_twenty_claims_one_wins(copy: Copy) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = set(pool.map(lambda _: copy.open().id, range(8)))
        assert len(opened) == 1
        won = list(pool.map(lambda _: copy.take(next(iter(opened))), range(20)))
    assert won.count(True) == 1


def test_what_a_dead_scheduler_was_sending_is_parked_and_what_it_prepared_is_due(
    copy: Copy,
) -> None:
    sending, prepared = copy.open("pdf").id, copy.open("csv").id
    with worker() as other:
        copy.worker, mine = other, copy.worker
        assert copy.take(sending) and copy.take(prepared) and copy.send(sending)
        assert ledger.recover(copy.system, mine) == 0, "the other one lives"
        assert copy.row(sending).state == DeliveryState.SENDING
    # Its connection is gone, and the lock with it: no clock was asked.
    assert ledger.recover(copy.system, mine) == 2
    parked = copy.row(sending)
    assert (parked.state, parked.detail) == ("UNKNOWN", "the sender stopped while sending")
    assert copy.row(prepared).state == DeliveryState.DUE
    assert not copy.take(sending, mine) and copy.take(prepared, mine)
    # The sender that was thought gone comes back: its outcome no longer counts.
    assert not copy.settle(sending, DeliveryState.SENT, "late")
    assert not copy.send(prepared), "it was taken over before it went"
    assert copy.row(sending).state == DeliveryState.UNKNOWN


def test_what_surely_did_not_go_is_due_again_after_a_pause(copy: Copy) -> None:
    entry = copy.open()
    assert copy.take(entry.id)
    retry_at = TEST_NOW + ledger.pause_after(1)
    ledger.settle(
        copy.system, entry.id, copy.worker, DeliveryState.DUE, detail="mail server down",
        at=TEST_NOW, retry_at=retry_at,
    )  # fmt: skip
    row = copy.row(entry.id)
    assert (row.state, row.sent_at, row.next_attempt_at) == (DeliveryState.DUE, None, retry_at)
    assert not copy.take(entry.id)
    assert ledger.claim(copy.system, entry.id, copy.worker, at=retry_at)
    assert copy.row(entry.id).attempt_count == 2


def test_a_pause_that_a_wrong_clock_set_does_not_last(copy: Copy) -> None:
    entry = copy.open()
    assert copy.take(entry.id)
    ahead = TEST_NOW + timedelta(days=30)
    ledger.settle(
        copy.system, entry.id, copy.worker, DeliveryState.DUE, detail="down", at=ahead,
        retry_at=ahead,
    )  # fmt: skip
    assert copy.take(entry.id), "no pause is as long as that"


def test_pauses_grow_to_an_hour() -> None:
    minutes = [ledger.pause_after(n).total_seconds() / 60 for n in range(7)]
    assert minutes == [1, 1, 5, 15, 30, 60, 60]


def test_a_note_explains_a_due_row_and_leaves_others_alone(copy: Copy) -> None:
    entry = copy.open()
    ledger.note(copy.system, entry.id, "x" * 900)
    assert copy.row(entry.id).detail == "x" * 500
    assert ledger.refuse(copy.system, entry.id, "nobody")
    ledger.note(copy.system, entry.id, "too late")
    assert (copy.row(entry.id).state, copy.row(entry.id).detail) == ("REFUSED", "nobody")


def test_each_window_recipient_format_and_revision_has_its_own_row(
    copy: Copy, company: Tenant
) -> None:
    first = copy.open("pdf").id
    others = [copy.open("pdf+xlsx").id]
    finance = company.subjects["finance"].user_id
    assert finance is not None
    with tenant_session(copy.system) as session:
        again = occasions.ask(
            session, copy.system, Report("executive_weekly"), at=TEST_NOW + timedelta(hours=1),
            window=WEEK,
        )  # fmt: skip
        earlier = occasions.ask(
            session, copy.system, Report("executive_weekly"), at=TEST_NOW + timedelta(hours=2),
            window="2026-11-02..2026-11-08",
        )  # fmt: skip
    assert (copy.occasion.revision, again.revision, earlier.revision) == (1, 2, 1)
    for occasion, who in ((copy.occasion, finance), (again, copy.person), (earlier, copy.person)):
        others.append(ledger.open_entry(copy.system, occasion, who, "<c@d>", "pdf", at=TEST_NOW).id)
    assert copy.take(first)
    assert len({first, *others}) == 5
    assert [copy.row(each).state for each in others] == [DeliveryState.DUE] * 4


def test_a_person_says_what_became_of_a_parked_letter(copy: Copy, company: Tenant) -> None:
    admin, auditor = company.subjects["admin"], company.subjects["auditor"]
    entry = copy.open()
    with tenant_session(admin) as session, pytest.raises(DeliveryNotParked):
        ledger.resolve(session, admin, entry_id=entry.id, arrived=True, at=TEST_NOW)
    assert copy.take(entry.id) and copy.send(entry.id)
    assert copy.settle(entry.id, DeliveryState.UNKNOWN, "no answer")
    with tenant_session(auditor) as session, pytest.raises(ActionRefused):
        ledger.resolve(session, auditor, entry_id=entry.id, arrived=True, at=TEST_NOW)
    with tenant_session(admin) as session:
        assert [r.id for r in ledger.listed(session, admin, [DeliveryState.UNKNOWN])] == [entry.id]
        ledger.resolve(session, admin, entry_id=entry.id, arrived=False, at=TEST_NOW)
    assert copy.take(entry.id), "a person asked for it again"
