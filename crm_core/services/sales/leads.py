"""Leads: from the first request to won or lost.

Quotes move their lead on through `advance`; everything about prices is in `sales.quotes`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core import clock
from crm_core.database import as_system, set_moment
from crm_core.enums import (
    DataSource,
    InvoiceStatus,
    LeadPriority,
    LeadStatus,
    QuoteStatus,
    UserRole,
    UserStatus,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Customer, Invoice, Lead, Quote, TruckJourney, User
from crm_core.security import audit
from crm_core.security.permissions import Action, ActionRefused, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.finance import tax
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.sales import (
    LEAD,
    PASSED_ON_QUOTE,
    QUOTE,
    LeadEvent,
    QuoteEvent,
)
from crm_core.services.moves import move
from crm_core.services.sales import lead_scores

FIRST_RESPONSE = timedelta(hours=2)
"""A new lead is to be answered within; the follow-up is due on the day that this ends."""
ARCHIVE_AFTER = timedelta(days=90)
_REOPENERS = frozenset({UserRole.MANAGER, UserRole.ADMIN, UserRole.SUPER_ADMIN})

_UNDECIDED = (QuoteStatus.DRAFT, QuoteStatus.SENT, QuoteStatus.VIEWED)


@dataclass(frozen=True)
class LeadData:
    """What the customer asks for; `source` is the marketing channel."""

    source: str
    service_type: str
    move_size: str | None = None
    estimated_move_on: date | None = None
    estimated_amount: Decimal | None = None
    origin_province: str | None = None
    destination_province: str | None = None
    priority: LeadPriority = LeadPriority.MEDIUM
    is_bad: bool = False
    notes: str | None = None


def create(
    session: Session,
    subject: Subject,
    *,
    customer_id: UUID,
    data: LeadData,
    at: datetime,
    location_id: UUID | None = None,
    owner_id: UUID | None = None,
    imported: bool = False,
    data_source: DataSource = DataSource.MANUAL,
    external_id: str | None = None,
) -> Lead:
    """Record a new lead, received at `at`, at the customer's branch unless told otherwise."""
    require(subject, Resource.LEAD, Action.CREATE)
    checks.instant("at", at)
    location_id, zone = rows.branch_of(session, subject, Customer, customer_id, location_id)
    local_at = clock.local_naive(at, zone)
    lead = Lead(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        owner_id=owner_id or subject.user_id,
        customer_id=customer_id,
        currency=rows.currency_of(session, subject),
        status=LeadStatus.NEW.value,
        created_on=local_at.date(),
        received_at=at,
        received_local_at=local_at,
        follow_up_on=clock.local_date(at + FIRST_RESPONSE, zone),
        data_source=data_source.value,
        external_id=external_id,
        **_columns(data),
    )
    require(subject, Resource.LEAD, Action.CREATE, rows.facts(lead))
    set_moment(session, at)
    rows.add(session, subject, lead, Resource.LEAD)  # some hand leads over and never see them again
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.LEAD,
        lead.id,
        at,
        location_id,
        details={"imported": imported},
    )
    session.flush()
    return lead


def update(
    session: Session, subject: Subject, *, lead_id: UUID, data: LeadData, at: datetime
) -> bool:
    """Bring what is known of a lead up to `data`; False when nothing differs."""
    require(subject, Resource.LEAD, Action.UPDATE)
    lead = rows.get(session, subject, Lead, lead_id)
    columns = _columns(data)
    changed = sorted(name for name, value in columns.items() if getattr(lead, name) != value)
    if not changed:
        return False
    for name in changed:
        setattr(lead, name, columns[name])
    audit.record(
        session,
        subject,
        "UPDATE",
        Resource.LEAD,
        lead.id,
        at,
        lead.location_id,
        details={"fields": changed},
    )
    session.flush()
    lead_scores.rescore(session, subject, [lead], at)
    return True


