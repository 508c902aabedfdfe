"""The log of a journey: notes and positions, appended and never changed.

Files are `operations.journey_media`; changes sent by devices come through `mobile_sync`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import EntryPriority, EntryType, TagType
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import JourneyEntry, TruckJourney
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.operations.journey_progress import Act
from crm_core.services.operations.journey_reach import journey_to_work_on

Position = Mapping[str, Any]
"""Latitude, longitude, accuracy in metres."""
LONGEST_NOTE = 1000


def add(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    entry_type: EntryType,
    at: datetime,
    occurred_at: datetime | None = None,
    text: str | None = None,
    position: Position | None = None,
    tag: TagType | None = None,
    priority: EntryPriority = EntryPriority.NORMAL,
    client_event_id: UUID | None = None,
) -> JourneyEntry:
    """Append a line by the subject; the same `client_event_id` again gives the first one.

    `occurred_at` is the device's clock, `at` the arrival.
    """
    require(subject, Resource.POSITION, Action.CREATE)
    if subject.user_id is None:
        raise InvalidInput("user_id", "a line of the log needs a person as its author")
    journey = journey_to_work_on(session, subject, journey_id, Action.READ)
    text = checks.optional_text("text", text, LONGEST_NOTE)
    if entry_type is EntryType.NOTE and text is None:
        raise InvalidInput("text", "a note must say something")
    if entry_type is EntryType.GPS and position is None:
        raise InvalidInput("position", "is needed: latitude and longitude")
    with as_system(session):
        if client_event_id is not None:
            known = session.scalars(
                select(JourneyEntry).where(
                    JourneyEntry.client_id == subject.client_id,
                    JourneyEntry.client_event_id == client_event_id,
                )
            ).one_or_none()
            if known is not None:
                return known
        entry = _entry(session, subject, journey, entry_type, occurred_at or at, at)
        entry.priority, entry.tag = priority.value, tag.value if tag else None
        entry.data = {"text": text} if text else None
        entry.position = _checked(position)
        entry.client_event_id = client_event_id
        session.add(entry)
    return entry


def note_position(act: Act, event: str, position: Position | None) -> None:
    """Keep where the truck was when its stage moved; needs a person and a position."""
    if position is None or act.subject.user_id is None:
        return
    entry = _entry(act.session, act.subject, act.journey, EntryType.STATUS_UPDATE, act.at, act.at)
    entry.data, entry.position = {"event": str(event)}, _checked(position)
    act.session.add(entry)
    act.session.flush()


def _entry(
    session: Session,
    subject: Subject,
    journey: TruckJourney,
    entry_type: EntryType,
    occurred_at: datetime,
    recorded_at: datetime,
) -> JourneyEntry:
    return JourneyEntry(
        client_id=journey.client_id,
        id=new_id(recorded_at),
        location_id=journey.location_id,
        user_id=subject.user_id,
        journey_id=journey.id,
        entry_type=entry_type.value,
        occurred_at=checks.instant("occurred_at", occurred_at),
        occurred_local_at=rows.local_at(session, subject, journey.location_id, occurred_at),
        recorded_at=recorded_at,
    )


def _checked(position: Position | None) -> dict[str, Any] | None:
    """Latitude and longitude in degrees, as the device sent them."""
    if position is None:
        return None
    for name, limit in (("latitude", 90), ("longitude", 180)):
        value = position.get(name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not -limit <= value <= limit
        ):
            raise InvalidInput(f"position.{name}", f"{value!r} is not within {limit} degrees")
    return dict(position)
