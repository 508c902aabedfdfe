"""Events of messages, polled by token and taken as webhooks; both move the message on in the core.

The service decides what an event changes: events come late, twice and in any order.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from crm_core.models import Communication
from crm_core.security.permissions import Subject
from crm_core.services.communication import sending
from transforms.sources.access import Access
from transforms.sources.applying import apply_rows
from transforms.sources.declared import Stream
from transforms.sources.messages.contract import Event
from transforms.sources.paging import Tokens
from transforms.sources.provider import Provider, over_http

EVENTS = Stream(
    "events",
    "/v1/events",
    Event,
    Tokens("events", next="next", parameter="after", since="since", query={"limit": 100}),
    moment="occurred_at",
)
STREAMS = (EVENTS,)


def take(session: Session, subject: Subject, event: Event, at: datetime) -> str | None:
    """Move the message on; None when it stands there already."""
    known = session.query(Communication).filter_by(
        client_id=subject.client_id, provider_message_id=event.message_id
    )
    before = [(row.status, row.clicked_at) for row in known]
    row = sending.receive_receipt(
        session,
        subject,
        provider_message_id=event.message_id,
        receipt=event.receipt,
        at=min(event.occurred_at, at),  # a provider's clock may run ahead of ours
    )
    moved = [(row.status, row.clicked_at)] != before
    return f"message {event.receipt.lower()}" if moved else None


def _headers(access: Access) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.api_key}"}


PROVIDER = Provider(
    "messages",
    over_http("The message provider", STREAMS, _headers),
    apply_rows(EVENTS, Event, take),
    streams=STREAMS,
)
