"""Changes made on devices without a connection: each is applied once, in order, and answered.

What a change does is done by the service of its kind; how its states follow is `machines.mobile`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import MobileSyncStatus, MobileUpdateType
from crm_core.errors import CrmError, InvalidInput
from crm_core.ids import new_id
from crm_core.models import MobileJourneyUpdate, MobileSession, TruckJourney
from crm_core.models.mobile import MOST_RETRIES
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import rows
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.machines.mobile import MOBILE_UPDATE, UpdateEvent
from crm_core.services.mobile import mobile_apply, mobile_sessions
from crm_core.services.mobile.mobile_apply import Conflict
from crm_core.services.moves import move
from crm_core.services.operations.journey_reach import is_on_crew
from crm_core.services.operations.phase_rules import EvidenceMissing

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class DeviceUpdate:
    """One queued change; `occurred_at` by the device's clock, `base_version` the journey's there.

    Data by type: STATUS {"event": PREPARE|DEPART|ARRIVE|COMPLETE}; CHECKLIST {"phase_number",
    "item_key", "skip_reason"?, "notes"?}; NOTE {"text", "tag"?}; MEDIA the file as announced;
    LOCATION nothing but `position`.
    """

    client_update_id: UUID
    journey_id: UUID
    update_type: MobileUpdateType
    occurred_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    step_number: int | None = None
    base_version: int | None = None
    position: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """The answer to one change, with the journey as the server has it now."""

    client_update_id: UUID
    status: MobileSyncStatus
    error: str | None = None
    device_version: int | None = None
    server_version: int | None = None
    server_stage: str | None = None


def sync(
    session: Session,
    subject: Subject,
    *,
    session_id: UUID,
    updates: Sequence[DeviceUpdate],
    at: datetime,
) -> list[Outcome]:
    """Apply a device's queue in its order; one that fails does not stop the others.

    A `client_update_id` seen before gets its earlier answer, or is tried again when it waits for
    evidence. A change from the future, or of a journey out of reach, is answered but not kept.
    """
    require(subject, Resource.MOBILE, Action.CREATE)
    device = mobile_sessions.in_use(session, subject, session_id, at)
    followed: dict[UUID, tuple[int, int]] = {}
    outcomes = []
    for update in updates:
        known = _known(session, subject, update.client_update_id)
        if known is not None and known.user_id != subject.user_id:
            error = "client_update_id: is taken by another device"
            outcomes.append(Outcome(update.client_update_id, MobileSyncStatus.FAILED, error))
            continue
        refused = _refusal(session, subject, update, at) if known is None else None
        if refused is not None:
            outcomes.append(Outcome(update.client_update_id, MobileSyncStatus.FAILED, refused))
            continue
        stored = known or _store(session, subject, device, update, at)
        if stored.sync_status == MobileSyncStatus.PENDING:
            _try(session, subject, stored, at, followed)
        outcomes.append(_outcome(session, subject, stored))
    device.last_synced_at = at
    session.flush()
    return outcomes


def retry(session: Session, subject: Subject, *, update_id: UUID, at: datetime) -> Outcome:
    """Try a change that waits once more."""
    stored = _own(session, subject, update_id)
    if stored.sync_status == MobileSyncStatus.PENDING:
        _try(session, subject, stored, at, {})
    return _outcome(session, subject, stored)


def resolve(
    session: Session, subject: Subject, *, update_id: UUID, takes_device: bool, at: datetime
) -> Outcome:
    """The person has decided on a conflict: the device's change, or the server's state."""
    stored = _own(session, subject, update_id)
    if stored.sync_status != MobileSyncStatus.CONFLICT:
        state = MobileSyncStatus(stored.sync_status)
        raise TransitionRefused(MOBILE_UPDATE.name, state, UpdateEvent.APPLY, "it is no conflict")
    if takes_device:
        with as_system(session):
            journey = rows.get(session, subject, TruckJourney, stored.journey_id)
            stored.base_version = journey.lock_version
        _try(session, subject, stored, at, {})
    else:
        with as_system(session):
            _settle(session, subject, stored, UpdateEvent.APPLY, at)
    return _outcome(session, subject, stored)


def _try(
    session: Session,
    subject: Subject,
    stored: MobileJourneyUpdate,
    at: datetime,
    followed: dict[UUID, tuple[int, int]],
) -> None:
    """One attempt: the change in a savepoint of its own, then its new state."""
    with as_system(session):
        move(session, subject, MOBILE_UPDATE, stored, UpdateEvent.TRY, at)
        session.flush()
        base = stored.base_version
        current = _version(session, stored)
        if base is not None and followed.get(stored.journey_id) == (base, current):
            base = current  # the device's own earlier changes are no news to it
    error: str | None = None
    try:
        with session.begin_nested():
            mobile_apply.apply(session, subject, stored, base, at)
            session.flush()
    except Conflict as clash:
        event, error = UpdateEvent.CLASH, clash.line
    except EvidenceMissing as waiting:
        is_last = stored.retry_count + 1 >= MOST_RETRIES
        event, error = (UpdateEvent.GIVE_UP if is_last else UpdateEvent.DEFER), waiting.line
    except CrmError as refused:
        event, error = UpdateEvent.GIVE_UP, refused.line
    else:
        event = UpdateEvent.APPLY
    with as_system(session):
        _settle(session, subject, stored, event, at, error)
        if event is UpdateEvent.APPLY and stored.base_version is not None:
            followed[stored.journey_id] = (stored.base_version, _version(session, stored))


def _settle(
    session: Session,
    subject: Subject,
    stored: MobileJourneyUpdate,
    event: UpdateEvent,
    at: datetime,
    error: str | None = None,
) -> None:
    move(session, subject, MOBILE_UPDATE, stored, event, at)
    stored.sync_error = error[:500] if error else None
    if event is UpdateEvent.APPLY:
        stored.synced_at = max(at, stored.received_at)
    elif event in (UpdateEvent.DEFER, UpdateEvent.GIVE_UP):
        stored.retry_count = min(stored.retry_count + 1, MOST_RETRIES)
        stored.last_retry_at = at
    session.flush()


def _refusal(session: Session, subject: Subject, update: DeviceUpdate, at: datetime) -> str | None:
    """Why a change cannot even be kept."""
    if update.occurred_at.tzinfo is None:
        return "occurred_at: has no time zone"
    if update.occurred_at - at > CLOCK_TOLERANCE:
        return "occurred_at: is ahead of our clock, set the clock of the device"
    if update.base_version is not None and update.base_version < 1:
        return "base_version: must be above zero"
    with as_system(session):
        try:
            rows.get(session, subject, TruckJourney, update.journey_id, lock=False)
        except rows.NotFound as absent:
            return absent.line
    return None


def _store(
    session: Session,
    subject: Subject,
    device: MobileSession,
    update: DeviceUpdate,
    at: datetime,
) -> MobileJourneyUpdate:
    if update.step_number is not None and not 1 <= update.step_number <= 4:
        raise InvalidInput("step_number", f"{update.step_number} is not between 1 and 4")
    with as_system(session):
        journey = rows.get(session, subject, TruckJourney, update.journey_id, lock=False)
        stored = MobileJourneyUpdate(
            client_id=subject.client_id,
            id=new_id(at),
            location_id=journey.location_id,
            user_id=subject.user_id,
            session_id=device.id,
            journey_id=journey.id,
            step_number=update.step_number,
            update_type=update.update_type.value,
            client_update_id=update.client_update_id,
            base_version=update.base_version,
            occurred_at=update.occurred_at,
            occurred_on=rows.day_at(session, subject, journey.location_id, update.occurred_at),
            received_at=at,
            sync_status=MobileSyncStatus.PENDING.value,
            retry_count=0,
            data=dict(update.data),
            position=dict(update.position) if update.position else None,
        )
        set_moment(session, at)
        session.add(stored)
        session.flush()
        audit.record(
            session,
            subject,
            "CREATE",
            Resource.MOBILE,
            stored.id,
            at,
            stored.location_id,
            details={"update_type": update.update_type, "journey_id": journey.id},
        )
        session.flush()
    return stored


def _known(
    session: Session, subject: Subject, client_update_id: UUID
) -> MobileJourneyUpdate | None:
    query = select(MobileJourneyUpdate).where(
        MobileJourneyUpdate.client_id == subject.client_id,
        MobileJourneyUpdate.client_update_id == client_update_id,
    )
    with as_system(session):
        return session.scalars(query.with_for_update()).one_or_none()


def _own(session: Session, subject: Subject, update_id: UUID) -> MobileJourneyUpdate:
    require(subject, Resource.MOBILE, Action.UPDATE)
    return rows.act_on(
        session, subject, MobileJourneyUpdate, update_id, Resource.MOBILE, Action.UPDATE
    )


def _version(session: Session, stored: MobileJourneyUpdate) -> int:
    query = select(TruckJourney.lock_version).where(
        TruckJourney.client_id == stored.client_id, TruckJourney.id == stored.journey_id
    )
    return session.scalars(query).one()


def _outcome(session: Session, subject: Subject, stored: MobileJourneyUpdate) -> Outcome:
    status = MobileSyncStatus(stored.sync_status)
    version = stage = None
    with as_system(session):
        journey = rows.get(session, subject, TruckJourney, stored.journey_id, lock=False)
        if journey.owner_id == subject.user_id or is_on_crew(session, subject, journey):
            version, stage = journey.lock_version, journey.status
    return Outcome(
        stored.client_update_id, status, stored.sync_error, stored.base_version, version, stage
    )
