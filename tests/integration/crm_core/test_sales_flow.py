"""From a request to a paid invoice, through the services alone, on a real database."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_core.database import tenant_session
from crm_core.enums import (
    CustomerType,
    DataSource,
    InvoiceStatus,
    JourneyStage,
    LeadStatus,
    PaymentStatus,
    QuoteStatus,
    StepStatus,
)
from crm_core.errors import InvalidInput
from crm_core.models import (
    AuditEntry,
    Invoice,
    InvoiceItem,
    JourneyStep,
    Lead,
    Payment,
    Quote,
    TruckJourney,
)
from crm_core.security.permissions import ActionRefused
from crm_core.services import rows
from crm_core.services.finance import invoices, payments
from crm_core.services.finance.invoices import Bill, JourneyNotBillable
from crm_core.services.finance.payments import IdempotencyKeyReused, InvoiceNotPayable
from crm_core.services.finance.pricing import Line
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.operations import journeys
from crm_core.services.operations.journeys import JourneyPlan
from crm_core.services.sales import leads, quote_approval, quotes
from crm_core.services.sales.quotes import Offer
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import (
    LABOUR,
    MOVE_ON,
    a_customer,
    a_lead,
    a_sent_quote,
    an_accepted_quote,
    an_issued_invoice,
    done,
    hours,
    paid,
    reviewed,
)


def test_a_sale_goes_from_request_to_payment(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        paid(session, admin, invoice, invoice.total_amount)
    with tenant_session(admin) as session:
        lead = session.scalars(select(Lead)).one()
        quote = session.scalars(select(Quote)).one()
        journey = session.scalars(select(TruckJourney)).one()
        invoice = session.scalars(select(Invoice)).one()
        payment = session.scalars(select(Payment)).one()
        steps = session.scalars(select(JourneyStep).order_by(JourneyStep.step_number)).all()
    assert (lead.status, lead.won_on) == (LeadStatus.WON, date(2026, 11, 20))
    assert lead.first_contacted_at == hours(2)
    assert (quote.status, quote.quote_number) == (QuoteStatus.CONVERTED, "Q-2026-000001")
    assert quote.decided_on == quote.accepted_on == date(2026, 11, 20)
    assert (journey.status, journey.service_on) == (JourneyStage.COMPLETED, MOVE_ON)
    assert journey.completed_on == MOVE_ON
    assert [step.status for step in steps] == [StepStatus.COMPLETED] * 4
    assert all(step.duration_minutes is not None for step in steps)
    # 5.5 x 189.00 = 1039.50 of service, 4 x 9.99 = 39.96 of goods; GST on both, PST on goods
    assert invoice.subtotal_amount == Decimal("1079.46")
    assert invoice.tax_lines == [
        {"code": "GST", "rate": "0.05000", "base": "1079.46", "amount": "53.97"},
        {"code": "PST", "rate": "0.07000", "base": "39.96", "amount": "2.80"},
    ]
    assert invoice.total_amount == Decimal("1136.23") == payment.payment_amount
    assert (invoice.status, invoice.balance_amount) == (InvoiceStatus.PAID, Decimal(0))
    assert (invoice.invoice_number, invoice.paid_on) == ("INV-2026-000001", MOVE_ON)
    assert journey.billed_amount == invoice.subtotal_amount == journey.quoted_amount


def test_every_transition_is_audited_once(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        an_accepted_quote(session, admin, branch)
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.occurred_at)).all()
    acts = [(entry.occurred_at, entry.resource, entry.action) for entry in entries]
    assert sorted(acts) == [
        (hours(0), "CUSTOMER", "CREATE"),
        (hours(0), "LEAD", "CREATE"),
        (hours(1), "QUOTE", "CREATE"),
        (hours(2), "LEAD", "CONTACT"),
        (hours(2), "LEAD", "QUALIFY"),
        (hours(2), "LEAD", "QUOTE_SENT"),
        (hours(2), "QUOTE", "SEND"),
        (hours(3), "LEAD", "WIN"),
        (hours(3), "QUOTE", "ACCEPT"),
    ]
    won = next(entry for entry in entries if entry.action == "WIN")
    assert won.details == {"from": "PROPOSAL_SENT", "to": "WON"}
    assert {entry.owner_id for entry in entries} == {admin.user_id}


def test_local_dates_are_the_branchs_not_utc(company: Tenant) -> None:
    admin = company.subjects["admin"]
    evening = TEST_NOW.replace(hour=23, minute=30) + timedelta(hours=7)  # 21st, 06:30 UTC
    with tenant_session(admin) as session:
        west = a_customer(session, admin, company.locations["VANC"], at=evening)
        east = a_customer(session, admin, company.locations["DTOR"], at=evening)
    assert (west.created_on, east.created_on) == (date(2026, 11, 20), date(2026, 11, 21))
    assert west.email == "robin.maple@example.com"


def test_acceptance_supersedes_the_other_open_quotes_of_the_lead(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        first = a_sent_quote(session, admin, branch)
        other = quotes.draft(
            session, admin, lead_id=first.lead_id, offer=Offer([LABOUR]), at=hours(2)
        )
        quotes.accept(session, admin, quote_id=first.id, at=hours(3))
        session.refresh(other)
        assert (other.status, other.decided_on) == (QuoteStatus.SUPERSEDED, None)


def test_a_revision_supersedes_its_parent_and_keeps_the_family(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        parent = a_sent_quote(session, admin, branch)
        child = quotes.revise(
            session, admin, quote_id=parent.id, offer=Offer([LABOUR]), at=hours(5)
        )
        lead = rows.get(session, admin, Lead, parent.lead_id)
        assert parent.status == QuoteStatus.SENT
        assert (child.family_id, child.version) == (parent.family_id, 2)
        assert (child.parent_quote_id, child.quote_number) == (parent.id, "Q-2026-000001-2")
        assert lead.status == LeadStatus.NEGOTIATION
        quotes.send(session, admin, quote_id=child.id, at=hours(6))
        assert parent.status == QuoteStatus.SUPERSEDED
        quotes.accept(session, admin, quote_id=child.id, at=hours(7))
        assert lead.status == LeadStatus.WON


def test_an_expired_offer_can_be_renewed_without_changing_its_decision(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    later = TEST_NOW + timedelta(days=31)
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch)
        with pytest.raises(TransitionRefused, match="valid until 2026-12-20"):
            quotes.expire(session, admin, quote_id=quote.id, at=hours(3))
        with pytest.raises(TransitionRefused, match="valid only until"):
            quotes.accept(session, admin, quote_id=quote.id, at=later)
        quotes.expire(session, admin, quote_id=quote.id, at=later)
        child = quotes.revise(session, admin, quote_id=quote.id, offer=Offer([LABOUR]), at=later)
    assert (quote.status, quote.decided_on) == (QuoteStatus.EXPIRED, date(2026, 12, 21))
    assert (child.status, child.valid_until_on) == (QuoteStatus.DRAFT, date(2027, 1, 20))


def test_a_lost_lead_takes_its_open_quotes_with_it(company: Tenant) -> None:
    manager, branch = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        quote = a_sent_quote(session, manager, branch)
        lead = leads.lose(
            session, manager, lead_id=quote.lead_id, reason="too expensive", at=hours(9)
        )
        session.refresh(quote)
        assert (quote.status, quote.decided_on) == (QuoteStatus.EXPIRED, lead.lost_on)
        with pytest.raises(ActionRefused, match="ask the branch manager"):
            sales = company.subjects["sales_rep"]
            leads.reopen(session, sales, lead_id=lead.id, at=hours(10))
        leads.reopen(session, manager, lead_id=lead.id, at=hours(10))
        assert (lead.status, lead.lost_reason) == (LeadStatus.CONTACTED, None)


def test_a_lead_is_qualified_when_enough_is_known(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        leads.contact(session, admin, lead_id=lead.id, at=hours(1))
        lead.move_size = None
        session.flush()
        with pytest.raises(TransitionRefused, match="move_size not known yet"):
            leads.qualify(session, admin, lead_id=lead.id, at=hours(2))


def test_a_large_discount_needs_somebody_elses_approval(company: Tenant) -> None:
    branch = company.locations["VANC"]
    sales, manager = company.subjects["sales_rep"], company.subjects["manager"]
    offer = Offer([LABOUR], discount_amount=Decimal("120.00"))
    with tenant_session(sales) as session:
        lead = a_lead(session, sales, branch)
        quote = quotes.draft(session, sales, lead_id=lead.id, offer=offer, at=hours(1))
        with pytest.raises(TransitionRefused, match="approval is PENDING"):
            quotes.send(session, sales, quote_id=quote.id, at=hours(1))
        with pytest.raises(ActionRefused, match="SALES_REP may not APPROVE QUOTE"):
            quote_approval.approve(session, sales, quote_id=quote.id, at=hours(1))
    with tenant_session(manager) as session:
        quote_approval.approve(session, manager, quote_id=quote.id, at=hours(1))
    with tenant_session(sales) as session:
        sent = quotes.send(session, sales, quote_id=quote.id, at=hours(2))
    assert (sent.status, sent.approved_by_id) == (QuoteStatus.SENT, manager.user_id)


def test_more_than_fifteen_percent_is_for_head_office(company: Tenant) -> None:
    branch = company.locations["VANC"]
    sales, manager = company.subjects["sales_rep"], company.subjects["manager"]
    offer = Offer([LABOUR], discount_amount=Decimal("200.00"))
    with tenant_session(sales) as session:
        lead = a_lead(session, sales, branch)
        quote = quotes.draft(session, sales, lead_id=lead.id, offer=offer, at=hours(1))
    with tenant_session(manager) as session, pytest.raises(InvalidInput, match="head office"):
        quote_approval.approve(session, manager, quote_id=quote.id, at=hours(1))


def test_a_quote_becomes_several_journeys_whose_shares_add_up(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = an_accepted_quote(session, admin, branch)
        starts = [hours(24 * day) for day in (15, 16, 17)]
        plans = [JourneyPlan(start, hours(6, start)) for start in starts]
        made = journeys.convert(session, admin, quote_id=quote.id, at=hours(4), plans=plans)
        bills = [
            invoices.draft_for_journey(
                session, admin, journey_id=done(session, admin, journey).id, at=starts[-1]
            )
            for journey in made
        ]
        with pytest.raises(TransitionRefused, match="quote is CONVERTED"):
            journeys.convert(session, admin, quote_id=quote.id, at=hours(5))
    assert [journey.sequence for journey in made] == [1, 2, 3]
    assert sum(journey.quoted_amount for journey in made) == quote.subtotal_amount
    net = [bill.subtotal_amount - bill.discount_amount for bill in bills]
    assert sum(net) == quote.subtotal_amount - quote.discount_amount


def test_only_a_finished_journey_is_billed_and_only_once(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = an_accepted_quote(session, admin, branch)
        (journey,) = journeys.convert(session, admin, quote_id=quote.id, at=hours(4))
        with pytest.raises(JourneyNotBillable, match="is SCHEDULED"):
            invoices.draft_for_journey(session, admin, journey_id=journey.id, at=hours(5))
        done(session, admin, journey)
        extra = Line(LABOUR.category, "Stairs", Decimal(1), Decimal("75.00"))
        bill = Bill([LABOUR, extra], Decimal("10.00"))
        draft = invoices.draft_for_journey(
            session, admin, journey_id=journey.id, at=hours(400), bill=bill
        )
        with pytest.raises(JourneyNotBillable, match="already"):
            invoices.draft_for_journey(session, admin, journey_id=journey.id, at=hours(400))
        items = session.scalars(select(InvoiceItem)).all()
    assert sum(item.total_amount for item in items) == draft.subtotal_amount
    assert draft.total_amount == Decimal("1159.73")  # (1039.50 + 75.00 - 10.00) x 1.05


def test_a_redated_journey_gives_its_quote_back(company: Tenant) -> None:
    manager, branch = company.subjects["manager"], company.locations["VANC"]
    with tenant_session(manager) as session:
        quote = an_accepted_quote(session, manager, branch)
        (first,) = journeys.convert(session, manager, quote_id=quote.id, at=hours(4))
        journeys.cancel(
            session, manager, journey_id=first.id, reason="new date", at=hours(5), is_redated=True
        )
        assert quote.status == QuoteStatus.ACCEPTED
        (second,) = journeys.convert(session, manager, quote_id=quote.id, at=hours(6))
        assert (second.sequence, second.quoted_amount) == (2, quote.subtotal_amount)
        assert (first.status, first.quoted_amount) == (JourneyStage.CANCELLED, Decimal(0))
        done(session, manager, second)
        bill = invoices.draft_for_journey(session, manager, journey_id=second.id, at=hours(400))
        assert bill.subtotal_amount == quote.subtotal_amount


def test_a_finished_journey_is_audited_by_someone_who_may_approve(company: Tenant) -> None:
    manager, branch = company.subjects["manager"], company.locations["VANC"]
    dispatcher = company.subjects["dispatcher"]
    with tenant_session(manager) as session:
        quote = an_accepted_quote(session, manager, branch)
    with tenant_session(dispatcher) as session:
        (journey,) = journeys.convert(session, dispatcher, quote_id=quote.id, at=hours(4))
        done(session, dispatcher, journey)
        with pytest.raises(ActionRefused, match="DISPATCHER may not APPROVE"):
            journeys.audit_journey(session, dispatcher, journey_id=journey.id, at=hours(400))
    with tenant_session(manager) as session:
        reviewed(session, manager, journey, at=hours(400))
        audited = journeys.audit_journey(session, manager, journey_id=journey.id, at=hours(400))
    assert audited.status == JourneyStage.AUDITED


def test_payments_move_the_invoice_and_never_exceed_it(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        part = paid(session, admin, invoice, Decimal("100.00"))
        assert invoice.status == InvoiceStatus.PARTIAL_PAID
        assert invoice.paid_amount == Decimal("100.00")
        with pytest.raises(InvalidInput, match=r"more than 1036\.23 owed"):
            paid(session, admin, invoice, Decimal("1036.24"))
        paid(session, admin, invoice, Decimal("1036.23"))
        assert invoice.status == InvoiceStatus.PAID
        with pytest.raises(InvoiceNotPayable):
            paid(session, admin, invoice, Decimal("0.01"))
        payments.refund(session, admin, payment_id=part.id, at=hours(500))
        assert part.status == PaymentStatus.REFUNDED
        assert invoice.balance_amount == Decimal("100.00")
        assert (invoice.status, invoice.paid_on) == (InvoiceStatus.OVERDUE, None)


def test_money_returned_in_full_ends_the_invoice(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        payment = paid(session, admin, invoice, invoice.total_amount)
        payments.refund(
            session, admin, payment_id=payment.id, at=hours(500), amount=Decimal("36.23")
        )
        assert payment.status == PaymentStatus.COMPLETED
        with pytest.raises(InvalidInput, match=r"more than the 1100\.00 left"):
            payments.refund(
                session, admin, payment_id=payment.id, at=hours(500), amount=Decimal("1100.01")
            )
        payments.refund(session, admin, payment_id=payment.id, at=hours(501))
    assert (invoice.status, invoice.paid_amount) == (InvoiceStatus.REFUNDED, Decimal(0))
    assert payment.status == PaymentStatus.REFUNDED


def test_the_same_key_is_the_same_payment(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        first = paid(session, admin, invoice, Decimal("50.00"), key="till-1")
        again = paid(session, admin, invoice, Decimal("50.00"), key="till-1")
        assert again.id == first.id
        assert invoice.paid_amount == Decimal("50.00")
        with pytest.raises(IdempotencyKeyReused):
            paid(session, admin, invoice, Decimal("51.00"), key="till-1")


def test_an_unpaid_invoice_falls_due_and_can_be_cancelled(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch, CustomerType.CORPORATE_ACCOUNT)
        assert invoice.issued_on is not None
        assert invoice.due_on == invoice.issued_on + timedelta(days=15)
        later = hours(24 * 17, invoice.issued_at or TEST_NOW)
        invoices.refresh_status(session, admin, invoice_id=invoice.id, at=later)
        assert invoice.status == InvoiceStatus.OVERDUE
        invoices.cancel(session, admin, invoice_id=invoice.id, reason="wrong address", at=later)
        journey = session.scalars(select(TruckJourney)).one()
    assert (invoice.status, invoice.invoice_number) == (
        InvoiceStatus.CANCELLED,
        "INV-2026-000001",
    )
    assert journey.billed_amount == 0


def test_an_import_skips_guards_about_the_present_and_keeps_its_origin(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    past = TEST_NOW - timedelta(days=400)
    source = DataSource.SMARTMOVING
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch, at=past)
        offer = Offer([LABOUR], move_on=past.date(), valid_until_on=past.date())
        quote = quotes.draft(
            session,
            admin,
            lead_id=lead.id,
            offer=offer,
            at=past,
            imported=True,
            data_source=source,
            external_id="job-17",
        )
        quotes.send(session, admin, quote_id=quote.id, at=hours(30, past), imported=True)
        quotes.accept(session, admin, quote_id=quote.id, at=hours(31, past), imported=True)
        (journey,) = journeys.convert(
            session, admin, quote_id=quote.id, at=hours(32, past), imported=True
        )
        found = rows.find_imported(session, admin, Quote, source, "job-17")
    assert found is not None
    assert found.id == quote.id
    assert (quote.quote_number, journey.service_on) == ("Q-2025-000001", past.date())