def assign(
    session: Session, subject: Subject, *, lead_id: UUID, owner_id: UUID, at: datetime
) -> Lead:
    """Give a lead to another member of staff; what was offered already keeps its owner."""
    require(subject, Resource.LEAD, Action.ASSIGN)
    lead = rows.get(session, subject, Lead, lead_id)
    require(subject, Resource.LEAD, Action.ASSIGN, rows.facts(lead))
    owner = rows.get(session, subject, User, owner_id, lock=False)
    if owner.status != UserStatus.ACTIVE:
        raise InvalidInput("owner_id", f"{owner.name} is {owner.status}")
    details = {"from": lead.owner_id, "to": owner.id}
    lead.owner_id = owner.id
    audit.record(
        session, subject, "ASSIGN", Resource.LEAD, lead.id, at, lead.location_id, details=details
    )
    session.flush()
    return lead


def contact(session: Session, subject: Subject, *, lead_id: UUID, at: datetime) -> Lead:
    """A call, mail or visit took place; the first one ends the response time."""
    require(subject, Resource.LEAD, Action.UPDATE)
    lead = rows.get(session, subject, Lead, lead_id)
    advance(session, subject, lead, LeadEvent.CONTACT, at)
    session.flush()
    return lead


def qualify(session: Session, subject: Subject, *, lead_id: UUID, at: datetime) -> Lead:
    """Enough is known to quote: move date, both provinces and size."""
    require(subject, Resource.LEAD, Action.UPDATE)
    lead = rows.get(session, subject, Lead, lead_id)
    known = {
        "estimated_move_on": lead.estimated_move_on,
        "origin_province": lead.origin_province,
        "destination_province": lead.destination_province,
        "move_size": lead.move_size,
    }
    missing = [name for name, value in known.items() if value is None]
    if missing:
        status = LeadStatus(lead.status)
        reason = f"{', '.join(missing)} not known yet"
        raise TransitionRefused(LEAD.name, status, LeadEvent.QUALIFY, reason)
    advance(session, subject, lead, LeadEvent.QUALIFY, at)
    session.flush()
    lead_scores.rescore(session, subject, [lead], at)
    return lead


def negotiate(session: Session, subject: Subject, *, lead_id: UUID, at: datetime) -> Lead:
    """The customer answers a proposal with changes."""
    require(subject, Resource.LEAD, Action.UPDATE)
    lead = rows.get(session, subject, Lead, lead_id)
    advance(session, subject, lead, LeadEvent.REVISE, at)
    session.flush()
    return lead


def follow_up(
    session: Session, subject: Subject, *, lead_id: UUID, on: date | None, at: datetime
) -> Lead:
    """Promise the next touch of an open lead for a day, or for none."""
    require(subject, Resource.LEAD, Action.UPDATE)
    lead = rows.get(session, subject, Lead, lead_id)
    if LeadStatus(lead.status) not in LeadStatus.open_statuses():
        raise InvalidInput("follow_up_on", f"the lead is {lead.status}: nobody calls back")
    lead.follow_up_on = on
    details = {"follow_up_on": on}
    audit.record(
        session, subject, "FOLLOW_UP", Resource.LEAD, lead.id, at, lead.location_id, details=details
    )
    session.flush()
    return lead


def lose(session: Session, subject: Subject, *, lead_id: UUID, reason: str, at: datetime) -> Lead:
    """The customer will not move with us; open quotes of the lead expire with it."""
    require(subject, Resource.LEAD, Action.UPDATE)
    lead = rows.get(session, subject, Lead, lead_id)
    reason = checks.clean_text("reason", reason, 100)
    today = rows.day_at(session, subject, lead.location_id, at)
    advance(session, subject, lead, LeadEvent.LOSE, at, reason=reason)
    lead.lost_at, lead.lost_on, lead.lost_reason = at, today, reason
    with as_system(session):
        for quote in open_quotes(session, subject, lead.id):
            move(session, subject, QUOTE, quote, QuoteEvent.EXPIRE, at)
            quote.expired_at, quote.decided_on = at, today
        session.flush()
    return lead


def reopen(session: Session, subject: Subject, *, lead_id: UUID, at: datetime) -> Lead:
    """A lost lead comes back; it stays the same lead. For managers and above."""
    require(subject, Resource.LEAD, Action.UPDATE)
    if subject.role not in _REOPENERS:
        raise ActionRefused(f"{subject.role} may not reopen a lost lead: ask the branch manager")
    lead = rows.get(session, subject, Lead, lead_id)
    advance(session, subject, lead, LeadEvent.REOPEN, at)
    lead.lost_at = lead.lost_on = lead.lost_reason = None
    session.flush()
    return lead


