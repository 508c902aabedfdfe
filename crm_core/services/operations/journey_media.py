"""Photos, videos, signatures and documents of a journey, and what they satisfy.

Files that are still on their way from a device are `mobile.mobile_media`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import JourneyStage, MediaType
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import JourneyMediaRequirement, Media, TruckJourney
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks
from crm_core.services.operations.journey_reach import journey_to_work_on

MIME_TYPES = {
    MediaType.PHOTO: ("image/jpeg", "image/png", "image/webp"),
    MediaType.VIDEO: ("video/mp4", "video/quicktime", "video/x-msvideo"),
    MediaType.DOCUMENT: (
        "application/pdf",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    MediaType.SIGNATURE: ("image/png", "image/jpeg", "application/pdf"),
    MediaType.AUDIO: ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav"),
}


@dataclass(frozen=True)
class MediaData:
    """A stored file: `object_key` says where, `sha256` what; `item_key` names what it satisfies."""

    media_type: MediaType
    object_key: str
    byte_count: int
    sha256: str
    mime_type: str
    phase_number: int | None = None
    item_key: str | None = None
    file_name: str | None = None
    captured_at: datetime | None = None
    tags: Sequence[str] = ()


def add(
    session: Session, subject: Subject, *, journey_id: UUID, data: MediaData, at: datetime
) -> Media:
    """Keep a file of the journey; the same bytes again give the first row.

    With `item_key` it satisfies that requirement of its phase, until another file does.
    """
    require(subject, Resource.MEDIA, Action.CREATE)
    if subject.user_id is None:
        raise InvalidInput("user_id", "a file needs a person who made it")
    journey = journey_to_work_on(session, subject, journey_id, Action.READ)
    if journey.status == JourneyStage.CANCELLED:
        raise InvalidInput("journey_id", "the journey is called off")
    if data.mime_type not in MIME_TYPES[data.media_type]:
        allowed = ", ".join(MIME_TYPES[data.media_type])
        raise InvalidInput("mime_type", f"a {data.media_type} is one of {allowed}")
    with as_system(session):
        wanted = _requirement(session, journey, data)
        media = _known(session, journey, data.sha256)
        if media is None:
            media = _media(subject, journey, data, at)
            session.add(media)
            session.flush()
            audit.record(
                session,
                subject,
                "CREATE",
                Resource.MEDIA,
                media.id,
                at,
                journey.location_id,
                details={"journey_id": journey.id, "media_type": data.media_type},
            )
        if wanted is not None:
            wanted.satisfied_by_media_id = media.id
        session.flush()
    return media


def _media(subject: Subject, journey: TruckJourney, data: MediaData, at: datetime) -> Media:
    return Media(
        client_id=journey.client_id,
        id=new_id(at),
        location_id=journey.location_id,
        user_id=subject.user_id,
        journey_id=journey.id,
        phase_number=data.phase_number,
        media_type=data.media_type.value,
        object_key=checks.clean_text("object_key", data.object_key, 500),
        file_name=checks.optional_text("file_name", data.file_name, 255),
        mime_type=data.mime_type,
        byte_count=data.byte_count,
        sha256=data.sha256,
        captured_at=data.captured_at,
        tags=list(data.tags),
    )


def _known(session: Session, journey: TruckJourney, sha256: str) -> Media | None:
    query = select(Media).where(
        Media.client_id == journey.client_id,
        Media.journey_id == journey.id,
        Media.sha256 == sha256,
    )
    return session.scalars(query).one_or_none()


def _requirement(
    session: Session, journey: TruckJourney, data: MediaData
) -> JourneyMediaRequirement | None:
    if data.item_key is None:
        return None
    query = select(JourneyMediaRequirement).where(
        JourneyMediaRequirement.client_id == journey.client_id,
        JourneyMediaRequirement.journey_id == journey.id,
        JourneyMediaRequirement.phase_number == data.phase_number,
        JourneyMediaRequirement.item_key == data.item_key,
    )
    wanted = session.scalars(query.with_for_update()).one_or_none()
    if wanted is None:
        asked = f"phase {data.phase_number} asks for no {data.item_key!r}"
        raise InvalidInput("item_key", asked)
    if wanted.media_type != data.media_type:
        raise InvalidInput("media_type", f"{data.item_key} asks for a {wanted.media_type}")
    return wanted
