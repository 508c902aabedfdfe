"""Random walks of leads and quotes through their services; see `walks.py`."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.database import tenant_session
from crm_core.models import Lead, Quote
from crm_core.services import journeys, leads, quotes
from crm_core.services.machines.sales import LEAD, QUOTE
from crm_core.services.quotes import Offer
from tests.factories import Tenant
from tests.integration.crm_core.flow import LABOUR, a_lead, hours
from tests.integration.crm_core.walks import Step, Walk, take, walks


def _quoted(step: Step[Lead]) -> object:
    offer = Offer(lines=[LABOUR], discount_amount=step.data.draw(st.sampled_from(DISCOUNTS)))
    quote = quotes.draft(step.session, step.subject, lead_id=step.row.id, offer=offer, at=step.at)
    return quotes.send(step.session, step.subject, quote_id=quote.id, at=step.at)


DISCOUNTS = [Decimal("0.00"), Decimal("50.00"), Decimal("500.00")]


@pytest.fixture
def lead(company: Tenant) -> Lead:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        return a_lead(session, admin, company.locations["VANC"])


@pytest.fixture
def quote(company: Tenant, lead: Lead) -> Quote:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        offer = Offer(lines=[LABOUR])
        return quotes.draft(session, admin, lead_id=lead.id, offer=offer, at=hours(1))


@walks
@given(data=st.data())
def test_leads(company: Tenant, lead: Lead, data: st.DataObject) -> None:
    acts = {
        "contact": lambda s: leads.contact(s.session, s.subject, lead_id=s.row.id, at=s.at),
        "qualify": lambda s: leads.qualify(s.session, s.subject, lead_id=s.row.id, at=s.at),
        "lose": lambda s: leads.lose(
            s.session, s.subject, lead_id=s.row.id, reason="too dear", at=s.at
        ),
        "reopen": lambda s: leads.reopen(s.session, s.subject, lead_id=s.row.id, at=s.at),
        "quote": _quoted,
    }
    take(Walk(LEAD, Lead, lead.id, hours(1), acts), company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_quotes(company: Tenant, quote: Quote, data: st.DataObject) -> None:
    acts = {
        "send": lambda s: quotes.send(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "view": lambda s: quotes.view(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "accept": lambda s: quotes.accept(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "reject": lambda s: quotes.reject(
            s.session, s.subject, quote_id=s.row.id, reason="too dear", at=s.at
        ),
        "expire": lambda s: quotes.expire(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "revise": lambda s: quotes.revise(
            s.session, s.subject, quote_id=s.row.id, offer=Offer(lines=[LABOUR]), at=s.at
        ),
        "convert": lambda s: journeys.convert(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "lose the lead": lambda s: leads.lose(
            s.session, s.subject, lead_id=s.row.lead_id, reason="gone", at=s.at
        ),
    }
    take(Walk(QUOTE, Quote, quote.id, hours(2), acts), company.subjects["admin"], data)
