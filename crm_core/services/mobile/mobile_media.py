"""Files on their way from a device: announced, uploaded in parts, verified, kept with the journey.

Receiving bytes is the edge's work; what a kept file satisfies is `operations.journey_media`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import MediaType, UploadStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import MobileMediaItem
from crm_core.models.mobile import MOST_RETRIES
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.machines.machine import next_state
from crm_core.services.machines.mobile import UPLOAD, UploadEvent
from crm_core.services.moves import move
from crm_core.services.operations import journey_media
from crm_core.services.operations.journey_media import MediaData
from crm_core.services.operations.journey_reach import journey_to_work_on

MOST_BEFORE_DONE = 99
"""Only a verified file is at a hundred percent."""


@dataclass(frozen=True)
class Announced:
    """A file that waits on a device, with its digest; `item_key` names what it is for."""

    media_type: MediaType
    file_path: str
    mime_type: str
    byte_count: int
    sha256: str
    captured_at: datetime
    phase_number: int | None = None
    item_key: str | None = None


def announce(
    session: Session,
    subject: Subject,
    *,
    journey_id: UUID,
    file: Announced,
    at: datetime,
    session_id: UUID | None = None,
) -> MobileMediaItem:
    """Note that a file will come."""
    require(subject, Resource.MEDIA, Action.CREATE)
    if subject.user_id is None:
        raise InvalidInput("user_id", "a file needs a person who made it")
    journey = journey_to_work_on(session, subject, journey_id, Action.READ)
    item = MobileMediaItem(
        client_id=journey.client_id,
        id=new_id(at),
        location_id=journey.location_id,
        user_id=subject.user_id,
        session_id=session_id,
        journey_id=journey.id,
        media_type=file.media_type.value,
        file_path=checks.clean_text("file_path", file.file_path, 500),
        mime_type=checks.clean_text("mime_type", file.mime_type, 100),
        byte_count=file.byte_count,
        sha256=file.sha256,
        captured_at=checks.instant("captured_at", file.captured_at),
        upload_status=UploadStatus.PENDING.value,
        details={"phase_number": file.phase_number, "item_key": file.item_key},
    )
    with as_system(session):
        set_moment(session, at)
        session.add(item)
        session.flush()
        audit.record(session, subject, "CREATE", Resource.MOBILE, item.id, at, journey.location_id)
        session.flush()
    return item


def begin(session: Session, subject: Subject, *, item_id: UUID, at: datetime) -> MobileMediaItem:
    """The first part has come, or the first after an interruption."""
    item = _own(session, subject, item_id)
    with as_system(session):
        move(session, subject, UPLOAD, item, UploadEvent.BEGIN, at)
        session.flush()
    return item


def progress(session: Session, subject: Subject, *, item_id: UUID, pct: int) -> MobileMediaItem:
    """Another part has come; it never goes back."""
    item = _own(session, subject, item_id)
    if item.upload_status != UploadStatus.UPLOADING:
        raise InvalidInput("item_id", f"the upload is {item.upload_status}, not UPLOADING")
    if not 0 <= pct <= 100:
        raise InvalidInput("pct", f"{pct} is not between 0 and 100")
    with as_system(session):
        item.upload_pct = max(item.upload_pct, min(pct, MOST_BEFORE_DONE))
        session.flush()
    return item


def finish(
    session: Session, subject: Subject, *, item_id: UUID, object_key: str, sha256: str, at: datetime
) -> MobileMediaItem:
    """All parts are stored under `object_key`; `sha256` is that of the bytes that came.

    When it is the announced one, the file is kept with the journey; else the upload starts over.
    """
    item = _own(session, subject, item_id)
    next_state(UPLOAD, UploadStatus(item.upload_status), UploadEvent.COMPLETE)
    if sha256 != item.sha256:
        return interrupt(session, subject, item_id=item_id, at=at)
    details = item.details or {}
    data = MediaData(
        media_type=MediaType(item.media_type),
        object_key=object_key,
        byte_count=item.byte_count or 0,
        sha256=sha256,
        mime_type=item.mime_type or "",
        phase_number=details.get("phase_number"),
        item_key=details.get("item_key"),
        captured_at=item.captured_at,
    )
    kept = journey_media.add(session, subject, journey_id=item.journey_id, data=data, at=at)
    with as_system(session):
        item.media_id, item.upload_pct = kept.id, 100
        move(session, subject, UPLOAD, item, UploadEvent.COMPLETE, at)
        session.flush()
    return item


def interrupt(
    session: Session, subject: Subject, *, item_id: UUID, at: datetime
) -> MobileMediaItem:
    """The upload broke off, or came out wrong; after five tries it has failed."""
    item = _own(session, subject, item_id)
    is_last = item.retry_count + 1 >= MOST_RETRIES
    event = UploadEvent.GIVE_UP if is_last else UploadEvent.INTERRUPT
    with as_system(session):
        move(session, subject, UPLOAD, item, event, at)
        item.retry_count, item.upload_pct = item.retry_count + 1, 0
        session.flush()
    return item


def _own(session: Session, subject: Subject, item_id: UUID) -> MobileMediaItem:
    """The subject's own file; a file goes with its journey's media, whatever device sent it."""
    require(subject, Resource.MEDIA, Action.CREATE)
    return rows.act_on(session, subject, MobileMediaItem, item_id, Resource.MEDIA, Action.READ)
