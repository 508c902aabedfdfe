"""Quotes beyond the plain sale: edits, versions, options, release, links, templates, expiry."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Json
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.enums import (
    ApprovalStatus,
    InvoiceStatus,
    ItemCategory,
    LeadStatus,
    LineUnit,
    QuoteStatus,
    SalesActivityType,
    TaxCategory,
)
from crm_core.errors import InvalidInput
from crm_core.models import AuditEntry, Invoice, Lead, Quote, QuoteItem, SalesActivity
from crm_core.security.permissions import ActionRefused, Subject
from crm_core.services import rows
from crm_core.services.finance.pricing import Line
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.sales import (
    leads,
    quote_approval,
    quote_links,
    quote_templates,
    quotes,
    sales_upkeep,
)
from crm_core.services.sales.quote_links import LinkUnknown
from crm_core.services.sales.quotes import Offer, QuoteKept
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import BOXES, LABOUR, a_lead, a_sent_quote, hours

OPTION = Line(
    ItemCategory.PACKING_SERVICES, "Packing", Decimal(2), Decimal("150.00"),
    is_optional=True, is_selected=False,
)  # fmt: skip


def a_draft(session: Session, subject: Subject, branch: UUID, offer: Offer | None = None) -> Quote:
    lead = a_lead(session, subject, branch)
    offer = offer or Offer([LABOUR, BOXES])
    return quotes.draft(session, subject, lead_id=lead.id, offer=offer, at=hours(1))


def items(session: Session, quote: Quote) -> list[QuoteItem]:
    query = select(QuoteItem).where(QuoteItem.quote_id == quote.id)
    return list(session.scalars(query.order_by(QuoteItem.sort_order)))


def test_a_draft_is_edited_in_place(company: Tenant) -> None:
    sales, branch = company.subjects["sales_rep"], company.locations["VANC"]
    with tenant_session(sales) as session:
        quote = a_draft(session, sales, branch)
        number, first = quote.quote_number, quote.total_amount
        costly = replace(LABOUR, estimated_cost_amount=Decimal("500.00"), unit=LineUnit.HOUR)
        edited = quotes.edit(
            session, sales, quote_id=quote.id, offer=Offer([costly], terms="Net 15"), at=hours(2)
        )
        (line,) = items(session, edited)
    assert (edited.id, edited.quote_number, edited.version) == (quote.id, number, 1)
    assert edited.total_amount == Decimal("1091.48") != first
    assert (line.estimated_cost_amount, line.unit) == (Decimal("500.00"), LineUnit.HOUR)
    assert edited.terms == "Net 15"


def test_a_refused_edit_changes_nothing(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    bad = Offer([LABOUR], notes="new", deposit_amount=Decimal("9999.00"))
    with tenant_session(admin) as session:
        quote = a_draft(session, admin, branch)
        before, lines = quote.total_amount, [item.id for item in items(session, quote)]
        with pytest.raises(InvalidInput, match="deposit_amount: is more than the total"):
            quotes.edit(session, admin, quote_id=quote.id, offer=bad, at=hours(2))
    with tenant_session(admin) as session:
        stored = rows.get(session, admin, Quote, quote.id)
        assert (stored.total_amount, stored.notes, stored.deposit_amount) == (before, None, 0)
        assert [item.id for item in items(session, stored)] == lines


def test_what_the_customer_holds_is_never_edited(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        sent = a_sent_quote(session, admin, branch)
        total = sent.total_amount
        child = quotes.edit(session, admin, quote_id=sent.id, offer=Offer([LABOUR]), at=hours(3))
        assert (child.parent_quote_id, child.version) == (sent.id, 2)
        assert (sent.status, sent.total_amount) == (QuoteStatus.SENT, total)
        quotes.accept(session, admin, quote_id=sent.id, at=hours(4))
        assert child.status == QuoteStatus.SUPERSEDED
        with pytest.raises(TransitionRefused, match="only open leads are quoted"):
            quotes.revise(session, admin, quote_id=sent.id, offer=Offer([LABOUR]), at=hours(5))


def test_an_expired_offer_is_renewed_as_it_was(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    late = TEST_NOW + timedelta(days=40)
    offer = Offer([LABOUR, OPTION], discount_amount=Decimal("20.00"), crew_size=3)
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch, offer=offer)
        with pytest.raises(TransitionRefused, match="only an expired quote is renewed"):
            quotes.renew(session, admin, quote_id=quote.id, at=late)
        quotes.expire(session, admin, quote_id=quote.id, at=late)
        again = quotes.renew(session, admin, quote_id=quote.id, at=late)
        assert [_line(item) for item in items(session, again)] == [
            _line(item) for item in items(session, quote)
        ]
    assert (again.version, again.valid_until_on) == (2, date(2027, 1, 29))
    assert (again.total_amount, again.crew_size) == (quote.total_amount, 3)


def _line(item: QuoteItem) -> tuple[Any, ...]:
    return item.category, item.description, item.total_amount, item.is_selected, item.is_optional


def test_a_duplicate_is_a_first_version(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch)
        other = a_lead(session, admin, branch)
        twin = quotes.duplicate(session, admin, quote_id=quote.id, at=hours(5), lead_id=other.id)
    assert (twin.version, twin.status, twin.lead_id) == (1, QuoteStatus.DRAFT, other.id)
    assert (twin.family_id, twin.quote_number) == (twin.id, "Q-2026-000002")
    assert twin.total_amount == quote.total_amount


def test_only_a_draft_without_followers_is_deleted(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    dispatcher = company.subjects["dispatcher"]
    with tenant_session(admin) as session:
        draft = a_draft(session, admin, branch)
        sent = a_sent_quote(session, admin, branch)
        child = quotes.edit(session, admin, quote_id=sent.id, offer=Offer([LABOUR]), at=hours(3))
        with pytest.raises(QuoteKept, match="is SENT: only drafts"):
            quotes.remove(session, admin, quote_id=sent.id, at=hours(4))
        with pytest.raises(ActionRefused, match="DISPATCHER may not DELETE QUOTE"):
            quotes.remove(session, dispatcher, quote_id=draft.id, at=hours(4))
        quotes.remove(session, admin, quote_id=draft.id, at=hours(4))
        quotes.remove(session, admin, quote_id=child.id, at=hours(4))
    with tenant_session(admin) as session:
        assert session.scalars(select(Quote.id)).all() == [sent.id]
        assert {item.quote_id for item in session.scalars(select(QuoteItem))} == {sent.id}
        gone = session.scalars(select(AuditEntry).where(AuditEntry.action == "DELETE")).all()
    assert {entry.resource_id for entry in gone} == {draft.id, child.id}


def test_the_database_too_deletes_drafts_only(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        sent = a_sent_quote(session, admin, branch)
        session.execute(delete(QuoteItem).where(QuoteItem.quote_id == sent.id))
        session.execute(delete(Quote).where(Quote.id == sent.id))
        assert session.scalars(select(Quote.id)).all() == [sent.id]


def test_the_customer_takes_options_and_totals_follow(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    offer = Offer([LABOUR, OPTION, BOXES], deposit_amount=Decimal("100.00"))
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch, offer=offer)
        assert quote.subtotal_amount == Decimal("1079.46")
        labour, option, _ = items(session, quote)
        with pytest.raises(InvalidInput, match="is no optional line"):
            quotes.accept(
                session, admin, quote_id=quote.id, at=hours(3), chosen_item_ids=[labour.id]
            )
        quotes.accept(session, admin, quote_id=quote.id, at=hours(3), chosen_item_ids=[option.id])
        assert [item.is_selected for item in items(session, quote)] == [True, True, True]
        categories = [item.tax_category for item in items(session, quote)]
    # 1379.46 net: 5 % of it, and 7 % of the 39.96 of boxes
    assert quote.subtotal_amount == Decimal("1379.46")
    assert (quote.tax_amount, quote.total_amount) == (Decimal("71.77"), Decimal("1451.23"))
    assert categories == [TaxCategory.SERVICE, TaxCategory.SERVICE, TaxCategory.GOODS]


def test_a_yes_bills_the_deposit_also_when_sales_may_not_bill(company: Tenant) -> None:
    seller, branch = company.subjects["sales_rep"], company.locations["VANC"]
    offer = Offer([LABOUR], deposit_amount=Decimal("100.00"))
    with tenant_session(seller) as session:
        quote = a_sent_quote(session, seller, branch, offer=offer)
        quotes.accept(session, seller, quote_id=quote.id, at=hours(3))
    with tenant_session(company.subjects["finance"]) as session:
        deposit = session.scalars(select(Invoice).where(Invoice.quote_id == quote.id)).one()
    assert (deposit.status, deposit.total_amount) == (InvoiceStatus.SENT, Decimal("100.00"))
    assert deposit.invoice_number is not None


def test_options_left_out_cannot_make_a_discount_too_large(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    taken = replace(OPTION, is_selected=True)
    offer = Offer([LABOUR, taken], discount_amount=Decimal("120.00"))
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch, offer=offer)
        assert quote.approval_status == ApprovalStatus.NOT_REQUIRED
        with pytest.raises(TransitionRefused, match="needs approval: DISCOUNT"):
            quotes.accept(session, admin, quote_id=quote.id, at=hours(3), chosen_item_ids=[])
        assert quote.subtotal_amount == Decimal("1339.50")
        quotes.accept(session, admin, quote_id=quote.id, at=hours(3))
        assert quote.status == QuoteStatus.ACCEPTED


def test_staff_note_how_they_know_of_a_yes(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch)
        quotes.accept(session, admin, quote_id=quote.id, at=hours(3), note="said so by phone")
        (said,) = session.scalars(select(SalesActivity)).all()
    assert (said.description, said.completed_at) == ("said so by phone", hours(3))


DEAR = Offer([LABOUR], discount_amount=Decimal("120.00"))
COSTLY = Offer([replace(LABOUR, estimated_cost_amount=Decimal("900.00"))])


@pytest.mark.parametrize("offer", [DEAR, COSTLY, Offer([LABOUR], valid_until_on=date(2027, 3, 1))])
def test_an_edit_after_approval_asks_anew(company: Tenant, offer: Offer) -> None:
    sales, manager = company.subjects["sales_rep"], company.subjects["manager"]
    with tenant_session(sales) as session:
        quote = a_draft(session, sales, company.locations["VANC"], offer)
        assert quote.approval_status == ApprovalStatus.PENDING
    with tenant_session(manager) as session:
        quote_approval.approve(session, manager, quote_id=quote.id, at=hours(2))
    with tenant_session(sales) as session:
        quote = quotes.edit(session, sales, quote_id=quote.id, offer=Offer([LABOUR]), at=hours(3))
        assert (quote.approval_status, quote.approved_by_id) == (ApprovalStatus.PENDING, None)
        with pytest.raises(TransitionRefused, match="approval is PENDING"):
            quotes.send(session, sales, quote_id=quote.id, at=hours(3))


def test_a_refused_release_is_mended_by_its_author(company: Tenant) -> None:
    sales, manager = company.subjects["sales_rep"], company.subjects["manager"]
    with tenant_session(sales) as session:
        quote = a_draft(session, sales, company.locations["VANC"], DEAR)
    with tenant_session(manager) as session:
        refused = quote_approval.refuse(
            session, manager, quote_id=quote.id, reason="too much off", at=hours(2)
        )
        assert refused.rejection_reason == "too much off"
        with pytest.raises(TransitionRefused, match="quote approval is REJECTED"):
            quote_approval.approve(session, manager, quote_id=quote.id, at=hours(2))
    with tenant_session(sales) as session:
        quote = quotes.edit(session, sales, quote_id=quote.id, offer=Offer([LABOUR]), at=hours(3))
        assert quote.approval_status == ApprovalStatus.NOT_REQUIRED
        assert (quote.approved_at, quote.rejection_reason) == (None, None)
        quotes.send(session, sales, quote_id=quote.id, at=hours(4))


def test_who_wrote_an_offer_for_another_cannot_release_it(company: Tenant) -> None:
    sales, manager = company.subjects["sales_rep"], company.subjects["manager"]
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(sales) as session:
        lead = a_lead(session, sales, branch)
    with tenant_session(manager) as session:
        quote = quotes.draft(session, manager, lead_id=lead.id, offer=DEAR, at=hours(1))
        assert quote.owner_id == sales.user_id
        with pytest.raises(InvalidInput, match="the author of a quote cannot approve it"):
            quote_approval.approve(session, manager, quote_id=quote.id, at=hours(2))
    with tenant_session(admin) as session:
        quote_approval.approve(session, admin, quote_id=quote.id, at=hours(3))


def test_a_total_above_the_companys_limit_needs_approval(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]

    def limit(said: object) -> None:
        with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
            connection.execute(
                "update core.clients set limits = %s where id = %s",
                [Json({"quote_total_amount": said}), company.client_id],
            )

    for said, status in (("1091.48", "NOT_REQUIRED"), (1091.47, "PENDING")):
        limit(said)
        with tenant_session(admin) as session:
            assert a_draft(session, admin, branch, Offer([LABOUR])).approval_status == status
    limit("plenty")
    with tenant_session(admin) as session, pytest.raises(InvalidInput, match="is no amount"):
        a_draft(session, admin, branch)


def test_a_link_opens_its_quote_for_the_customer(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        draft = a_draft(session, admin, branch)
        quote = a_sent_quote(session, admin, branch)
        token, unsent = quote_links.token_of(quote), quote_links.token_of(draft)
    customer = quote_links.opener(token)
    with tenant_session(customer) as session:
        found = quote_links.quote_of(session, customer, token)
        quotes.view(session, customer, quote_id=found, at=hours(4))
        quotes.accept(session, customer, quote_id=found, at=hours(5), chosen_item_ids=[])
        with pytest.raises(LinkUnknown):
            quote_links.quote_of(session, customer, unsent)
    assert found == quote.id
    with tenant_session(admin) as session:
        stored = rows.get(session, admin, Quote, quote.id)
        assert (stored.status, stored.viewed_at) == (QuoteStatus.ACCEPTED, hours(4))
        assert token not in str(stored.public_token_hash)


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 400, "AAAA"])
def test_a_made_up_link_opens_nothing(company: Tenant, token: str) -> None:
    with pytest.raises(LinkUnknown):
        subject = quote_links.opener(token)
        with tenant_session(subject) as session:
            quote_links.quote_of(session, subject, token)


def test_a_template_becomes_an_offer(company: Tenant) -> None:
    manager, sales = company.subjects["manager"], company.subjects["sales_rep"]
    branch = company.locations["VANC"]
    with tenant_session(manager) as session:
        template = quote_templates.create(
            session, manager, name="Two bedrooms", lines=[LABOUR, OPTION], location_id=branch,
            at=hours(0), terms="Paid on the day",
        )  # fmt: skip
        with pytest.raises(InvalidInput, match="name"), session.begin_nested():
            quote_templates.create(
                session, manager, name="Two bedrooms", lines=[LABOUR], location_id=branch,
                at=hours(1),
            )  # fmt: skip
    with tenant_session(sales) as session:
        offer = quote_templates.offer_of(session, sales, template_id=template.id)
        quote = a_draft(session, sales, branch, offer)
        assert [item.is_selected for item in items(session, quote)] == [True, False]
        with pytest.raises(ActionRefused):
            quote_templates.retire(session, sales, template_id=template.id, at=hours(2))
    assert (quote.subtotal_amount, quote.terms) == (Decimal("1039.50"), "Paid on the day")
    with tenant_session(manager) as session:
        quote_templates.change(
            session, manager, template_id=template.id, lines=[BOXES], at=hours(3)
        )
        changed = quote_templates.offer_of(session, manager, template_id=template.id)
        assert [line.description for line in changed.lines] == ["Wardrobe boxes"]
        quote_templates.retire(session, manager, template_id=template.id, at=hours(4))
        with pytest.raises(InvalidInput, match="not offered any more"):
            quote_templates.offer_of(session, manager, template_id=template.id)


def test_offers_expire_when_their_day_is_over_at_the_branch(company: Tenant) -> None:
    admin = company.subjects["admin"]
    offer = Offer([LABOUR], valid_until_on=date(2026, 11, 25))
    with tenant_session(admin) as session:
        west = a_sent_quote(session, admin, company.locations["VANC"], offer=offer)
        east = a_sent_quote(session, admin, company.locations["DTOR"], offer=offer)
        draft = a_draft(session, admin, company.locations["DTOR"], offer)
    midnight = TEST_NOW.replace(day=26, hour=6)  # the 26th in Toronto, still the 25th in Vancouver
    with tenant_session(admin) as session:
        assert sales_upkeep.expire_quotes(session, admin, as_of=midnight) == 2
        assert sales_upkeep.expire_quotes(session, admin, as_of=midnight) == 0
        statuses = {quote.id: quote.status for quote in session.scalars(select(Quote))}
        tasks = session.scalars(select(SalesActivity)).all()
        lead = rows.get(session, admin, Lead, east.lead_id)
    assert statuses == {west.id: "SENT", east.id: "EXPIRED", draft.id: "EXPIRED"}
    assert {(task.type, task.owner_id) for task in tasks} == {
        (SalesActivityType.FOLLOW_UP, admin.user_id)
    }
    assert {task.lead_id for task in tasks} == {east.lead_id, draft.lead_id}
    assert (lead.status, lead.follow_up_on) == (LeadStatus.PROPOSAL_SENT, date(2026, 11, 26))


def test_a_lost_lead_takes_its_offers_along_without_a_task(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        quote = a_sent_quote(session, admin, branch)
        leads.lose(session, admin, lead_id=quote.lead_id, reason="gone", at=hours(3))
        assert session.scalars(select(SalesActivity)).all() == []


def test_an_import_keeps_what_was_released_at_the_source(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch)
        quote = quotes.draft(
            session, admin, lead_id=lead.id, offer=DEAR, at=hours(1), imported=True
        )
        quotes.send(session, admin, quote_id=quote.id, at=hours(2), imported=True)
        assert (quote.approval_status, quote.public_token_hash) == ("NOT_REQUIRED", None)
