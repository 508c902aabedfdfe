"""Messages to customers: consent, quiet hours, carriers in trouble, what events and days make."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import CommunicationType, MessageDirection, TemplateType
from crm_core.errors import InvalidInput
from crm_core.models import AuditEntry, Communication, Customer, Lead, Survey, Template
from crm_core.security.permissions import ActionRefused, Subject, system_subject
from crm_core.services.communication import communications, consent, reminders, sending, templates
from crm_core.services.communication.communications import About
from crm_core.services.communication.consent import RecipientUnreachable
from crm_core.services.communication.message_delivery import Handed, HttpCarrier, send_due
from crm_core.services.communication.sending import Receipt
from crm_core.services.communication.template_language import TemplateRefused, Variable
from crm_core.services.communication.template_seed import TEMPLATES
from crm_core.services.communication.templates import TemplateData
from crm_core.services.integration import outbox
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.operations import journeys
from crm_core.services.sales import surveys
from tests.factories import Tenant
from tests.integration.crm_core.flow import (
    a_customer,
    a_lead,
    a_sent_quote,
    an_accepted_quote,
    an_issued_invoice,
    done,
    hours,
    paid,
)
from tests.integration.crm_core.provider import Provider, provider

EMAIL, SMS = CommunicationType.EMAIL, CommunicationType.SMS
HELLO = TemplateData("hello", TemplateType.EMAIL, "Dear {{ name }}", "Hi", [Variable("name")])


class Desk:
    """A company with the seeded templates, and the acts of the tests."""

    def __init__(self, company: Tenant) -> None:
        self.company, self.admin = company, company.subjects["admin"]
        self.system = system_subject(company.client_id)
        self.branch = company.locations["VANC"]
        with tenant_session(self.admin) as session:
            templates.seed(session, self.admin, data=[*TEMPLATES, HELLO], at=hours(0))

    def customer(self, **changed: Any) -> UUID:
        with tenant_session(self.admin) as session:
            row = a_customer(session, self.admin, self.branch)
            for name, value in changed.items():
                setattr(row, name, value)
            return row.id

    def hello(self, customer_id: UUID, at: datetime, **more: Any) -> Communication:
        with tenant_session(self.admin) as session:
            return communications.compose(
                session, self.admin, customer_id=customer_id, template="hello",
                values={"name": "Robin"}, at=at, **more,
            )  # fmt: skip

    def rows(self, model: Any, *conditions: Any) -> list[Any]:
        with tenant_session(self.system) as session:
            return list(session.scalars(select(model).where(*conditions).order_by(model.id)))

    def told(self) -> list[str]:
        """Which templates were used, in order."""
        return [tag.split(":")[0] for row in self.rows(Communication) for tag in row.tags]


@pytest.fixture
def desk(company: Tenant) -> Desk:
    return Desk(company)


@pytest.fixture
def carrier() -> Iterator[HttpCarrier]:
    with provider() as made:
        yield made


def _round(desk: Desk, carrier: HttpCarrier, at: datetime) -> Handed:
    return send_due(desk.system, {EMAIL: carrier, SMS: carrier}, lambda: at)


def test_a_message_goes_out_with_its_text_and_version_and_is_read(
    desk: Desk, carrier: HttpCarrier
) -> None:
    customer = desk.customer()
    message = desk.hello(customer, hours(0))
    assert _round(desk, carrier, hours(0)) == Handed(sent=1)
    assert _round(desk, carrier, hours(0)) == Handed()
    (body,) = Provider.got
    assert (body["to"], body["subject"], body["text"]) == (
        "robin.maple@example.com", "Hi", "Dear Robin",
    )  # fmt: skip
    with tenant_session(desk.system) as session:
        for receipt, status in (
            (Receipt.READ, "READ"), (Receipt.DELIVERED, "READ"), (Receipt.CLICKED, "READ"),
            (Receipt.BOUNCED, "READ"),
        ):  # fmt: skip
            row = sending.receive_receipt(
                session, desk.system, provider_message_id="m1", receipt=receipt, at=hours(-1)
            )
            assert row.status == status
        assert row.id == message.id and row.sent_on == date(2026, 11, 20)
        assert row.sent_at == row.delivered_at == row.read_at == row.clicked_at == hours(0)
        assert (row.template_version, row.variables) == (1, {"name": "Robin"})
        with pytest.raises(InvalidInput, match="provider_message_id"):
            sending.receive_receipt(
                session, desk.system, provider_message_id="x", receipt=Receipt.READ, at=hours(1)
            )


def test_a_message_is_never_read_before_it_was_delivered(desk: Desk, carrier: HttpCarrier) -> None:
    desk.hello(desk.customer(), hours(0))
    _round(desk, carrier, hours(0))
    for receipt, at in ((Receipt.DELIVERED, hours(2)), (Receipt.READ, hours(1))):
        with tenant_session(desk.system) as session:
            row = sending.receive_receipt(
                session, desk.system, provider_message_id="m1", receipt=receipt, at=at
            )
    assert row.delivered_at == row.read_at == hours(2)


def test_a_busy_carrier_is_asked_four_times(desk: Desk, carrier: HttpCarrier) -> None:
    desk.hello(desk.customer(), hours(0))
    Provider.answers = [500, 429, 503, 500]
    for minutes in (0, 1, 6, 36):
        assert _round(desk, carrier, hours(0) + timedelta(minutes=minutes)) == Handed(failed=1)
    (row,) = desk.rows(Communication)
    assert (row.status, row.attempt_count) == ("FAILED", 4)
    assert row.failure_reason == "the carrier answered 500"
    assert len({body["key"] for body in Provider.got}) == 1


def test_a_hard_bounce_flags_the_address_until_there_is_another(
    desk: Desk, carrier: HttpCarrier
) -> None:
    customer = desk.customer(phone="604 555 0100")
    desk.hello(customer, hours(0))
    Provider.answers = [422]
    assert _round(desk, carrier, hours(0)) == Handed(failed=1)
    with pytest.raises(RecipientUnreachable, match="came back as undeliverable"):
        desk.hello(customer, hours(1))
    assert desk.hello(customer, hours(1), channels=(EMAIL, SMS)).type == "SMS"
    with tenant_session(desk.admin) as session:
        session.get_one(Customer, (desk.company.client_id, customer)).email = "new@example.com"
    assert desk.hello(customer, hours(1)).recipient == "new@example.com"


def test_an_unknown_outcome_is_parked_and_never_sent_by_itself(
    desk: Desk, carrier: HttpCarrier
) -> None:
    message = desk.hello(desk.customer(), hours(0))
    Provider.answers = [0]
    assert _round(desk, carrier, hours(0)) == Handed(parked=1)
    assert _round(desk, carrier, hours(4)) == Handed()
    with tenant_session(desk.admin) as session:
        assert [row.id for row in communications.parked(session, desk.admin)] == [message.id]
        communications.release(session, desk.admin, communication_id=message.id, at=hours(5))
    assert _round(desk, carrier, hours(5)) == Handed(sent=1)


def test_nobody_is_written_to_at_night_but_for_their_safety(
    desk: Desk, carrier: HttpCarrier
) -> None:
    night = hours(13)  # 00:00 in Vancouver
    customer = desk.customer()
    assert desk.hello(customer, night).next_attempt_at == hours(21)
    assert desk.hello(customer, night, is_safety=True).next_attempt_at == night
    desk.hello(customer, hours(10))  # 21:00 is night; a late worker looks again
    assert _round(desk, carrier, night) == Handed(sent=1)
    assert _round(desk, carrier, hours(21)) == Handed(sent=2)


def test_consent_is_asked_when_it_is_drafted_and_again_when_it_goes(
    desk: Desk, carrier: HttpCarrier
) -> None:
    customer = desk.customer()
    desk.hello(customer, hours(0), send_at=hours(2))
    with tenant_session(desk.admin) as session:
        consent.opt_out(session, desk.admin, customer_id=customer, channel=EMAIL, at=hours(1))
    assert _round(desk, carrier, hours(2)) == Handed()
    (row,) = desk.rows(Communication)
    assert (row.status, row.failure_reason) == ("FAILED", "opted out of EMAIL")
    with pytest.raises(RecipientUnreachable, match="opted out"):
        desk.hello(customer, hours(3))
    with pytest.raises(RecipientUnreachable, match="no phone is known"):
        desk.hello(customer, hours(3), channels=(SMS,))


def test_a_complaint_is_an_opt_out(desk: Desk, carrier: HttpCarrier) -> None:
    customer = desk.customer()
    desk.hello(customer, hours(0))
    _round(desk, carrier, hours(0))
    with tenant_session(desk.system) as session:
        sending.receive_receipt(
            session, desk.system, provider_message_id="m1", receipt=Receipt.COMPLAINED, at=hours(1)
        )
    assert desk.rows(Customer)[0].is_email_opted_out


def test_a_call_is_noted_by_hand_and_ends_the_response_time(desk: Desk) -> None:
    with tenant_session(desk.admin) as session:
        lead = a_lead(session, desk.admin, desk.branch)
        call = communications.log(
            session, desk.admin, customer_id=lead.customer_id, recipient="604 555 0100",
            type=CommunicationType.PHONE_CALL, content="Wants a piano moved",
            about=About(lead_id=lead.id), at=hours(1),
        )  # fmt: skip
        assert (call.status, call.delivered_at) == ("DELIVERED", hours(1))
        with pytest.raises(InvalidInput, match="composed"):
            communications.log(
                session, desk.admin, customer_id=lead.customer_id, type=EMAIL, content="a",
                at=hours(1),
            )  # fmt: skip
        reply = communications.log(
            session, desk.admin, customer_id=lead.customer_id, type=EMAIL, content="Yes",
            direction=MessageDirection.INBOUND, at=hours(2),
        )  # fmt: skip
        assert reply.recipient == "robin.maple@example.com"
    (row,) = desk.rows(Lead)
    assert (row.status, row.first_contacted_at) == ("CONTACTED", hours(1))


def test_nobody_marks_a_message_as_sent_that_was_not_claimed(desk: Desk) -> None:
    message = desk.hello(desk.customer(), hours(0))
    with tenant_session(desk.system) as session, pytest.raises(TransitionRefused, match="claimed"):
        sending.sent(session, desk.system, communication_id=message.id, at=hours(0))
    with tenant_session(desk.admin) as session, pytest.raises(ActionRefused):
        sending.sent(session, desk.admin, communication_id=message.id, at=hours(0))


def test_a_template_is_revised_by_version_and_refuses_what_it_cannot_say(desk: Desk) -> None:
    admin = desk.admin
    (first,) = desk.rows(Template, Template.name == "hello")
    other = TemplateData("hello", TemplateType.EMAIL, "{{ nam }}", "Hi", [Variable("name")])
    with pytest.raises(InvalidInput, match="revise it"), tenant_session(admin) as session:
        templates.create(session, admin, data=HELLO, at=hours(1))
    with pytest.raises(TemplateRefused, match="nam is not"), tenant_session(admin) as session:
        templates.revise(session, admin, template_id=first.id, data=other, at=hours(1))
    with tenant_session(admin) as session:
        new = TemplateData("hello", TemplateType.EMAIL, "Hi {{ name }}", "Hi", [Variable("name")])
        templates.revise(session, admin, template_id=first.id, data=new, at=hours(1))
    message = desk.hello(desk.customer(), hours(2))
    assert (message.template_version, message.content) == (2, "Hi Robin")
    with pytest.raises(TemplateRefused, match=r"^name:"), tenant_session(admin) as session:
        communications.compose(
            session, admin, customer_id=desk.customer(), template="hello", values={}, at=hours(2)
        )


def _publish(desk: Desk, at: datetime) -> int:
    with tenant_session(desk.system) as session:
        return outbox.publish(session, desk.system, as_of=at).messages


def test_a_sale_tells_its_customer_what_happens(desk: Desk) -> None:
    with tenant_session(desk.admin) as session:
        invoice = an_issued_invoice(session, desk.admin, desk.branch)
        paid(session, desk.admin, invoice, invoice.total_amount)
    assert invoice.issued_at is not None
    at = invoice.issued_at + timedelta(hours=1)
    assert _publish(desk, at) == 2, "old news is not sent"
    assert _publish(desk, at) == 0
    assert sorted(desk.told()) == ["invoice_sent", "payment_receipt"]
    texts = [row.content for row in desk.rows(Communication)]
    assert all(f"{invoice.total_amount:,.2f} CAD" in text for text in texts)
    assert all(row.is_automatic for row in desk.rows(Communication))


def test_events_on_the_day_tell_in_the_language_of_the_customer(desk: Desk) -> None:
    with tenant_session(desk.admin) as session:
        quote = an_accepted_quote(session, desk.admin, desk.branch)
        session.get_one(Customer, (desk.company.client_id, quote.customer_id)).language = "fr"
        (journey,) = journeys.convert(session, desk.admin, quote_id=quote.id, at=hours(4))
    assert _publish(desk, hours(4)) == 2
    assert sorted(desk.told()) == ["booking_confirmed", "quote_sent"]
    (booking,) = desk.rows(Communication, Communication.journey_id.is_not(None))
    assert booking.content.startswith("Bonjour Robin,") and "5 décembre 2026" in booking.content
    start = journey.planned_start_at
    with tenant_session(desk.admin) as session:
        journeys.depart(session, desk.admin, journey_id=journey.id, at=start)
    assert _publish(desk, start + timedelta(minutes=5)) == 1
    assert desk.told()[-1] == "crew_on_the_way"


def test_whoever_cannot_be_told_is_skipped_and_noted(desk: Desk) -> None:
    with tenant_session(desk.admin) as session:
        quote = a_sent_quote(session, desk.admin, desk.branch)
        session.get_one(Customer, (desk.company.client_id, quote.customer_id)).email = None
    assert _publish(desk, hours(3)) == 0
    (entry,) = desk.rows(AuditEntry, AuditEntry.action == "SKIP")
    assert entry.details["why"] == "RecipientUnreachable"


def _daily(desk: Desk, at: datetime) -> int:
    with tenant_session(desk.system) as session:
        return reminders.run_daily(session, desk.system, as_of=at)


def test_the_calendar_reminds_once_per_step(desk: Desk) -> None:
    with tenant_session(desk.admin) as session:
        invoice = an_issued_invoice(session, desk.admin, desk.branch)
        open_quote = a_sent_quote(session, desk.admin, desk.branch)
    due_on, ends_on = invoice.due_on, open_quote.valid_until_on
    assert due_on is not None
    noon = datetime.combine(min(due_on, ends_on), hours(2).timetz())
    days = [noon + timedelta(days=day) for day in range(-10, 50)]
    for at in days:
        _daily(desk, at)
        assert _daily(desk, at) == 0
    assert sorted(desk.told()) == sorted(
        ["invoice_due_soon", "quote_expiring"] + ["invoice_overdue"] * 3
    )


def test_the_day_before_is_told_and_a_paid_invoice_is_not(desk: Desk) -> None:
    with tenant_session(desk.admin) as session:
        quote = an_accepted_quote(session, desk.admin, desk.branch)
        (journey,) = journeys.convert(session, desk.admin, quote_id=quote.id, at=hours(4))
        paid_one = an_issued_invoice(session, desk.admin, desk.branch)
        paid(session, desk.admin, paid_one, paid_one.total_amount)
    assert _daily(desk, journey.planned_start_at - timedelta(days=2)) == 0
    assert _daily(desk, journey.planned_start_at - timedelta(hours=20)) == 1
    assert desk.told() == ["day_before"]
    for day in range(60):
        assert _daily(desk, journey.planned_start_at + timedelta(days=day)) == 0


def test_an_apology_waits_for_a_person(desk: Desk, carrier: HttpCarrier) -> None:
    with tenant_session(desk.admin) as session:
        quote = an_accepted_quote(session, desk.admin, desk.branch)
        (journey,) = journeys.convert(session, desk.admin, quote_id=quote.id, at=hours(4))
    for made in (1, 0):
        with tenant_session(desk.admin) as session:
            drafted = reminders.draft_apology(
                session, desk.admin, journey_id=journey.id, at=hours(5)
            )
            assert drafted == made
    assert _round(desk, carrier, hours(9)) == Handed()
    (row,) = desk.rows(Communication)
    with tenant_session(desk.admin) as session:
        communications.release(session, desk.admin, communication_id=row.id, at=hours(9))
    assert _round(desk, carrier, hours(9)) == Handed(sent=1)


def test_a_survey_is_sent_a_day_after_the_job_and_answered_once(desk: Desk) -> None:
    with tenant_session(desk.admin) as session:
        quote = an_accepted_quote(session, desk.admin, desk.branch)
        (planned,) = journeys.convert(session, desk.admin, quote_id=quote.id, at=hours(4))
        journey = done(session, desk.admin, planned)
    assert journey.completed_at is not None
    ended = journey.completed_at

    def ask(after: float) -> int:
        with tenant_session(desk.system) as session:
            return len(surveys.send_due(session, desk.system, as_of=hours(after, ended)))

    assert [ask(23), ask(24), ask(25)] == [0, 1, 0]
    assert desk.told() == ["feedback_request"]
    (survey,) = desk.rows(Survey)

    def answer(session: Session, subject: Subject, **scores: int) -> Survey:
        return surveys.answer(session, subject, survey_id=survey.id, at=hours(30, ended), **scores)

    with tenant_session(desk.admin) as session:
        for wrong in ({}, {"recommend_score": 11}, {"satisfaction_score": 0}):
            with pytest.raises(InvalidInput, match="_score:"):
                answer(session, desk.admin, **wrong)
        assert answer(session, desk.admin, recommend_score=9).status == "ANSWERED"
        with pytest.raises(TransitionRefused):
            answer(session, desk.admin, recommend_score=1)
    with tenant_session(desk.system) as session:
        late = hours(24 * 40, ended)
        assert surveys.expire_due(session, desk.system, as_of=late) == 0
