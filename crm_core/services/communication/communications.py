"""Messages to and from customers: drafted from a template, noted by hand, waiting, parked.

What happens on the way is `communication.sending`; who may be written to is
`communication.consent`; which events make which message is `communication.reminders`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import CommunicationStatus, CommunicationType, MessageDirection
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Communication, Customer, Lead
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import consent, templates
from crm_core.services.communication.communication_rules import may_go_at
from crm_core.services.communication.template_language import Value
from crm_core.services.machines.communication import COMMUNICATION, CommunicationEvent
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.sales import LEAD, LeadEvent
from crm_core.services.sales import leads

SAFETY_TAG = "safety"
"""Marks a message that quiet hours do not hold back."""
_BY_HAND = frozenset({CommunicationType.PHONE_CALL, CommunicationType.LETTER})


@dataclass(frozen=True)
class About:
    """What a message is about; all of it may be left out."""

    lead_id: UUID | None = None
    quote_id: UUID | None = None
    invoice_id: UUID | None = None
    journey_id: UUID | None = None


def compose(
    session: Session,
    subject: Subject,
    *,
    customer_id: UUID,
    template: str,
    values: Mapping[str, Value | None],
    at: datetime,
    channels: Sequence[CommunicationType] = (CommunicationType.EMAIL,),
    about: About = About(),
    send_at: datetime | None = None,
    is_automatic: bool = False,
    is_safety: bool = False,
    is_held: bool = False,
    tags: Collection[str] = (),
) -> Communication:
    """Draft a message from the template in use, by the first channel that is open.

    It is due at `send_at`, or at once, but outside quiet hours; a held one waits for `release`.
    Raises `RecipientUnreachable`, `TemplateMissing`, `TemplateRefused`.
    """
    require(subject, Resource.COMMUNICATION, Action.CREATE)
    checks.instant("at", at)
    customer = rows.get(session, subject, Customer, customer_id, lock=False)
    channel = consent.open_channel(customer, channels)
    chosen = templates.find(session, subject, template, customer.language)
    filled = templates.render(chosen, values)
    zone = rows.zone_of(session, subject, customer.location_id)
    due_at = may_go_at(max(at, send_at or at), zone, is_safety=is_safety)
    row = Communication(
        type=channel.value,
        status=CommunicationStatus.DRAFT.value,
        direction=MessageDirection.OUTBOUND.value,
        is_automatic=is_automatic,
        template_id=chosen.id,
        template_version=chosen.version,
        recipient=getattr(customer, consent.ADDRESS[channel]),
        subject=filled.subject if channel is CommunicationType.EMAIL else None,
        content=filled.content,
        variables=filled.values,
        tags=sorted({*tags, *([SAFETY_TAG] if is_safety else [])}),
        scheduled_at=send_at,
        next_attempt_at=None if is_held else due_at,
    )
    return _store(session, subject, row, customer, about, at)


def log(
    session: Session,
    subject: Subject,
    *,
    customer_id: UUID,
    type: CommunicationType,  # noqa: A002 - the column's name
    content: str,
    at: datetime,
    direction: MessageDirection = MessageDirection.OUTBOUND,
    about: About = About(),
    recipient: str | None = None,
    is_delivered: bool = True,
) -> Communication:
    """Note a call or a letter, or what a customer wrote to us; SENT or DELIVERED at once."""
    require(subject, Resource.COMMUNICATION, Action.CREATE)
    checks.instant("at", at)
    if type not in _BY_HAND and direction is MessageDirection.OUTBOUND:
        raise InvalidInput("type", f"a {type} to a customer is composed, not noted by hand")
    customer = rows.get(session, subject, Customer, customer_id, lock=False)
    known = customer.email if type is CommunicationType.EMAIL else customer.phone
    address = checks.clean_text("recipient", recipient or known or "", 200)
    local_at = rows.local_at(session, subject, customer.location_id, at)
    status = CommunicationStatus.DELIVERED if is_delivered else CommunicationStatus.SENT
    row = Communication(
        type=type.value,
        status=status.value,
        direction=direction.value,
        recipient=address,
        content=checks.clean_text("content", content, 20_000),
        sent_at=at,
        sent_on=local_at.date(),
        sent_local_at=local_at,
        delivered_at=at if is_delivered else None,
    )
    _store(session, subject, row, customer, about, at)
    count_contact(session, subject, row, at)
    return row


def release(
    session: Session, subject: Subject, *, communication_id: UUID, at: datetime
) -> Communication:
    """Let a held draft go, or one whose last try nobody knows the outcome of: a person decides."""
    require(subject, Resource.COMMUNICATION, Action.CREATE)
    row = _act_on(session, subject, communication_id)
    with as_system(session):
        if row.status != CommunicationStatus.DRAFT or row.next_attempt_at is not None:
            status = CommunicationStatus(row.status)
            raise TransitionRefused(
                COMMUNICATION.name, status, CommunicationEvent.SEND, "it does not wait for a person"
            )
        zone = rows.zone_of(session, subject, row.location_id)
        row.next_attempt_at = may_go_at(at, zone, is_safety=SAFETY_TAG in row.tags)
        note(session, subject, "RELEASE", row, at)
        session.flush()
    return row


def due(session: Session, subject: Subject, *, as_of: datetime, limit: int = 100) -> list[UUID]:
    """The drafts to be sent now, the longest waiting first."""
    require(subject, Resource.COMMUNICATION, Action.READ)
    return list(
        session.scalars(
            select(Communication.id)
            .where(
                Communication.client_id == subject.client_id,
                Communication.status == CommunicationStatus.DRAFT.value,
                Communication.next_attempt_at <= as_of,
            )
            .order_by(Communication.next_attempt_at, Communication.id)
            .limit(limit)
        )
    )


def parked(session: Session, subject: Subject) -> list[Communication]:
    """Drafts whose last try has no known outcome: shown to people, never sent again by itself.

    One that is being handed over just now is among them.
    """
    require(subject, Resource.COMMUNICATION, Action.READ)
    return list(
        session.scalars(
            select(Communication)
            .where(
                Communication.client_id == subject.client_id,
                Communication.status == CommunicationStatus.DRAFT.value,
                Communication.next_attempt_at.is_(None),
                Communication.attempt_count > 0,
            )
            .order_by(Communication.id)
        )
    )


def _store(
    session: Session,
    subject: Subject,
    row: Communication,
    customer: Customer,
    about: About,
    at: datetime,
) -> Communication:
    row.client_id, row.id, row.customer_id = subject.client_id, new_id(at), customer.id
    row.location_id = customer.location_id
    row.owner_id = subject.user_id or customer.owner_id
    for name, value in asdict(about).items():
        setattr(row, name, value)
    require(subject, Resource.COMMUNICATION, Action.CREATE, rows.facts(row))
    set_moment(session, at)
    rows.add(session, subject, row, Resource.COMMUNICATION)
    note(session, subject, "CREATE", row, at, type=row.type, direction=row.direction)
    session.flush()
    return row


def _act_on(session: Session, subject: Subject, communication_id: UUID) -> Communication:
    return rows.act_on(
        session, subject, Communication, communication_id, Resource.COMMUNICATION, Action.CREATE
    )


def count_contact(session: Session, subject: Subject, row: Communication, at: datetime) -> None:
    """A person's message to a lead, or from one, ends its response time."""
    if row.lead_id is None or row.is_automatic:
        return
    lead = rows.get_for_effect(session, subject, Lead, row.lead_id)
    if (LEAD.state_of(lead), LeadEvent.CONTACT) in LEAD.moves:
        with as_system(session):
            leads.advance(session, subject, lead, LeadEvent.CONTACT, at)


def note(
    session: Session, subject: Subject, act: str, row: Communication, at: datetime, **details: Any
) -> None:
    """An entry of the audit about a message."""
    audit.record(
        session, subject, act, Resource.COMMUNICATION, row.id, at, row.location_id, details=details
    )
