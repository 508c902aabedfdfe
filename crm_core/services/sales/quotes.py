"""Quotes: priced offers in versions, from draft to accepted, rejected or expired.

What an offer says is `sales.quote_content`, its internal release `sales.quote_approval`;
turning an accepted quote into work is `operations.journeys`.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    ApprovalStatus,
    DataSource,
    LeadStatus,
    QuoteStatus,
    SalesActivityType,
)
from crm_core.errors import CrmError
from crm_core.ids import new_id
from crm_core.models import Lead, Quote
from crm_core.security import audit
from crm_core.security.passwords import token_hash
from crm_core.security.permissions import Action, Resource, Subject, require, system_subject
from crm_core.services import checks, rows
from crm_core.services.finance import deposits
from crm_core.services.machines.machine import TransitionRefused, next_state
from crm_core.services.machines.sales import LEAD, QUOTE, LeadEvent, QuoteEvent
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number
from crm_core.services.sales import (
    leads,
    quote_approval,
    quote_content,
    quote_links,
    sales_activities,
)
from crm_core.services.sales.quote_content import Choice, Offer, lines_of
from crm_core.services.sales.sales_activities import ActivityData

__all__ = [
    "Offer", "QuoteKept", "accept", "draft", "duplicate", "edit", "expire", "lines_of", "reject",
    "remove", "renew", "revise", "send", "view",
]  # fmt: skip


_REVISABLE = frozenset(
    {
        QuoteStatus.DRAFT,
        QuoteStatus.SENT,
        QuoteStatus.VIEWED,
        QuoteStatus.REJECTED,
        QuoteStatus.EXPIRED,
    }
)


class QuoteKept(CrmError):
    """Somebody asked to delete a quote that has left the house, or that another follows."""


def draft(
    session: Session,
    subject: Subject,
    *,
    lead_id: UUID,
    offer: Offer,
    at: datetime,
    owner_id: UUID | None = None,
    imported: bool = False,
    data_source: DataSource = DataSource.MANUAL,
    external_id: str | None = None,
) -> Quote:
    """A first version for an open lead, owned by the lead's owner unless told otherwise.

    Raises `InvalidInput` naming the field, `NotFound`, or `TransitionRefused` for a closed lead.
    """
    require(subject, Resource.QUOTE, Action.CREATE)
    checks.instant("at", at)
    lead = rows.get_for_effect(session, subject, Lead, lead_id)
    _require_open(lead)
    today = rows.day_at(session, subject, lead.location_id, at)
    quote_id = new_id(at)
    quote = Quote(
        client_id=subject.client_id,
        id=quote_id,
        family_id=quote_id,
        version=1,
        owner_id=owner_id or lead.owner_id or subject.user_id,
        data_source=data_source.value,
        external_id=external_id,
    )
    _begin(session, quote, lead, offer, today, imported=imported)
    quote.quote_number = next_number(session, subject, NumberKind.QUOTE, today)
    return _store(session, subject, quote, offer, at, imported=imported)


def edit(
    session: Session, subject: Subject, *, quote_id: UUID, offer: Offer, at: datetime
) -> Quote:
    """Bring a draft to `offer`; what the customer has seen stays, and a new version is made."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    lead, quote, _ = _lock_offers(session, subject, quote_id)
    if quote.status != QuoteStatus.DRAFT:
        return revise(session, subject, quote_id=quote_id, offer=offer, at=at)
    today = rows.day_at(session, subject, quote.location_id, at)
    with as_system(session):  # who may change a quote may take lines away, too
        reasons = quote_content.fill(session, quote, lead, offer, today)
        quote_approval.after_edit(session, subject, quote, reasons, at)
        quote_content.remove_lines(session, quote)
        quote_content.store_lines(session, quote, offer.lines, at)
        _record(session, subject, quote, "EDIT", at, total=quote.total_amount)
    return quote


