"""What one change of a device does to its journey, and when it conflicts with the server.

Keeping and answering changes is `mobile.mobile_sync`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import (
    ChecklistStatus,
    EntryType,
    JourneyStage,
    MediaType,
    MobileUpdateType,
    TagType,
)
from crm_core.errors import CrmError, InvalidInput
from crm_core.models import JourneyChecklistItem, MobileJourneyUpdate, TruckJourney
from crm_core.security.permissions import Action, Subject
from crm_core.services.machines.operations import JourneyEvent
from crm_core.services.mobile import mobile_media
from crm_core.services.mobile.mobile_media import Announced
from crm_core.services.operations import checklists, journey_log, journeys
from crm_core.services.operations.journey_reach import journey_to_work_on

_TARGETS = {
    JourneyEvent.PREPARE: JourneyStage.MORNING_PREP,
    JourneyEvent.DEPART: JourneyStage.EN_ROUTE,
    JourneyEvent.ARRIVE: JourneyStage.ONSITE,
    JourneyEvent.COMPLETE: JourneyStage.COMPLETED,
}


class Conflict(CrmError):
    """The server has moved on since the device last looked: a person decides."""


def apply(
    session: Session,
    subject: Subject,
    update: MobileJourneyUpdate,
    base_version: int | None,
    at: datetime,
) -> None:
    """Do what the change says, at the device's time; raises `Conflict`, or why it is refused."""
    # The journey first: whoever is not on its crew changes nothing of it.
    journey = journey_to_work_on(session, subject, update.journey_id, Action.UPDATE)
    match MobileUpdateType(update.update_type):
        case MobileUpdateType.STATUS:
            _status(session, subject, update, journey, base_version)
        case MobileUpdateType.CHECKLIST:
            _checklist(session, subject, update)
        case MobileUpdateType.MEDIA:
            _media(session, subject, update, at)
        case MobileUpdateType.NOTE | MobileUpdateType.LOCATION as kind:
            _entry(session, subject, update, kind, at)


def _status(
    session: Session,
    subject: Subject,
    update: MobileJourneyUpdate,
    journey: TruckJourney,
    base_version: int | None,
) -> None:
    event = _one_of("event", update.data.get("event"), _TARGETS)
    if base_version != journey.lock_version:
        if journey.status == _TARGETS[event]:
            return
        raise Conflict(
            f"{event} was meant for version {base_version}; the server has version"
            f" {journey.lock_version}, {journey.status}"
        )
    arguments: dict[str, Any] = {"journey_id": journey.id, "at": update.occurred_at}
    acts: dict[JourneyEvent, Callable[..., object]] = {
        JourneyEvent.PREPARE: journeys.prepare,
        JourneyEvent.DEPART: journeys.depart,
        JourneyEvent.ARRIVE: journeys.arrive,
        JourneyEvent.COMPLETE: journeys.complete,
    }
    if event in (JourneyEvent.DEPART, JourneyEvent.ARRIVE):
        arguments["position"] = update.position
    acts[event](session, subject, **arguments)


def _checklist(session: Session, subject: Subject, update: MobileJourneyUpdate) -> None:
    """The union of what all devices ticked; of two remarks the later by device time stays."""
    phase_number, item_key = update.data.get("phase_number"), update.data.get("item_key")
    if not isinstance(phase_number, int) or not isinstance(item_key, str):
        raise InvalidInput("data", "needs phase_number and item_key")
    query = select(JourneyChecklistItem).where(
        JourneyChecklistItem.client_id == update.client_id,
        JourneyChecklistItem.journey_id == update.journey_id,
        JourneyChecklistItem.phase_number == phase_number,
        JourneyChecklistItem.item_key == item_key,
    )
    with as_system(session):
        item = session.scalars(query.with_for_update()).one_or_none()
    notes, reason = update.data.get("notes"), update.data.get("skip_reason")
    named: dict[str, Any] = {
        "journey_id": update.journey_id,
        "phase_number": phase_number,
        "item_key": item_key,
        "at": update.occurred_at,
    }
    if item is not None and item.status == ChecklistStatus.COMPLETED:
        is_later = item.completed_at is not None and update.occurred_at > item.completed_at
        if notes is not None and is_later:
            with as_system(session):
                item.notes = str(notes)[: checklists.LONGEST_NOTE]
                session.flush()
    elif reason is None:
        checklists.complete(session, subject, notes=notes, **named)
    elif item is None or item.status == ChecklistStatus.PENDING:
        checklists.skip(session, subject, reason=str(reason), **named)


def _media(session: Session, subject: Subject, update: MobileJourneyUpdate, at: datetime) -> None:
    data = update.data
    for name in ("file_path", "mime_type", "sha256"):
        if not isinstance(data.get(name), str):
            raise InvalidInput(f"data.{name}", "is needed")
    file = Announced(
        media_type=MediaType(_one_of("media_type", data.get("media_type"), list(MediaType))),
        file_path=data["file_path"],
        mime_type=data["mime_type"],
        byte_count=data.get("byte_count", 0),
        sha256=data["sha256"],
        captured_at=update.occurred_at,
        phase_number=data.get("phase_number"),
        item_key=data.get("item_key"),
    )
    mobile_media.announce(
        session,
        subject,
        journey_id=update.journey_id,
        file=file,
        session_id=update.session_id,
        at=at,
    )


def _entry(
    session: Session,
    subject: Subject,
    update: MobileJourneyUpdate,
    kind: MobileUpdateType,
    at: datetime,
) -> None:
    tag = update.data.get("tag")
    journey_log.add(
        session,
        subject,
        journey_id=update.journey_id,
        entry_type=EntryType.NOTE if kind is MobileUpdateType.NOTE else EntryType.GPS,
        at=at,
        occurred_at=update.occurred_at,
        text=update.data.get("text"),
        position=update.position,
        tag=None if tag is None else TagType(_one_of("tag", tag, list(TagType))),
        client_event_id=update.client_update_id,
    )


def _one_of(field: str, value: object, allowed: Any) -> Any:
    for each in allowed:
        if value == each:
            return each
    known = ", ".join(str(each) for each in allowed)
    raise InvalidInput(f"data.{field}", f"{value!r} is not one of {known}")
