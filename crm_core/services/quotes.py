"""Quotes: priced offers in versions, from draft to accepted, rejected or expired.

Turning an accepted quote into work is `services.journeys`; arithmetic is `services.pricing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    ApprovalStatus,
    DataSource,
    LeadStatus,
    PermissionScope,
    QuoteStatus,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Lead, Quote, QuoteItem
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, leads, pricing, rows, tax
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.sales import LEAD, QUOTE, LeadEvent, QuoteEvent
from crm_core.services.moves import move
from crm_core.services.numbers import NumberKind, next_number
from crm_core.services.pricing import ZERO, Line, Totals

VALIDITY = timedelta(days=30)
LONGEST_FREE_VALIDITY = timedelta(days=60)
FREE_DISCOUNT = Decimal("0.10")
"""A larger share off, or a longer validity, needs somebody else's approval."""
MANAGER_DISCOUNT = Decimal("0.15")
"""The largest share off that LOCATION scope may approve."""


@dataclass(frozen=True)
class Offer:
    """What is offered; what is left out is taken from the lead."""

    lines: Sequence[Line]
    move_on: date | None = None
    service_type: str | None = None
    move_size: str | None = None
    origin_province: str | None = None
    destination_province: str | None = None
    crew_size: int | None = None
    truck_count: int | None = None
    estimated_minutes: int | None = None
    hourly_rate_amount: Decimal | None = None
    discount_amount: Decimal = ZERO
    deposit_amount: Decimal = ZERO
    valid_until_on: date | None = None
    notes: str | None = None


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
    _fill(session, quote, lead, offer, today)
    quote.quote_number = next_number(session, subject, NumberKind.QUOTE, today)
    if imported:
        quote.approval_status = ApprovalStatus.NOT_REQUIRED.value
    return _store(session, subject, quote, offer, at, imported=imported)


def revise(
    session: Session, subject: Subject, *, quote_id: UUID, offer: Offer, at: datetime
) -> Quote:
    """The next version of an offer, as a draft; an undecided parent is superseded by it."""
    require(subject, Resource.QUOTE, Action.CREATE)
    lead, parent, _ = _lock_offers(session, subject, quote_id, Action.CREATE)
    _require_open(lead)
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
    _fill(session, quote, lead, offer, rows.day_at(session, subject, lead.location_id, at))
    _replace(session, subject, lead, parent, at)
    return _store(session, subject, quote, offer, at, imported=False)


def approve(session: Session, subject: Subject, *, quote_id: UUID, at: datetime) -> Quote:
    """Let a quote out that needs approval; not by its own author, large discounts by CLIENT."""
    require(subject, Resource.QUOTE, Action.APPROVE)
    quote = rows.act_on(session, subject, Quote, quote_id, Resource.QUOTE, Action.APPROVE)
    if quote.approval_status != ApprovalStatus.PENDING:
        raise InvalidInput("approval_status", f"is {quote.approval_status}, nothing to approve")
    if subject.user_id is not None and subject.user_id == quote.owner_id:
        raise InvalidInput("approved_by", "the author of a quote cannot approve it")
    chosen = [line for line in lines_of(session, subject, quote.id) if line.is_selected]
    gross = sum((line.total_amount + line.discount_amount for line in chosen), ZERO)
    off = sum((line.discount_amount for line in chosen), quote.discount_amount)
    if off > gross * MANAGER_DISCOUNT and subject.scope is PermissionScope.LOCATION:
        raise InvalidInput("discount_amount", "more than 15 % off is approved by head office")
    with as_system(session):
        quote.approval_status = ApprovalStatus.APPROVED.value
        quote.approved_by_id, quote.approved_at = subject.user_id, at
        audit.record(session, subject, "APPROVE", Resource.QUOTE, quote.id, at, quote.location_id)
        session.flush()
    return quote


