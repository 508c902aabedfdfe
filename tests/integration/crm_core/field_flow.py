"""A journey worked through by its crew, step by step, for the tests of field work.

What each step must do is asserted in the tests, not here.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import ChecklistStatus, CrewRole, MediaType
from crm_core.models import (
    AssignedCrew,
    JourneyChecklistItem,
    JourneyMediaRequirement,
    Media,
    TruckJourney,
)
from crm_core.security.permissions import Subject
from crm_core.services.operations import checklists, crews, journey_media, journeys, phase_templates
from crm_core.services.operations.journey_media import MIME_TYPES, MediaData
from tests.factories import Tenant
from tests.integration.crm_core.flow import an_accepted_quote, hours

HERE = {"latitude": 49.26, "longitude": -123.1}
SUFFIX = {MediaType.SIGNATURE: "png", MediaType.DOCUMENT: "pdf", MediaType.VIDEO: "mp4"}


def digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def a_journey(
    session: Session,
    company: Tenant,
    start_at: datetime | None = None,
    templates: bool = True,
    by: str = "admin",
) -> TruckJourney:
    """Planned, with a truck; with `templates` it asks for checklists and media."""
    admin = company.subjects[by]
    if templates:
        phase_templates.adopt(session, admin, at=hours(3))
    quote = an_accepted_quote(session, admin, company.locations["VANC"])
    start = start_at or hours(500)
    plan = journeys.JourneyPlan(start, hours(8, start), hours(1, start), truck_number="T-07")
    return journeys.convert(session, admin, quote_id=quote.id, at=hours(4), plans=[plan])[0]


def crewed(
    session: Session, company: Tenant, journey: TruckJourney, *, by: str = "admin"
) -> AssignedCrew:
    """The tenant's driver leads the journey."""
    driver = company.subjects["driver"]
    assert driver.user_id is not None
    return crews.assign(
        session,
        company.subjects[by],
        journey_id=journey.id,
        user_id=driver.user_id,
        crew_role=CrewRole.DRIVER,
        is_lead=True,
        at=hours(5),
    )


def a_file(
    name: str,
    kind: MediaType = MediaType.PHOTO,
    phase_number: int | None = None,
    item_key: str | None = None,
) -> MediaData:
    return MediaData(
        media_type=kind,
        object_key=f"media/{name}",
        byte_count=1000,
        sha256=digest(name),
        mime_type=MIME_TYPES[kind][0],
        phase_number=phase_number,
        item_key=item_key,
    )


def hand_in(
    session: Session, subject: Subject, journey_id: UUID, phase_number: int, at: datetime
) -> list[Media]:
    """Every medium that a phase requires."""
    with as_system(session):
        wanted = session.scalars(
            select(JourneyMediaRequirement).where(
                JourneyMediaRequirement.journey_id == journey_id,
                JourneyMediaRequirement.phase_number == phase_number,
                JourneyMediaRequirement.is_required,
            )
        ).all()
    files = [
        a_file(f"{phase_number}-{row.item_key}", MediaType(row.media_type), phase_number,
               row.item_key)
        for row in wanted
    ]  # fmt: skip
    return [
        journey_media.add(session, subject, journey_id=journey_id, data=file, at=at)
        for file in files
    ]


def tick(
    session: Session, subject: Subject, journey_id: UUID, phase_number: int, at: datetime
) -> int:
    """Every item of a phase that is still open; how many there were."""
    with as_system(session):
        keys = session.scalars(
            select(JourneyChecklistItem.item_key).where(
                JourneyChecklistItem.journey_id == journey_id,
                JourneyChecklistItem.phase_number == phase_number,
                JourneyChecklistItem.status == ChecklistStatus.PENDING.value,
            )
        ).all()
    for key in keys:
        checklists.complete(
            session, subject, journey_id=journey_id, phase_number=phase_number, item_key=key, at=at
        )
    return len(keys)


def minutes(count: int, start: datetime) -> datetime:
    return start + timedelta(minutes=count)
