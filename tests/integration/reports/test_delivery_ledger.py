"""The ledger on a real database: one winner per claim, every outcome kept, nothing sent twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import DeliveryState
from crm_core.models import ReportDelivery
from crm_core.security.permissions import system_subject
from reports.delivery import ledger
from tests.conftest import TEST_NOW
from tests.factories import Tenant


@pytest.fixture
def key(tenant: Tenant) -> ledger.LedgerKey:
    """The executive's copy of one week."""
    user_id = tenant.subjects["executive"].user_id
    assert user_id is not None
    system = system_subject(tenant.client_id)
    return ledger.LedgerKey(system, "executive_weekly", "2026-11-09..2026-11-15", user_id)


def row(key: ledger.LedgerKey) -> ReportDelivery:
    """The row as it stands."""
    with tenant_session(key.system) as session:
        return session.scalars(select(ReportDelivery).where(*key.where)).one()


def take(key: ledger.LedgerKey) -> bool:
    """Claim the row at the tests' instant."""
    return ledger.claim(key, digest="d" * 64, publication_id=3, at=TEST_NOW)


def test_a_delivery_goes_from_due_over_sending_to_sent(key: ledger.LedgerKey) -> None:
    assert ledger.open_entry(key, "<a@b>", at=TEST_NOW).state is DeliveryState.DUE
    assert take(key)
    assert row(key).state == DeliveryState.SENDING
    ledger.settle(key, DeliveryState.SENT, detail="taken", at=TEST_NOW)
    kept = row(key)
    assert (kept.state, kept.detail, kept.message_id) == ("SENT", "taken", "<a@b>")
    assert (kept.content_hash, kept.publication_id) == ("d" * 64, 3)
    assert kept.sent_at == kept.attempted_at == TEST_NOW
    assert ledger.open_entry(key, "<a@b>", at=TEST_NOW).state is DeliveryState.SENT
    assert not take(key)


def test_of_twenty_claims_one_wins(key: ledger.LedgerKey) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ledger.open_entry(key, "<a@b>", at=TEST_NOW), range(8)))
        won = list(pool.map(lambda _: take(key), range(20)))
    assert won.count(True) == 1


def test_a_claim_left_behind_is_parked_as_unknown(key: ledger.LedgerKey) -> None:
    ledger.open_entry(key, "<a@b>", at=TEST_NOW)
    assert take(key)
    soon = ledger.open_entry(key, "<a@b>", at=TEST_NOW + timedelta(minutes=5))
    assert soon.state is DeliveryState.SENDING
    later = ledger.open_entry(key, "<a@b>", at=TEST_NOW + timedelta(minutes=16))
    assert (later.state, later.detail) == (
        DeliveryState.UNKNOWN,
        "the sender stopped while sending",
    )
    assert not take(key)
    # The sender that was thought gone comes back: its outcome no longer counts.
    ledger.settle(key, DeliveryState.SENT, detail="late", at=TEST_NOW)
    assert row(key).state == DeliveryState.UNKNOWN


def test_what_surely_did_not_go_is_due_again(key: ledger.LedgerKey) -> None:
    ledger.open_entry(key, "<a@b>", at=TEST_NOW)
    assert take(key)
    ledger.settle(key, DeliveryState.DUE, detail="mail server down", at=TEST_NOW)
    assert (row(key).state, row(key).sent_at) == (DeliveryState.DUE, None)
    assert take(key)


def test_a_note_explains_a_due_row_and_leaves_others_alone(key: ledger.LedgerKey) -> None:
    ledger.open_entry(key, "<a@b>", at=TEST_NOW)
    ledger.note(key, "x" * 900)
    assert row(key).detail == "x" * 500
    ledger.refuse(key, "nobody")
    ledger.note(key, "too late")
    assert (row(key).state, row(key).detail) == (DeliveryState.REFUSED, "nobody")


def test_each_window_and_recipient_has_its_own_row(key: ledger.LedgerKey, tenant: Tenant) -> None:
    finance = tenant.subjects["finance"].user_id
    assert finance is not None
    others = [
        ledger.LedgerKey(key.system, key.report, "2026-11-02..2026-11-08", key.user_id),
        ledger.LedgerKey(key.system, key.report, key.window, finance),
        ledger.LedgerKey(key.system, "other", key.window, key.user_id),
    ]
    for each in (key, *others):
        ledger.open_entry(each, "<a@b>", at=TEST_NOW)
    assert take(key)
    assert [row(each).state for each in others] == [DeliveryState.DUE] * 3