def send(
    session: Session, subject: Subject, *, quote_id: UUID, at: datetime, imported: bool = False
) -> Quote:
    """Offer it to the customer; the lead becomes PROPOSAL_SENT."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    lead, quote, _ = _lock_offers(session, subject, quote_id)
    today = rows.day_at(session, subject, quote.location_id, at)
    if quote.total_amount <= 0:
        _refuse(quote, QuoteEvent.SEND, "nothing is selected or the total is zero")
    if quote.valid_until_on < today and not imported:
        _refuse(quote, QuoteEvent.SEND, f"valid only until {quote.valid_until_on}")
    if quote.approval_status not in (ApprovalStatus.NOT_REQUIRED, ApprovalStatus.APPROVED):
        _refuse(quote, QuoteEvent.SEND, f"approval is {quote.approval_status}")
    _move(session, subject, quote, QuoteEvent.SEND, at)
    quote.sent_at, quote.sent_on = at, today
    with as_system(session):
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
    session: Session, subject: Subject, *, quote_id: UUID, at: datetime, imported: bool = False
) -> Quote:
    """The customer says yes: the lead is won, its other open quotes are superseded."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    lead, quote, siblings = _lock_offers(session, subject, quote_id)
    today = rows.day_at(session, subject, quote.location_id, at)
    if quote.valid_until_on < today and not imported:
        _refuse(quote, QuoteEvent.ACCEPT, f"valid only until {quote.valid_until_on}")
    _move(session, subject, quote, QuoteEvent.ACCEPT, at)
    quote.accepted_at, quote.accepted_on, quote.decided_on = at, today, today
    with as_system(session):
        for sibling in siblings:
            _move(session, subject, sibling, QuoteEvent.SUPERSEDE, at)
        leads.advance(session, subject, lead, LeadEvent.WIN, at)
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
    """Its last valid day is over at the branch."""
    require(subject, Resource.QUOTE, Action.UPDATE)
    quote = rows.get(session, subject, Quote, quote_id)
    today = rows.day_at(session, subject, quote.location_id, at)
    if quote.valid_until_on >= today and not imported:
        _refuse(quote, QuoteEvent.EXPIRE, f"valid until {quote.valid_until_on}")
    _move(session, subject, quote, QuoteEvent.EXPIRE, at)
    quote.expired_at, quote.decided_on = at, today
    session.flush()
    return quote


def lines_of(session: Session, subject: Subject, quote_id: UUID) -> list[QuoteItem]:
    """The stored lines of a quote, in order."""
    query = select(QuoteItem).where(
        QuoteItem.client_id == subject.client_id, QuoteItem.quote_id == quote_id
    )
    return list(session.scalars(query.order_by(QuoteItem.sort_order)))


def needs_approval(totals: Totals, lines: Sequence[Line], validity: timedelta) -> bool:
    """More than a tenth off, by line or on the whole, or more than sixty days of validity."""
    chosen = [line for line in lines if line.is_selected]
    gross = sum((line.gross_amount for line in chosen), ZERO)
    off = sum((line.discount_amount for line in chosen), totals.discount_amount)
    return off > gross * FREE_DISCOUNT or validity > LONGEST_FREE_VALIDITY


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


def _replace(session: Session, subject: Subject, lead: Lead, parent: Quote, at: datetime) -> None:
    """Supersede an undecided parent; the decision of a decided one stands, as its month does."""
    with as_system(session):
        if parent.status not in (QuoteStatus.REJECTED, QuoteStatus.EXPIRED):
            _move(session, subject, parent, QuoteEvent.SUPERSEDE, at)
        if lead.status in (LeadStatus.PROPOSAL_SENT, LeadStatus.NEGOTIATION):
            leads.advance(session, subject, lead, LeadEvent.REVISE, at)


def _require_open(lead: Lead) -> None:
    status = LeadStatus(lead.status)
    if status not in LeadStatus.open_statuses():
        raise TransitionRefused(LEAD.name, status, LeadEvent.REVISE, "only open leads are quoted")


