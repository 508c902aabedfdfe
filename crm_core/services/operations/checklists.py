"""The checklist of a phase: items are ticked by the crew, or skipped with a reason by its lead.

When a phase may end is decided in `operations.phases`.
"""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import ChecklistStatus, JourneyStage, PhaseStatus
from crm_core.errors import InvalidInput
from crm_core.models import JourneyChecklistItem, JourneyPhase, Media, TruckJourney
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Resource,
    Subject,
    require,
)
from crm_core.services import checks
from crm_core.services.machines.machine import TransitionRefused, next_state
from crm_core.services.machines.operations import CHECKLIST_ITEM, ItemEvent
from crm_core.services.moves import move
from crm_core.services.operations.journey_reach import journey_to_work_on, leads
from crm_core.services.operations.phase_rules import EvidenceMissing

LONGEST_NOTE = 1000


def complete(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    phase_number: int,
    item_key: str,
    at: datetime,
    notes: str | None = None,
) -> JourneyChecklistItem:
    """The item is done; one that needs a medium needs a file of the same phase first."""
    journey, item = _item(session, subject, journey_id, phase_number, item_key)
    next_state(CHECKLIST_ITEM, ChecklistStatus(item.status), ItemEvent.COMPLETE)
    with as_system(session):
        _require_open(session, journey, item, ItemEvent.COMPLETE)
        if item.is_media_required and not _has_medium(session, item):
            _refuse(item, ItemEvent.COMPLETE, "it needs a photo or file of this phase first")
        move(session, subject, CHECKLIST_ITEM, item, ItemEvent.COMPLETE, at)
        item.completed_by_id, item.completed_at = subject.user_id, at
        item.skip_reason = None
        if notes is not None:
            item.notes = checks.optional_text("notes", notes, LONGEST_NOTE)
        session.flush()
    return item


def skip(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    phase_number: int,
    item_key: str,
    reason: str,
    at: datetime,
) -> JourneyChecklistItem:
    """The item does not apply; for the lead of the crew and the office."""
    journey, item = _item(session, subject, journey_id, phase_number, item_key)
    if not leads(session, subject, journey):
        raise ActionRefused("only the lead of the crew or the office may skip an item")
    reason = checks.clean_text("reason", reason, 500)
    with as_system(session):
        next_state(CHECKLIST_ITEM, ChecklistStatus(item.status), ItemEvent.SKIP)
        _require_open(session, journey, item, ItemEvent.SKIP)
        move(session, subject, CHECKLIST_ITEM, item, ItemEvent.SKIP, at)
        item.skip_reason = reason
        session.flush()
    return item


def _item(
    session: Session, subject: Subject, journey_id: UUID, phase_number: int, item_key: str
) -> tuple[TruckJourney, JourneyChecklistItem]:
    require(subject, Resource.JOURNEY_STEP, Action.UPDATE)
    journey = journey_to_work_on(session, subject, journey_id)
    query = select(JourneyChecklistItem).where(
        JourneyChecklistItem.client_id == journey.client_id,
        JourneyChecklistItem.journey_id == journey.id,
        JourneyChecklistItem.phase_number == phase_number,
        JourneyChecklistItem.item_key == item_key,
    )
    with as_system(session):
        item = session.scalars(query.with_for_update()).one_or_none()
    if item is None:
        raise InvalidInput("item_key", f"phase {phase_number} has no item {item_key!r}")
    return journey, item


def _require_open(
    session: Session, journey: TruckJourney, item: JourneyChecklistItem, event: ItemEvent
) -> None:
    """Nothing is ticked before its phase; what was left open may be made up until the audit."""
    if journey.status in (JourneyStage.CANCELLED, JourneyStage.AUDITED):
        raise TransitionRefused(
            CHECKLIST_ITEM.name,
            ChecklistStatus(item.status),
            event,
            f"the journey is {journey.status}",
        )
    query = select(JourneyPhase.status).where(
        JourneyPhase.client_id == item.client_id,
        JourneyPhase.journey_id == item.journey_id,
        JourneyPhase.phase_number == item.phase_number,
    )
    if session.scalars(query).one() == PhaseStatus.PENDING:
        _refuse(item, event, f"phase {item.phase_number} has not begun")


def _has_medium(session: Session, item: JourneyChecklistItem) -> bool:
    query = select(Media.id).where(
        Media.client_id == item.client_id,
        Media.journey_id == item.journey_id,
        Media.phase_number == item.phase_number,
    )
    return session.scalars(query).first() is not None


def _refuse(item: JourneyChecklistItem, event: ItemEvent, reason: str) -> NoReturn:
    raise EvidenceMissing(CHECKLIST_ITEM.name, ChecklistStatus(item.status), event, reason)
