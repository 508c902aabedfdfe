"""Bringing accepted rows into the core, each in a transaction of its own, refusals noted.

What one row does is its source's business; the services decide whether it may.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import tenant_session
from crm_core.errors import CrmError
from crm_core.models import Integration
from crm_core.security.permissions import Subject
from transforms.sources.base import Applied
from transforms.sources.contracts import Row
from transforms.sources.declared import Stream, parse
from transforms.sources.landing import accepted, fence_of, heads_since

Events = Counter[str]
R = TypeVar("R", bound=Row)

FENCE, REFUSED = "applied_fence", "refused"


@contextmanager
def one_record(applied: Applied, subject: Subject, name: str) -> Iterator[tuple[Session, Events]]:
    """One transaction of one record; a refusal is noted after it was rolled back."""
    events: Events = Counter()
    try:
        with tenant_session(subject) as session:
            yield session, events
    except CrmError as refusal:
        applied.refused[name] = refusal.line
    else:
        applied.events.update(events)
        applied.changed += bool(events)
        applied.unchanged += not events


def apply_rows(
    stream: Stream, row: type[R], act: Callable[[Session, Subject, R, datetime], str | None]
) -> Callable[[Subject, UUID, datetime], Applied]:
    """A provider's `apply`: `act` on each row landed since the last run or refused in it.

    `act` says what it did, None for nothing; it must be idempotent. Rows go in the order of their
    landing, and a row whose newest version is in quarantine goes with its last good one.
    """

    def apply(subject: Subject, integration_id: UUID, at: datetime) -> Applied:
        names = (stream.name,)
        with tenant_session(subject) as session:
            integration = session.get_one(Integration, (subject.client_id, integration_id))
            since, fence = int(integration.cursor.get(FENCE, 0)), fence_of(session)
            heads = heads_since(session, integration_id, names, since)
            heads |= {name.split(":")[0] for name in integration.cursor.get(REFUSED, ())}
            found = _rows(session, integration_id, stream, row, heads)
        applied = Applied()
        for name, typed in found:
            with one_record(applied, subject, name) as (session, events):
                done = act(session, subject, typed, at)
                if done is not None:
                    events[done] += 1
        keep_fence(subject, integration_id, fence, applied)
        return applied

    return apply


def keep_fence(subject: Subject, integration_id: UUID, fence: int, applied: Applied) -> None:
    """Note what was applied up to where, and what the core refused."""
    with tenant_session(subject) as session:
        integration = session.get_one(Integration, (subject.client_id, integration_id))
        integration.cursor = {
            **integration.cursor,
            FENCE: fence,
            REFUSED: sorted(applied.refused),
        }


def _rows(
    session: Session, integration_id: UUID, stream: Stream, row: type[R], heads: set[str]
) -> Sequence[tuple[str, R]]:
    if not heads:
        return []
    return [
        (payload.external_id, typed)
        for payload in accepted(session, integration_id, (stream.name,), heads)
        if isinstance(typed := parse((stream,), payload), row)
    ]
