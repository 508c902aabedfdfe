"""The relay of the outbox: each event is queued for webhooks and made into messages, once.

Events are written by a trigger in the transaction of the change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.enums import Action, Resource
from crm_core.models import DomainEvent
from crm_core.security.permissions import Subject, require
from crm_core.services.communication import reminders
from crm_core.services.integration import webhooks


@dataclass(frozen=True)
class Published:
    """What one round made of the outbox."""

    events: int
    deliveries: int
    messages: int


def publish(session: Session, subject: Subject, *, as_of: datetime, limit: int = 500) -> Published:
    """Take the oldest unpublished events, in order, and mark them; as the platform.

    By mark, never by "later than the last": an event whose transaction ended late is not lost.
    A second relay waits for the rows of the first, and then finds them marked.
    """
    require(subject, Resource.MACHINERY, Action.UPDATE)
    events: Sequence[DomainEvent] = session.scalars(
        select(DomainEvent)
        .where(DomainEvent.client_id == subject.client_id, DomainEvent.published_at.is_(None))
        .order_by(DomainEvent.id)
        .limit(limit)
        .with_for_update()
    ).all()
    owed = webhooks.queue(session, subject, events, at=as_of)
    messages = sum(reminders.on_event(session, subject, event, at=as_of) for event in events)
    for event in events:
        event.published_at = as_of
    session.flush()
    return Published(len(events), owed, messages)