def _fill(session: Session, quote: Quote, lead: Lead, offer: Offer, today: date) -> None:
    """Everything of a quote that follows from the offer and the lead, totals included."""
    offer = replace(
        offer,
        move_on=offer.move_on or lead.estimated_move_on,
        service_type=offer.service_type or lead.service_type,
        move_size=offer.move_size or lead.move_size,
        origin_province=offer.origin_province or lead.origin_province,
        destination_province=offer.destination_province or lead.destination_province,
    )
    destination = offer.destination_province or offer.origin_province
    if destination is None:
        raise InvalidInput("destination_province", "is needed: taxes follow the destination")
    rates = tax.rates_of_move(
        tax.load_rates(session),
        origin=offer.origin_province or destination,
        destination=destination,
        # Due when the work is done: the rate of the move's day, as far as that is known.
        on=offer.move_on or today,
    )
    lines = [pricing.checked_line(line) for line in offer.lines]
    totals = pricing.price(lines, checks.money("discount_amount", offer.discount_amount), rates)
    quote.client_id, quote.lead_id, quote.customer_id = lead.client_id, lead.id, lead.customer_id
    quote.location_id = lead.location_id
    quote.status = QuoteStatus.DRAFT.value
    quote.created_on = today
    quote.valid_until_on = offer.valid_until_on or today + VALIDITY
    pending = needs_approval(totals, lines, quote.valid_until_on - today)
    quote.approval_status = (
        ApprovalStatus.PENDING if pending else ApprovalStatus.NOT_REQUIRED
    ).value
    quote.service_type = checks.clean_text("service_type", offer.service_type or "", 60)
    quote.move_size = checks.optional_text("move_size", offer.move_size, 60)
    quote.move_on = offer.move_on
    quote.origin_province = offer.origin_province or destination
    quote.destination_province = destination
    quote.crew_size = checks.count("crew_size", offer.crew_size)
    quote.truck_count = checks.count("truck_count", offer.truck_count)
    quote.estimated_minutes = checks.count("estimated_minutes", offer.estimated_minutes)
    if offer.hourly_rate_amount is not None:
        quote.hourly_rate_amount = checks.money("hourly_rate_amount", offer.hourly_rate_amount)
    quote.subtotal_amount = totals.subtotal_amount
    quote.discount_amount = totals.discount_amount
    quote.tax_amount = totals.tax_amount
    quote.total_amount = totals.total_amount
    quote.deposit_amount = checks.money("deposit_amount", offer.deposit_amount)
    quote.notes = checks.optional_text("notes", offer.notes, 1000)


def _store(
    session: Session, subject: Subject, quote: Quote, offer: Offer, at: datetime, *, imported: bool
) -> Quote:
    """Write a new quote, its lines and the audit entry."""
    set_moment(session, at)
    session.add(quote)
    session.flush()
    for position, line in enumerate(offer.lines):
        session.add(
            QuoteItem(
                client_id=quote.client_id,
                id=new_id(at),
                location_id=quote.location_id,
                owner_id=quote.owner_id,
                quote_id=quote.id,
                category=line.category.value,
                description=line.description.strip(),
                quantity=line.quantity,
                unit_amount=line.unit_amount,
                discount_amount=line.discount_amount,
                total_amount=line.total_amount,
                is_optional=line.is_optional,
                is_selected=line.is_selected,
                sort_order=position,
            )
        )
    details = {"version": quote.version, "total": quote.total_amount, "imported": imported}
    audit.record(
        session, subject, "CREATE", Resource.QUOTE, quote.id, at, quote.location_id, details=details
    )
    session.flush()
    return quote


def _move(
    session: Session,
    subject: Subject,
    quote: Quote,
    event: QuoteEvent,
    at: datetime,
    **details: str,
) -> None:
    move(session, subject, QUOTE, quote, event, at, **details)


def _refuse(quote: Quote, event: QuoteEvent, reason: str) -> None:
    raise TransitionRefused(QUOTE.name, QuoteStatus(quote.status), event, reason)
