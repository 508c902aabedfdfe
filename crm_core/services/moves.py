"""One step of a state machine on a stored row: the new status and its audit entry together.

Which steps exist is in `machines`; guards and further effects are the caller's. The history and
the event in the outbox are written by a trigger.
"""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.security import audit
from crm_core.security.permissions import Subject
from crm_core.services.machines.machine import Event, Machine, State, next_state


class Movable(Protocol):
    """What a row needs to be moved."""

    id: Any


def move(
    session: Session,
    subject: Subject,
    machine: Machine[State, Event],
    row: Movable,
    event: Event,
    at: datetime,
    **details: Any,
) -> State:
    """Set the status that follows `event` and record it; returns the status before.

    Raises `TransitionRefused`, leaving the row as it was.
    """
    before = machine.state_of(row)
    after = next_state(machine, before, event)
    setattr(row, machine.column, after.value)
    resource_id: UUID = row.id
    audit.record(
        session,
        subject,
        event,
        machine.resource,
        resource_id,
        at,
        location_id=getattr(row, "location_id", None),  # what belongs to no branch has none
        details={"from": before, "to": after, **details},
    )
    return before