def revise(
    session: Session, subject: Subject, *, quote_id: UUID, offer: Offer, at: datetime
) -> Quote:
    """The next version of an offer, as a draft.

    What the customer holds can be accepted until the new version is sent; a draft is superseded
    at once.
    """
    require(subject, Resource.QUOTE, Action.CREATE)
    lead, parent, _ = _lock_offers(session, subject, quote_id, Action.CREATE)
    _require_open(lead)
    if QuoteStatus(parent.status) not in _REVISABLE:
        _refuse(parent, QuoteEvent.SUPERSEDE, f"a {parent.status} quote has no next version")
    family = (Quote.client_id == subject.client_id) & (Quote.family_id == parent.family_id)
    with as_system(session):
        last = session.execute(select(func.max(Quote.version)).where(family)).scalar_one()
        first_number = session.execute(
            select(Quote.quote_number).where(family, Quote.version == 1)
        ).scalar_one()
    quote = Quote(
        client_id=subject.client_id,
        id=new_id(at),
        family_id=parent.family_id,
        parent_quote_id=parent.id,
        version=last + 1,
        owner_id=parent.owner_id,
        quote_number=f"{first_number}-{last + 1}",
    )
    today = rows.day_at(session, subject, lead.location_id, at)
    _begin(session, quote, lead, offer, today, imported=False)
    with as_system(session):
        if parent.status == QuoteStatus.DRAFT:
            _move(session, subject, parent, QuoteEvent.SUPERSEDE, at)
        if lead.status in (LeadStatus.PROPOSAL_SENT, LeadStatus.NEGOTIATION):
            leads.advance(session, subject, lead, LeadEvent.REVISE, at)
    return _store(session, subject, quote, offer, at, imported=False)


def renew(session: Session, subject: Subject, *, quote_id: UUID, at: datetime) -> Quote:
    """An expired offer again, as the next version, valid for thirty days from now."""
    quote = rows.get(session, subject, Quote, quote_id, lock=False)
    if quote.status != QuoteStatus.EXPIRED:
        _refuse(quote, QuoteEvent.SUPERSEDE, "only an expired quote is renewed")
    offer = quote_content.offer_of(session, subject, quote)
    return revise(session, subject, quote_id=quote_id, offer=offer, at=at)


def duplicate(
    session: Session, subject: Subject, *, quote_id: UUID, at: datetime, lead_id: UUID | None = None
) -> Quote:
    """The same offer as a first version of its own, for the same lead unless told otherwise."""
    quote = rows.get(session, subject, Quote, quote_id, lock=False)
    offer = quote_content.offer_of(session, subject, quote)
    return draft(session, subject, lead_id=lead_id or quote.lead_id, offer=offer, at=at)


def remove(session: Session, subject: Subject, *, quote_id: UUID, at: datetime) -> None:
    """Delete a draft; what was ever sent, or has a later version, is kept."""
    require(subject, Resource.QUOTE, Action.DELETE)
    _, quote, _ = _lock_offers(session, subject, quote_id, Action.DELETE)
    if quote.status != QuoteStatus.DRAFT:
        raise QuoteKept(f"quote {quote.quote_number} is {quote.status}: only drafts are deleted")
    later = (Quote.client_id == subject.client_id) & (Quote.parent_quote_id == quote.id)
    with as_system(session):
        if session.scalar(select(select(Quote.id).where(later).exists())):
            raise QuoteKept(f"quote {quote.quote_number} has a later version")
        quote_content.remove_lines(session, quote)
        _record(session, subject, quote, "DELETE", at, number=quote.quote_number)
        session.delete(quote)


