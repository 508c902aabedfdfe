"""Webhooks from the outbox to a real receiver: signed, in order, tried again, switched off."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.errors import InvalidInput
from crm_core.models import DomainEvent, Notification, StatusEvent, Webhook, WebhookDelivery
from crm_core.security.permissions import ActionRefused, system_subject
from crm_core.services.integration import outbox, webhooks
from crm_core.services.integration.webhook_delivery import deliver_due, new_client, post
from crm_core.services.integration.webhook_rules import sign
from crm_core.services.integration.webhooks import Request, WebhookData
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_lead, an_accepted_quote, hours
from tests.integration.crm_core.receiver import HOST, Receiver, receiver

ONE = UUID(int=1)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path) as made:
        yield made


class Hook:
    """A webhook of a company on a receiver of its own, and the acts of the tests."""

    def __init__(self, company: Tenant, served: Receiver, events: list[str]) -> None:
        self.company, self.served = company, served
        self.admin = company.subjects["admin"]
        self.system = system_subject(company.client_id)
        data = WebhookData("erp", f"https://{HOST}/in?a=1", events, headers={"X-Key": "abc"})
        with tenant_session(self.admin) as session:
            self.row, self.secret = webhooks.subscribe(session, self.admin, data=data, at=hours(0))
            # The product allows no such port; the test's receiver has one of its own.
            session.get_one(Webhook, (company.client_id, self.row.id)).url = served.url

    def publish(self, at: datetime = TEST_NOW) -> int:
        with tenant_session(self.system) as session:
            return outbox.publish(session, self.system, as_of=at).deliveries

    def round(self, at: datetime, seconds: float = 5) -> Counter[str]:
        async def run() -> Counter[str]:
            async with new_client(self.served.context) as client:
                return await deliver_due(
                    self.system, client, lambda: at, self.served.egress(seconds)
                )

        return asyncio.run(run())

    def rows(self, model: Any) -> list[Any]:
        with tenant_session(self.system) as session:
            return list(session.scalars(select(model).order_by(model.id)))


def test_every_event_asked_for_arrives_in_order_signed_and_once(
    company: Tenant, served: Receiver
) -> None:
    hook = Hook(company, served, ["lead.*", "quote.accepted"])
    with tenant_session(hook.admin) as session:
        an_accepted_quote(session, hook.admin, company.locations["VANC"])
    assert hook.publish(hours(4)) == 6
    assert hook.publish(hours(4)) == 0, "an event is published once"
    assert hook.round(hours(4)) == Counter(DELIVERED=6)
    assert hook.round(hours(5)) == Counter()
    bodies = [json.loads(body) for _, body in served.got]
    names = [body["event"] for body in bodies]
    assert names[:4] == ["lead.new", "lead.contacted", "lead.qualified", "lead.proposal_sent"]
    assert sorted(names[4:]) == ["lead.won", "quote.accepted"]
    for headers, body in served.got:
        stamp = int(headers["Crm-Timestamp"])
        assert headers["Crm-Signature"] == "v1=" + sign(hook.secret, stamp, body)
        assert headers["Crm-Event-Id"] == json.loads(body)["id"]
        assert (headers["Host"], headers["X-Key"]) == (f"{HOST}:{served.port}", "abc")
    text = json.dumps(bodies)
    assert "Robin" not in text and "example.com" not in text, "no personal data leaves"
    (row,) = hook.rows(Webhook)
    assert (row.success_count, row.failure_count) == (6, 0)
    assert all(event.published_at == hours(4) for event in hook.rows(DomainEvent))


def test_relays_side_by_side_publish_each_event_once(company: Tenant, served: Receiver) -> None:
    hook = Hook(company, served, ["lead.*"])
    with tenant_session(hook.admin) as session:
        for _ in range(12):
            a_lead(session, hook.admin, company.locations["VANC"])
    together = Barrier(4)

    def relay(_: int) -> int:
        together.wait()
        return hook.publish()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(relay, range(4))) == 12
    events = [row.event_id for row in hook.rows(WebhookDelivery)]
    assert len(events) == len(set(events)) == 12


def test_a_receiver_in_trouble_is_tried_six_times_with_the_same_event(
    company: Tenant, served: Receiver
) -> None:
    hook = Hook(company, served, ["lead.new"])
    with tenant_session(hook.admin) as session:
        a_lead(session, hook.admin, company.locations["VANC"])
    hook.publish()
    codes = [500, 429, 302, 404, 503, 200]
    served.answers = [
        (code, {"Location": "https://127.0.0.1/", "Retry-After": "600"}, b"x" * 5000)
        for code in codes[:5]
    ] + [(500, {}, b"no")]
    at, waits = hours(0), []
    for number in range(1, 7):
        assert hook.round(at) == Counter({"RETRY" if number < 6 else "FAILED": 1})
        (row,) = hook.rows(WebhookDelivery)
        assert row.attempt_count == number
        if row.next_attempt_at is not None:
            waits.append(row.next_attempt_at - at)
            assert hook.round(row.next_attempt_at - timedelta(seconds=1)) == Counter()
            assert len(row.response_body) == 2048
            at = row.next_attempt_at
    assert waits[:2] == [timedelta(minutes=10)] * 2, "Retry-After is longer than our own wait"
    assert [wait >= timedelta(minutes=24) for wait in waits[2:]] == [True] * 3
    assert waits[4] > timedelta(hours=9)
    assert len({headers["Crm-Event-Id"] for headers, _ in served.got}) == 1
    assert len({headers["Crm-Signature"] for headers, _ in served.got}) == 6
    steps = [e.to_status for e in hook.rows(StatusEvent) if e.entity == "webhook_deliveries"]
    assert Counter(steps) == Counter(PENDING=1, SENT=6, RETRY=5, FAILED=1)
    assert not [e for e in hook.rows(DomainEvent) if e.entity == "webhook_deliveries"]


def test_gone_switches_off_at_once_and_tells_the_administrators(
    company: Tenant, served: Receiver
) -> None:
    hook = Hook(company, served, ["lead.new"])
    with tenant_session(hook.admin) as session:
        a_lead(session, hook.admin, company.locations["VANC"])
    hook.publish()
    served.answers = [(410, {}, b"gone")]
    assert hook.round(hours(0)) == Counter(FAILED=1)
    assert not hook.rows(Webhook)[0].is_active
    (note,) = hook.rows(Notification)
    assert note.user_id == hook.admin.user_id
    assert note.title == "Webhook erp was switched off"


def test_twenty_failures_in_a_row_switch_off_and_what_waits_goes_out_later(
    company: Tenant, served: Receiver
) -> None:
    hook = Hook(company, served, ["lead.new"])
    with tenant_session(hook.admin) as session:
        for _ in range(22):
            a_lead(session, hook.admin, company.locations["VANC"])
    assert hook.publish() == 22
    served.answers = [(500, {}, b"")] * 20
    assert hook.round(hours(0)) == Counter(RETRY=20)
    (row,) = hook.rows(Webhook)
    assert (row.is_active, row.consecutive_failure_count) == (False, 20)
    assert len(hook.rows(Notification)) == 1
    assert hook.round(hours(1)) == Counter(), "nothing goes to a webhook that is off"
    with tenant_session(hook.admin) as session:
        webhooks.switch(session, hook.admin, webhook_id=row.id, is_active=True, at=hours(1))
    assert hook.round(hours(1)) == Counter(DELIVERED=22)
    assert hook.rows(Webhook)[0].success_count == 22


def test_a_receiver_that_never_ends_is_cut_off(company: Tenant, served: Receiver) -> None:
    hook = Hook(company, served, ["lead.new"])
    with tenant_session(hook.admin) as session:
        a_lead(session, hook.admin, company.locations["VANC"])
    hook.publish()
    served.drips = True
    assert hook.round(hours(0), seconds=0.5) == Counter(RETRY=1)
    assert hook.rows(Webhook)[0].last_error == "no answer within 0.5 seconds"


def test_a_process_that_died_while_sending_is_noticed(company: Tenant, served: Receiver) -> None:
    hook = Hook(company, served, ["lead.new"])
    with tenant_session(hook.admin) as session:
        a_lead(session, hook.admin, company.locations["VANC"])
    hook.publish()
    (row,) = hook.rows(WebhookDelivery)
    with tenant_session(hook.system) as session:
        assert webhooks.begin(session, hook.system, delivery_id=row.id, at=hours(0)) is not None
    assert hook.round(hours(0.1)) == Counter()
    assert hook.round(hours(1)) == Counter(), "its wait begins when it is noticed"
    assert hook.rows(WebhookDelivery)[0].status == "RETRY"
    assert hook.round(hours(2)) == Counter(DELIVERED=1)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_stands_for_an_inside_address_is_not_dialled(
    served: Receiver, address: str
) -> None:
    served.address = address
    outcome = _post(served, served.url)
    assert outcome.error == f"url: {HOST} does not stand for an address on the internet"
    assert served.got == []


def test_by_default_loopback_and_strange_ports_are_refused(served: Receiver) -> None:
    async def run(url: str) -> webhooks.Outcome:
        async with new_client(served.context) as client:
            return await post(Request(ONE, url, {}, b"{}"), client)

    assert "port" in str(asyncio.run(run(served.url)).error)
    assert "number" in str(asyncio.run(run("https://127.0.0.1/")).error)
    assert served.got == []


def test_a_certificate_of_somebody_else_is_refused(served: Receiver) -> None:
    async def run() -> webhooks.Outcome:
        async with new_client() as client:
            request = Request(ONE, served.url, {}, b"{}")
            return await post(request, client, served.egress())

    assert asyncio.run(run()).error == "no answer: ConnectError"
    assert served.got == []


def _post(served: Receiver, url: str) -> webhooks.Outcome:
    async def run() -> webhooks.Outcome:
        async with new_client(served.context) as client:
            request = Request(ONE, url, {}, b"{}")
            return await post(request, client, served.egress())

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"url": "http://hooks.example.com"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["quote.eaten"]}, "events"),
        ({"events": ["nothing.*"]}, "events"),
        ({"headers": {"Crm-Signature": "x"}}, "headers"),
        ({"headers": {"X-A": "a\r\nb"}}, "headers"),
        ({"name": " "}, "name"),
    ],
)
def test_a_subscription_that_cannot_work_is_refused(
    company: Tenant, changed: dict[str, Any], named: str
) -> None:
    good = {"name": "erp", "url": f"https://{HOST}/in", "events": ["lead.new"]}
    admin = company.subjects["admin"]
    with tenant_session(admin) as session, pytest.raises(InvalidInput, match=f"^{named}:"):
        webhooks.subscribe(session, admin, data=WebhookData(**(good | changed)), at=hours(0))


def test_only_administrators_have_webhooks(company: Tenant) -> None:
    data = WebhookData("erp", f"https://{HOST}/in", ["lead.new"])
    manager = company.subjects["manager"]
    with tenant_session(manager) as session, pytest.raises(ActionRefused):
        webhooks.subscribe(session, manager, data=data, at=hours(0))
