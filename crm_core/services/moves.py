"""One step of a state machine on a stored row: the new status and its audit entry together.

Which steps exist is in `transitions`; guards and further effects are the caller's.
"""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.security import audit
from crm_core.security.permissions import Resource, Subject
from crm_core.services.transitions import Event, Machine, State, next_state


class HasStatus(Protocol):
    """What a row needs to be moved."""

    id: Any
    location_id: Any
    status: Any


def move(
    session: Session,
    subject: Subject,
    machine: Machine[State, Event],
    row: HasStatus,
    event: Event,
    at: datetime,
    *,
    resource: Resource,
    **details: Any,
) -> State:
    """Set the status that follows `event` and record it; returns the status before.

    Raises `TransitionRefused`, leaving the row as it was.
    """
    before = type(machine.initial)(row.status)
    after = next_state(machine, before, event)
    row.status = after.value
    resource_id: UUID = row.id
    audit.record(
        session,
        subject,
        event,
        resource,
        resource_id,
        at,
        location_id=row.location_id,
        details={"from": before, "to": after, **details},
    )
    return before