def archive(session: Session, subject: Subject, *, lead_id: UUID, at: datetime) -> Lead:
    """Take a lead that was decided ninety days ago, and has nothing left open, off the boards."""
    require(subject, Resource.LEAD, Action.UPDATE)
    lead = rows.get(session, subject, Lead, lead_id)
    today = rows.day_at(session, subject, lead.location_id, at)
    decided_on = lead.won_on if lead.status == LeadStatus.WON else lead.lost_on
    reason = _open_business(session, subject, lead.id)
    if decided_on is not None and decided_on > today - ARCHIVE_AFTER:
        reason = f"decided on {decided_on}, less than {ARCHIVE_AFTER.days} days ago"
    if decided_on is not None and reason:
        raise TransitionRefused(LEAD.name, LeadStatus(lead.status), LeadEvent.ARCHIVE, reason)
    advance(session, subject, lead, LeadEvent.ARCHIVE, at)
    session.flush()
    return lead


def advance(
    session: Session, subject: Subject, lead: Lead, event: LeadEvent, at: datetime, **details: Any
) -> None:
    """Move a locked lead and keep the instants that follow from it."""
    local_at = rows.local_at(session, subject, lead.location_id, at)
    if event is LeadEvent.QUOTE_SENT:
        for passed in PASSED_ON_QUOTE.get(LeadStatus(lead.status), ()):
            move(session, subject, LEAD, lead, passed, at, is_passed=True)
            session.flush()
    move(session, subject, LEAD, lead, event, at, **details)
    if event in (LeadEvent.CONTACT, LeadEvent.QUOTE_SENT):
        lead.last_contacted_at = at
        if lead.follow_up_on is not None and lead.follow_up_on <= local_at.date():
            lead.follow_up_on = None  # the promise is kept
        if lead.first_contacted_at is None:
            lead.first_contacted_at, lead.first_contacted_local_at = at, local_at
    if event is LeadEvent.WIN:
        lead.won_at, lead.won_on = at, local_at.date()


def open_quotes(session: Session, subject: Subject, lead_id: UUID) -> list[Quote]:
    """The undecided quotes of a lead, locked, in a fixed order."""
    query = (
        select(Quote)
        .where(Quote.client_id == subject.client_id, Quote.lead_id == lead_id)
        .where(Quote.status.in_([status.value for status in _UNDECIDED]))
        .order_by(Quote.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _open_business(session: Session, subject: Subject, lead_id: UUID) -> str:
    """What of a lead is still going on, in words; empty when nothing is."""
    undone = [*_UNDECIDED, QuoteStatus.ACCEPTED]
    settled = [InvoiceStatus.PAID, InvoiceStatus.CANCELLED, InvoiceStatus.REFUNDED]
    offers = select(Quote.id).where(Quote.client_id == subject.client_id, Quote.lead_id == lead_id)
    jobs = select(TruckJourney.id).where(
        TruckJourney.client_id == subject.client_id, TruckJourney.quote_id.in_(offers)
    )
    unpaid = select(Invoice.id).where(
        Invoice.client_id == subject.client_id,
        or_(Invoice.quote_id.in_(offers), Invoice.journey_id.in_(jobs)),
        Invoice.status.not_in([status.value for status in settled]),
    )
    open_offers = offers.where(Quote.status.in_([status.value for status in undone]))
    with as_system(session):
        if session.scalar(select(open_offers.exists())):
            return "a quote of it is open"
        return "an invoice of it is unpaid" if session.scalar(select(unpaid.exists())) else ""


def _columns(data: LeadData) -> dict[str, Any]:
    for field in ("origin_province", "destination_province"):
        code = getattr(data, field)
        if code is not None:
            tax.province(field, code)
    if data.estimated_amount is not None:
        checks.money("estimated_amount", data.estimated_amount)
    return {
        "source": checks.clean_text("source", data.source, 100),
        "service_type": checks.clean_text("service_type", data.service_type, 60),
        "move_size": checks.optional_text("move_size", data.move_size, 60),
        "estimated_move_on": data.estimated_move_on,
        "estimated_amount": data.estimated_amount,
        "origin_province": data.origin_province,
        "destination_province": data.destination_province,
        "priority": data.priority.value,
        "is_bad": data.is_bad,
        "notes": checks.optional_text("notes", data.notes, 1000),
    }