def send(
    session: Session, subject: Subject, *, quote_id: UUID, at: datetime, imported: bool = False
) -> Quote:
    """Offer it to the customer in place of earlier versions; the lead becomes PROPOSAL_SENT."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    lead, quote, siblings = _lock_offers(session, subject, quote_id)
    today = rows.day_at(session, subject, quote.location_id, at)
    if quote.total_amount <= 0:
        _refuse(quote, QuoteEvent.SEND, "nothing is selected or the total is zero")
    if quote.valid_until_on < today and not imported:
        _refuse(quote, QuoteEvent.SEND, f"valid only until {quote.valid_until_on}")
    if quote.approval_status not in (ApprovalStatus.NOT_REQUIRED, ApprovalStatus.APPROVED):
        _refuse(quote, QuoteEvent.SEND, f"approval is {quote.approval_status}")
    _move(session, subject, quote, QuoteEvent.SEND, at)
    quote.sent_at, quote.sent_on = at, today
    if not imported:
        quote.public_token_hash = token_hash(quote_links.token_of(quote))
    with as_system(session):
        for version in siblings:
            if version.family_id == quote.family_id:
                _move(session, subject, version, QuoteEvent.SUPERSEDE, at)
        leads.advance(session, subject, lead, LeadEvent.QUOTE_SENT, at)
    return quote


def view(session: Session, subject: Subject, *, quote_id: UUID, at: datetime) -> Quote:
    """The customer opened it; only the first time counts."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    quote = rows.get(session, subject, Quote, quote_id)
    if quote.status != QuoteStatus.VIEWED:
        _move(session, subject, quote, QuoteEvent.VIEW, at)
        quote.viewed_at = at
        session.flush()
    return quote


def accept(
    session: Session,
    subject: Subject,
    *,
    quote_id: UUID,
    at: datetime,
    imported: bool = False,
    chosen_item_ids: Collection[UUID] | None = None,
    note: str | None = None,
) -> Quote:
    """The customer says yes: the lead is won, its other open quotes are superseded.

    `chosen_item_ids` are the optional lines that the customer takes, as selected when absent;
    `note` says how staff know of the yes.
    """
    require(subject, Resource.QUOTE, Action.UPDATE)
    lead, quote, siblings = _lock_offers(session, subject, quote_id)
    today = rows.day_at(session, subject, quote.location_id, at)
    if quote.valid_until_on < today and not imported:
        _refuse(quote, QuoteEvent.ACCEPT, f"valid only until {quote.valid_until_on}")
    next_state(QUOTE, QuoteStatus(quote.status), QuoteEvent.ACCEPT)
    if chosen_item_ids is not None:
        choice = _choice(session, subject, quote, chosen_item_ids, today)
        quote_content.take(session, subject, quote, choice)
    _move(session, subject, quote, QuoteEvent.ACCEPT, at)
    quote.accepted_at, quote.accepted_on, quote.decided_on = at, today, today
    with as_system(session):
        for sibling in siblings:
            _move(session, subject, sibling, QuoteEvent.SUPERSEDE, at)
        leads.advance(session, subject, lead, LeadEvent.WIN, at)
        if quote.deposit_amount > 0 and not imported:
            platform = system_subject(subject.client_id)  # who sells need not be allowed to bill
            deposits.bill_deposit(session, platform, quote_id=quote.id, at=at)
        if note is not None:
            said = ActivityData(SalesActivityType.OTHER, lead.id, subject="Yes", description=note)
            sales_activities.log(session, subject, data=said, at=at)
    return quote


def reject(
    session: Session, subject: Subject, *, quote_id: UUID, reason: str, at: datetime
) -> Quote:
    """The customer says no to this offer; the lead stays open."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    quote = rows.get(session, subject, Quote, quote_id)
    reason = checks.clean_text("reason", reason, 100)
    today = rows.day_at(session, subject, quote.location_id, at)
    _move(session, subject, quote, QuoteEvent.REJECT, at, reason=reason)
    quote.rejection_reason, quote.rejected_at, quote.decided_on = reason, at, today
    session.flush()
    return quote


def expire(
    session: Session, subject: Subject, *, quote_id: UUID, at: datetime, imported: bool = False
) -> Quote:
    """Its last valid day is over at the branch; somebody is to ask why."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    lead, quote, _ = _lock_offers(session, subject, quote_id)
    today = rows.day_at(session, subject, quote.location_id, at)
    if quote.valid_until_on >= today and not imported:
        _refuse(quote, QuoteEvent.EXPIRE, f"valid until {quote.valid_until_on}")
    _move(session, subject, quote, QuoteEvent.EXPIRE, at)
    quote.expired_at, quote.decided_on = at, today
    session.flush()
    if not imported and LeadStatus(lead.status) in LeadStatus.open_statuses():
        task = ActivityData(SalesActivityType.FOLLOW_UP, lead.id, subject="Quote expired")
        with as_system(session):
            sales_activities.plan(
                session, system_subject(subject.client_id), data=task, scheduled_at=at, at=at,
                owner_id=quote.owner_id,
            )  # fmt: skip
    return quote


