"""Random walks of leads, quotes and their release through their services; see `walks.py`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.enums import ApprovalStatus, ItemCategory, LeadStatus, QuoteStatus, SalesActivityType
from crm_core.models import Lead, Quote, StatusEvent
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.finance import tax
from crm_core.services.finance.pricing import Line, price
from crm_core.services.machines.sales import APPROVAL, LEAD, QUOTE
from crm_core.services.operations import journeys
from crm_core.services.sales import leads, quote_approval, quotes, sales_activities, sales_upkeep
from crm_core.services.sales.quote_content import line_of, lines_of
from crm_core.services.sales.quotes import Offer
from crm_core.services.sales.sales_activities import ActivityData
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import BOXES, LABOUR, a_lead, hours
from tests.integration.crm_core.walks import Step, Walk, take, walks

pytestmark = pytest.mark.long

OPTION = Line(
    ItemCategory.PACKING_SERVICES, "Packing", Decimal(2), Decimal("150.00"),
    is_optional=True, is_selected=False,
)  # fmt: skip
DISCOUNTS = ["0.00", "50.00", "104.00", "150.00", "500.00"]
LONG_AGO = TEST_NOW + timedelta(days=91)
HELD = (QuoteStatus.SENT, QuoteStatus.VIEWED)
RELEASED = (ApprovalStatus.NOT_REQUIRED, ApprovalStatus.APPROVED)


def _offer(step: Step[Lead] | Step[Quote]) -> Offer:
    """Some offer: with and without options, boxes, a discount, a deposit, known costs."""
    lines = step.data.draw(
        st.sampled_from(
            [[LABOUR], [LABOUR, OPTION], [LABOUR, BOXES, replace(OPTION, is_selected=True)]]
        )
    )
    discount = Decimal(step.data.draw(st.sampled_from(DISCOUNTS)))
    deposit = Decimal(step.data.draw(st.sampled_from(["0.00", "200.00", "1000.00"])))
    return Offer(lines=lines, discount_amount=discount, deposit_amount=deposit,
                 valid_until_on=step.at.date() + timedelta(days=30))  # fmt: skip


def _quoted(step: Step[Lead]) -> object:
    quote = quotes.draft(
        step.session, step.subject, lead_id=step.row.id, offer=_offer(step), at=step.at
    )
    return quotes.send(step.session, step.subject, quote_id=quote.id, at=step.at)


def _accepted(step: Step[Lead]) -> object:
    """The newest quote of the lead; none is a mistake like any other."""
    newest = select(Quote.id).where(Quote.lead_id == step.row.id).order_by(Quote.id.desc())
    quote_id = step.session.scalars(newest.limit(1)).one_or_none() or step.row.id
    return quotes.accept(step.session, step.subject, quote_id=quote_id, at=step.at)


def _touched(step: Step[Lead]) -> object:
    data = ActivityData(step.data.draw(st.sampled_from(SalesActivityType)), step.row.id)
    return sales_activities.log(step.session, step.subject, data=data, at=step.at)


def _chosen(step: Step[Quote]) -> object:
    options = [
        item.id
        for item in lines_of(step.session, step.subject, step.row.id)
        if item.is_optional and step.data.draw(st.booleans())
    ]
    return quotes.accept(
        step.session, step.subject, quote_id=step.row.id, at=step.at, chosen_item_ids=options
    )


def _funnel_holds(session: Session, lead: Lead) -> None:
    """No stage is reached but through those before it, and a decided lead has nothing undecided."""
    query = select(StatusEvent.to_status).where(StatusEvent.entity_id == lead.id)
    reached = list(session.scalars(query))
    for stage in (LeadStatus.CONTACTED, LeadStatus.QUALIFIED, LeadStatus.PROPOSAL_SENT):
        if LeadStatus.WON in reached or LeadStatus.NEGOTIATION in reached:
            assert stage in reached
    assert reached.count("QUALIFIED") >= reached.count("PROPOSAL_SENT")
    assert 0 <= lead.score <= 100
    statuses = list(session.scalars(select(Quote.status).where(Quote.lead_id == lead.id)))
    won = [status for status in statuses if status in QuoteStatus.won()]
    assert (lead.won_on is not None) == bool(won)
    assert len(won) <= 1
    if lead.status not in LeadStatus.open_statuses():
        assert not {QuoteStatus.DRAFT, *HELD} & set(statuses)


def _totals_hold(session: Session, quote: Quote) -> None:
    """Totals are those of the lines, what is out is released, one version of it at a time."""
    lines = [line_of(i) for i in lines_of(session, system_subject(quote.client_id), quote.id)]
    rates = tax.rates_of_move(
        tax.load_rates(session), origin="BC", destination="BC", on=quote.move_on or date.min
    )
    totals = price(lines, quote.discount_amount, rates)
    assert (quote.subtotal_amount, quote.tax_amount, quote.total_amount) == (
        totals.subtotal_amount,
        totals.tax_amount,
        totals.total_amount,
    )
    assert quote.deposit_amount <= quote.total_amount
    if quote.status not in (QuoteStatus.DRAFT, QuoteStatus.EXPIRED, QuoteStatus.SUPERSEDED):
        assert quote.approval_status in RELEASED
    assert (quote.approval_status == ApprovalStatus.APPROVED) <= (quote.approved_at is not None)
    family = session.scalars(select(Quote.status).where(Quote.family_id == quote.family_id)).all()
    assert len([status for status in family if status in {*HELD, *QuoteStatus.won()}]) <= 1


@pytest.fixture
def lead(company: Tenant) -> Lead:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        return a_lead(session, admin, company.locations["VANC"])


@pytest.fixture
def lost_lead(company: Tenant, lead: Lead) -> Lead:
    admin = company.subjects["admin"]
    with tenant_session(admin) as session:
        return leads.lose(session, admin, lead_id=lead.id, reason="gone", at=hours(1))


@pytest.fixture
def quote(company: Tenant, lead: Lead) -> Quote:
    sales = company.subjects["sales_rep"]
    with tenant_session(company.subjects["admin"]) as session:
        offer = Offer(lines=[LABOUR, OPTION])
        return quotes.draft(
            session, company.subjects["admin"], lead_id=lead.id, offer=offer, at=hours(1),
            owner_id=sales.user_id,
        )  # fmt: skip


LeadAct = Callable[[Step[Lead]], object]
LEAD_ACTS: dict[str, LeadAct] = {
    "contact": lambda s: leads.contact(s.session, s.subject, lead_id=s.row.id, at=s.at),
    "touch": _touched,
    "qualify": lambda s: leads.qualify(s.session, s.subject, lead_id=s.row.id, at=s.at),
    "negotiate": lambda s: leads.negotiate(s.session, s.subject, lead_id=s.row.id, at=s.at),
    "lose": lambda s: leads.lose(s.session, s.subject, lead_id=s.row.id, reason="dear", at=s.at),
    "reopen": lambda s: leads.reopen(s.session, s.subject, lead_id=s.row.id, at=s.at),
    "archive": lambda s: leads.archive(s.session, s.subject, lead_id=s.row.id, at=s.at),
    "quote": _quoted,
    "accept": _accepted,
    "archive by itself": lambda s: sales_upkeep.archive_leads(s.session, s.subject, as_of=s.at),
    "lose by itself": lambda s: sales_upkeep.lose_leads(s.session, s.subject, as_of=s.at),
    "score": lambda s: sales_upkeep.rescore_leads(s.session, s.subject, as_of=s.at),
}


@walks
@given(data=st.data())
def test_leads(company: Tenant, lead: Lead, data: st.DataObject) -> None:
    walk = Walk(LEAD, Lead, lead.id, hours(1), LEAD_ACTS, _funnel_holds)
    take(walk, company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_leads_lost_long_ago(company: Tenant, lost_lead: Lead, data: st.DataObject) -> None:
    walk = Walk(LEAD, Lead, lost_lead.id, LONG_AGO, LEAD_ACTS, _funnel_holds)
    take(walk, company.subjects["admin"], data)


def _quote_acts(manager: Subject) -> dict[str, Callable[[Step[Quote]], object]]:
    return {
        "send": lambda s: quotes.send(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "view": lambda s: quotes.view(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "accept": lambda s: quotes.accept(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "choose and accept": _chosen,
        "reject": lambda s: quotes.reject(
            s.session, s.subject, quote_id=s.row.id, reason="too dear", at=s.at
        ),
        "expire": lambda s: quotes.expire(
            s.session, s.subject, quote_id=s.row.id, at=s.at, imported=True
        ),
        "edit": lambda s: quotes.edit(
            s.session, s.subject, quote_id=s.row.id, offer=_offer(s), at=s.at
        ),
        "revise": lambda s: quotes.revise(
            s.session, s.subject, quote_id=s.row.id, offer=_offer(s), at=s.at
        ),
        "renew": lambda s: quotes.renew(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "send the newest": _newest_sent,
        "approve": lambda s: quote_approval.approve(s.session, manager, quote_id=s.row.id, at=s.at),
        "approve as author": lambda s: quote_approval.approve(
            s.session, s.subject, quote_id=s.row.id, at=s.at
        ),
        "refuse": lambda s: quote_approval.refuse(
            s.session, manager, quote_id=s.row.id, reason="too cheap", at=s.at
        ),
        "convert": lambda s: journeys.convert(s.session, s.subject, quote_id=s.row.id, at=s.at),
        "lose the lead": lambda s: leads.lose(
            s.session, s.subject, lead_id=s.row.lead_id, reason="gone", at=s.at
        ),
    }


def _newest_sent(step: Step[Quote]) -> object:
    family = select(Quote.id).where(Quote.family_id == step.row.family_id)
    newest = step.session.scalars(family.order_by(Quote.version.desc()).limit(1)).one()
    return quotes.send(step.session, step.subject, quote_id=newest, at=step.at)


@walks
@given(data=st.data())
def test_quotes(company: Tenant, quote: Quote, data: st.DataObject) -> None:
    acts = _quote_acts(company.subjects["manager"])
    walk = Walk(QUOTE, Quote, quote.id, hours(2), acts, _totals_hold)
    take(walk, company.subjects["admin"], data)


@walks
@given(data=st.data())
def test_releases(company: Tenant, quote: Quote, data: st.DataObject) -> None:
    acts = _quote_acts(company.subjects["manager"])
    wanted = ("edit", "edit", "approve", "approve as author", "refuse", "send", "accept")
    some = {f"{name} {n}": acts[name] for n, name in enumerate(wanted)}
    walk = Walk(APPROVAL, Quote, quote.id, hours(2), some, _totals_hold)
    take(walk, company.subjects["admin"], data)
