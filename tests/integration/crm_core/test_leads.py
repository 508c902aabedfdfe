"""Leads at work: touches, follow-ups, scores, skipped stages, and what happens by itself."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import (
    LeadStatus,
    MessageDirection,
    QuoteStatus,
    SalesActivityType,
)
from crm_core.errors import InvalidInput
from crm_core.models import Lead, Quote, SalesActivity, StatusEvent
from crm_core.security.permissions import ActionRefused, system_subject
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.operations import journeys
from crm_core.services.rows import NotFound
from crm_core.services.sales import (
    customers,
    lead_lists,
    leads,
    quotes,
    sales_activities,
    sales_upkeep,
)
from crm_core.services.sales.customers import CustomerData
from crm_core.services.sales.lead_lists import After
from crm_core.services.sales.leads import LeadData
from crm_core.services.sales.quotes import Offer
from crm_core.services.sales.sales_activities import ActivityCompleted, ActivityData, Outcome
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
    hours,
    paid,
)

TODAY = date(2026, 11, 20)
LATER = TEST_NOW + timedelta(days=91)


def steps(session: Session, row_id: UUID) -> list[str]:
    query = select(StatusEvent.to_status).where(StatusEvent.entity_id == row_id)
    return list(session.scalars(query.order_by(StatusEvent.occurred_at, StatusEvent.created_at)))


def call(lead: Lead) -> ActivityData:
    return ActivityData(SalesActivityType.PHONE_CALL, lead.id, subject="First call")


def test_a_phone_booking_passes_every_stage_at_one_instant(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch)
        passed = ["NEW", "CONTACTED", "QUALIFIED", "PROPOSAL_SENT"]
        assert steps(session, quote.lead_id) == passed
        at = session.scalars(
            select(StatusEvent.occurred_at).where(
                StatusEvent.entity_id == quote.lead_id, StatusEvent.from_status.is_not(None)
            )
        ).all()
        assert at == [hours(2)] * 3
        lead = session.get_one(Lead, (company.client_id, quote.lead_id))
        leads.lose(session, admin, lead_id=lead.id, reason="gone", at=hours(3))
        leads.reopen(session, admin, lead_id=lead.id, at=hours(4))
        again = quotes.renew(session, admin, quote_id=quote.id, at=hours(5))
        quotes.send(session, admin, quote_id=again.id, at=hours(5))
        assert steps(session, lead.id)[4:] == ["LOST", "CONTACTED", "QUALIFIED", "PROPOSAL_SENT"]


def test_a_completed_call_contacts_the_lead(company: Tenant) -> None:
    sales, branch = company.subjects["sales_rep"], company.locations["VANC"]
    with tenant_session(sales) as session:
        lead = a_lead(session, sales, branch)
        assert lead.follow_up_on == TODAY
        planned = sales_activities.plan(
            session, sales, data=call(lead), scheduled_at=hours(26), at=hours(0)
        )
        assert (planned.owner_id, planned.scheduled_on) == (sales.user_id, date(2026, 11, 21))
        assert (lead.status, lead.follow_up_on) == (LeadStatus.NEW, TODAY)
        outcome = Outcome("wants a survey", duration_minutes=7, follow_up_on=date(2026, 11, 24))
        done = sales_activities.complete(
            session, sales, activity_id=planned.id, at=hours(5), outcome=outcome
        )
        assert (lead.status, lead.first_contacted_at) == (LeadStatus.CONTACTED, hours(5))
        assert lead.follow_up_on == date(2026, 11, 24)
        assert (done.completed_on, done.duration_minutes) == (TODAY, 7)
        # seven hours behind UTC: British Columbia keeps its summer time from November 2026 on
        assert done.completed_local_at == hours(5).replace(tzinfo=None) - timedelta(hours=7)
        with pytest.raises(ActivityCompleted, match="was completed on 2026-11-20"):
            sales_activities.complete(session, sales, activity_id=planned.id, at=hours(6))


@pytest.mark.parametrize(
    ("kind", "is_automatic", "status"),
    [
        (SalesActivityType.EMAIL, False, LeadStatus.CONTACTED),
        (SalesActivityType.MEETING, False, LeadStatus.CONTACTED),
        (SalesActivityType.SITE_VISIT, False, LeadStatus.CONTACTED),
        (SalesActivityType.EMAIL, True, LeadStatus.NEW),
        (SalesActivityType.OTHER, False, LeadStatus.NEW),
    ],
)
def test_only_a_persons_touch_contacts(
    company: Tenant, kind: SalesActivityType, is_automatic: bool, status: LeadStatus
) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        data = ActivityData(kind, lead.id, is_automatic=is_automatic)
        sales_activities.log(session, admin, data=data, at=hours(1))
        assert lead.status == status


def test_touches_of_closed_leads_and_of_customers_move_nothing(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        leads.lose(session, admin, lead_id=lead.id, reason="gone", at=hours(1))
        sales_activities.log(session, admin, data=call(lead), at=hours(2))
        about = ActivityData(SalesActivityType.PHONE_CALL, customer_id=lead.customer_id)
        sales_activities.log(session, admin, data=about, at=hours(3))
        assert (lead.status, lead.last_contacted_at) == (LeadStatus.LOST, None)
        with pytest.raises(InvalidInput, match="whom is this about"):
            nobody = ActivityData(SalesActivityType.OTHER)
            sales_activities.log(session, admin, data=nobody, at=hours(3))
        with pytest.raises(InvalidInput, match="nobody calls back"):
            leads.follow_up(session, admin, lead_id=lead.id, on=MOVE_ON, at=hours(4))


def test_a_seller_cannot_touch_the_leads_of_others(company: Tenant) -> None:
    admin, sales = company.subjects["admin"], company.subjects["sales_rep"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, company.locations["VANC"])
    with tenant_session(sales) as session, pytest.raises(NotFound):
        sales_activities.log(session, sales, data=call(lead), at=hours(1))
    analyst = company.subjects["analyst"]
    with tenant_session(analyst) as session, pytest.raises(ActionRefused):
        sales_activities.log(session, analyst, data=call(lead), at=hours(1))


def test_a_qualified_lead_has_a_score(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        assert lead.score == 0
        leads.contact(session, admin, lead_id=lead.id, at=hours(1))
        leads.qualify(session, admin, lead_id=lead.id, at=hours(2))
        # date, both places, size 20; no value; source unknown 10; fifteen days 8; touched 5
        assert lead.score == 43
        sales_activities.log(session, admin, data=call(lead), at=hours(3))
        assert lead.score == 48
        data = LeadData(
            "organic", "Moving", "2-bedroom apartment", MOVE_ON, Decimal(2500), "BC", "BC"
        )
        leads.update(session, admin, lead_id=lead.id, data=data, at=hours(4))
        assert lead.score == 68


def test_the_history_of_a_source_and_the_days_left_change_scores(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        data = CustomerData("Robin", "Maple", phone="604 555 0100")
        customers.update(session, admin, customer_id=lead.customer_id, data=data, at=hours(1))
        assert sales_upkeep.rescore_leads(session, admin, as_of=hours(2)) == 1
        session.refresh(lead)
        assert lead.score == 25 + 10 + 8
        an_accepted_quote(session, admin, branch)
        assert sales_upkeep.rescore_leads(session, admin, as_of=hours(4)) == 1
        assert sales_upkeep.rescore_leads(session, admin, as_of=hours(4)) == 0
        session.refresh(lead)
        assert lead.score == 25 + 13 + 8
        week = TEST_NOW + timedelta(days=10)
        assert sales_upkeep.rescore_leads(session, admin, as_of=week) == 1
        session.refresh(lead)
        assert lead.score == 25 + 13 + 16


def test_an_answer_counts_more_than_a_mail_of_ours(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        mail = ActivityData(SalesActivityType.EMAIL, lead.id)
        sales_activities.log(session, admin, data=mail, at=hours(1))
        before = lead.score
        answer = ActivityData(SalesActivityType.EMAIL, lead.id, direction=MessageDirection.INBOUND)
        sales_activities.log(session, admin, data=answer, at=hours(2))
        assert lead.score - before == 5


def test_overdue_follow_ups_and_silent_leads_are_listed_page_by_page(company: Tenant) -> None:
    admin, manager = company.subjects["admin"], company.subjects["manager"]
    with tenant_session(admin) as session:
        near = [a_lead(session, admin, company.locations["VANC"]) for _ in range(3)]
        far = a_lead(session, admin, company.locations["DTOR"])
        contacted, promised, _ = near
        leads.contact(session, admin, lead_id=contacted.id, at=hours(1))
        leads.follow_up(session, admin, lead_id=promised.id, on=date(2026, 11, 18), at=hours(1))
        assert contacted.follow_up_on is None
    midnight = TEST_NOW.replace(day=21, hour=6)  # the 21st in Toronto, still the 20th here
    with tenant_session(admin) as session:
        first = lead_lists.overdue(session, admin, as_of=midnight, limit=1)
        assert [lead.id for lead in first] == [promised.id]
        rest = lead_lists.overdue(
            session, admin, as_of=midnight, after=After(date(2026, 11, 18), promised.id)
        )
        assert [lead.id for lead in rest] == [far.id]
        late = hours(24 * 7, hours(0.5))
        silent = [lead.id for lead in lead_lists.stale(session, admin, as_of=late)]
        assert silent == sorted([near[1].id, near[2].id, far.id])
        after = After(TEST_NOW, silent[0])
        assert [lead.id for lead in lead_lists.stale(session, admin, as_of=late, after=after)] == (
            silent[1:]
        )
        with pytest.raises(InvalidInput, match="limit"):
            lead_lists.stale(session, admin, as_of=late, limit=0)
    with tenant_session(manager) as session:
        late = hours(24 * 9)
        assert far.id not in {lead.id for lead in lead_lists.stale(session, manager, as_of=late)}


def test_a_lead_is_lost_a_week_after_its_move_date(company: Tenant) -> None:
    system, branch = system_subject(company.client_id), company.locations["VANC"]
    with tenant_session(system) as session:
        quiet = a_lead(session, system, branch)
        quoted = a_sent_quote(session, system, branch)
        moved = a_lead(session, system, branch)
        offer = Offer([LABOUR], move_on=MOVE_ON + timedelta(days=20),
                      valid_until_on=date(2027, 1, 15))  # fmt: skip
        later = quotes.draft(session, system, lead_id=moved.id, offer=offer, at=hours(1))
        won = an_accepted_quote(session, system, branch)
    six, seven = (TEST_NOW.replace(month=12, day=day) for day in (11, 12))
    with tenant_session(system) as session:
        assert sales_upkeep.lose_leads(session, system, as_of=six) == 0
        assert sales_upkeep.lose_leads(session, system, as_of=seven) == 2
        assert sales_upkeep.lose_leads(session, system, as_of=seven) == 0
        found = {lead.id: lead for lead in session.scalars(select(Lead))}
        statuses = {quote.id: quote.status for quote in session.scalars(select(Quote))}
    assert found[quiet.id].lost_reason == "move date passed"
    assert found[quiet.id].lost_on == date(2026, 12, 12)
    assert found[moved.id].status == LeadStatus.NEW
    assert found[won.lead_id].status == LeadStatus.WON
    assert statuses[quoted.id] == QuoteStatus.EXPIRED
    assert statuses[later.id] == QuoteStatus.DRAFT


def test_a_decided_lead_is_archived_when_nothing_of_it_is_open(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lost = a_lead(session, admin, branch)
        leads.lose(session, admin, lead_id=lost.id, reason="gone", at=hours(1))
        waiting = an_accepted_quote(session, admin, branch)
        invoice = an_issued_invoice(session, admin, branch)
        with pytest.raises(TransitionRefused, match="less than 90 days ago"):
            leads.archive(session, admin, lead_id=lost.id, at=LATER - timedelta(days=2))
        with pytest.raises(TransitionRefused, match="a quote of it is open"):
            leads.archive(session, admin, lead_id=waiting.lead_id, at=LATER)
        assert sales_upkeep.archive_leads(session, admin, as_of=LATER) == 1
        unpaid = session.get_one(Quote, (company.client_id, invoice.quote_id)).lead_id
        with pytest.raises(TransitionRefused, match="an invoice of it is unpaid"):
            leads.archive(session, admin, lead_id=unpaid, at=LATER)
        paid(session, admin, invoice, invoice.balance_amount)
        journeys.convert(session, admin, quote_id=waiting.id, at=hours(5))
        assert sales_upkeep.archive_leads(session, admin, as_of=LATER) == 2
        assert sales_upkeep.archive_leads(session, admin, as_of=LATER) == 0
        statuses = session.scalars(select(Lead.status)).all()
    assert statuses == [LeadStatus.ARCHIVED] * 3


def test_where_a_customer_stands_follows_from_the_leads(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        customer = a_customer(session, admin, branch)
        other = a_customer(session, admin, branch)
        data = LeadData("organic", "Moving", origin_province="BC", destination_province="BC")
        lead = leads.create(session, admin, customer_id=customer.id, data=data, at=hours(0))
        leads.create(session, admin, customer_id=customer.id, data=data, at=hours(1))
        leads.contact(session, admin, lead_id=lead.id, at=hours(2))

        def standing() -> LeadStatus:
            return customers.lead_statuses(session, admin, [customer.id])[customer.id]

        assert standing() == LeadStatus.CONTACTED
        offer = Offer([LABOUR])
        quote = quotes.draft(session, admin, lead_id=lead.id, offer=offer, at=hours(3))
        quotes.send(session, admin, quote_id=quote.id, at=hours(3))
        leads.negotiate(session, admin, lead_id=lead.id, at=hours(4))
        assert standing() == LeadStatus.NEGOTIATION
        quotes.accept(session, admin, quote_id=quote.id, at=hours(5))
        assert standing() == LeadStatus.WON
        journeys.convert(session, admin, quote_id=quote.id, at=hours(6), plans=[
            journeys.JourneyPlan(hours(30), hours(36))])  # fmt: skip
        leads.archive(session, admin, lead_id=lead.id, at=LATER)
        assert standing() == LeadStatus.WON
        assert customers.lead_statuses(session, admin, [other.id]) == {other.id: LeadStatus.NEW}


def test_a_planned_touch_becomes_the_next_follow_up(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        leads.contact(session, admin, lead_id=lead.id, at=hours(1))
        sales_activities.plan(session, admin, data=call(lead), scheduled_at=hours(72), at=hours(1))
        assert lead.follow_up_on == date(2026, 11, 23)
        planned = session.scalars(select(SalesActivity)).one()
        assert (planned.completed_at, planned.customer_id) == (None, lead.customer_id)