def _choice(
    session: Session, subject: Subject, quote: Quote, chosen: Collection[UUID], today: date
) -> Choice:
    """What the customer takes of the options, unless that needs a release that was not given."""
    choice = quote_content.choice_of(session, subject, quote, chosen, today)
    if choice.totals.total_amount <= 0:
        _refuse(quote, QuoteEvent.ACCEPT, "nothing is selected or the total is zero")
    if choice.reasons and quote.approval_status != ApprovalStatus.APPROVED:
        causes = ", ".join(choice.reasons)
        _refuse(quote, QuoteEvent.ACCEPT, f"with these options it needs approval: {causes}")
    return choice


def _lock_offers(
    session: Session, subject: Subject, quote_id: UUID, action: Action = Action.UPDATE
) -> tuple[Lead, Quote, list[Quote]]:
    """The lead, the quote and its open siblings, locked lead first: no two callers can deadlock."""
    seen = rows.get(session, subject, Quote, quote_id, lock=False)
    with as_system(session):
        lead = rows.get(session, subject, Lead, seen.lead_id)
        siblings = [q for q in leads.open_quotes(session, subject, lead.id) if q.id != quote_id]
    quote = rows.act_on(session, subject, Quote, quote_id, Resource.QUOTE, action)
    return lead, quote, siblings


def _require_open(lead: Lead) -> None:
    status = LeadStatus(lead.status)
    if status not in LeadStatus.open_statuses():
        raise TransitionRefused(LEAD.name, status, LeadEvent.REVISE, "only open leads are quoted")


def _begin(
    session: Session, quote: Quote, lead: Lead, offer: Offer, today: date, *, imported: bool
) -> None:
    """What a new quote is before anybody has done anything with it."""
    quote.lead_id, quote.customer_id, quote.location_id = (
        lead.id,
        lead.customer_id,
        lead.location_id,
    )
    quote.currency = lead.currency
    quote.status = QuoteStatus.DRAFT.value
    quote.created_on = today
    reasons = quote_content.fill(session, quote, lead, offer, today)
    pending = bool(reasons) and not imported
    quote.approval_status = (
        ApprovalStatus.PENDING if pending else ApprovalStatus.NOT_REQUIRED
    ).value


def _store(
    session: Session, subject: Subject, quote: Quote, offer: Offer, at: datetime, *, imported: bool
) -> Quote:
    """Write a new quote, its lines and the audit entry."""
    set_moment(session, at)
    session.add(quote)
    session.flush()
    quote_content.store_lines(session, quote, offer.lines, at)
    details = {"version": quote.version, "total": quote.total_amount, "imported": imported}
    _record(session, subject, quote, "CREATE", at, **details)
    session.flush()
    return quote


def _record(
    session: Session, subject: Subject, quote: Quote, act: str, at: datetime, **details: object
) -> None:
    audit.record(
        session, subject, act, Resource.QUOTE, quote.id, at, quote.location_id, details=details
    )


def _move(
    session: Session,
    subject: Subject,
    quote: Quote,
    event: QuoteEvent,
    at: datetime,
    **details: str,
) -> None:
    move(session, subject, QUOTE, quote, event, at, **details)


def _refuse(quote: Quote, event: QuoteEvent, reason: str) -> NoReturn:
    raise TransitionRefused(QUOTE.name, QuoteStatus(quote.status), event, reason)
