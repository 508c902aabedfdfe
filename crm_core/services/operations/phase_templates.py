"""What the phases of a journey ask for: our templates, a tenant's, and their copies.

What must be done before a phase ends is in `phase_rules`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import ChecklistStatus, MediaType, PhaseName, PhaseStatus, UserRole
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import (
    JourneyChecklistItem,
    JourneyMediaRequirement,
    JourneyPhase,
    JourneyPhaseTemplate,
    TruckJourney,
)
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks


@dataclass(frozen=True)
class Template:
    """What one phase asks for; items and media as the tables hold them."""

    estimated_minutes: int | None
    responsible_roles: Sequence[str]
    items: Sequence[Mapping[str, Any]] = ()
    media: Sequence[Mapping[str, Any]] = ()


def _item(title: str, *, needs_medium: bool = False, is_required: bool = True) -> dict[str, Any]:
    return {
        "key": title.lower().replace(" ", "_").replace("-", "_"),
        "title": title,
        "is_required": is_required,
        "is_media_required": needs_medium,
    }


def _medium(kind: MediaType, title: str, *, is_required: bool = True) -> dict[str, Any]:
    key = title.lower().replace(" ", "_").replace("-", "_")
    return {"key": key, "media_type": kind.value, "title": title, "is_required": is_required}


_CREW = (UserRole.DRIVER.value, UserRole.MOVER.value)
_PHOTO, _VIDEO = MediaType.PHOTO, MediaType.VIDEO

# The track of a truck is kept as positions, not as a medium.
DEFAULTS: Mapping[PhaseName, Template] = {
    PhaseName.JOURNEY_CREATION: Template(
        30,
        (UserRole.DISPATCHER.value,),
        [
            _item(title, is_required=False)
            for title in ("Create record", "Assign crew", "Set schedule", "Review needs")
        ],
    ),
    PhaseName.MORNING_PREP: Template(
        45,
        _CREW,
        [
            _item("Vehicle inspection", needs_medium=True),
            _item("Equipment check", needs_medium=True),
            _item("Route review"),
            _item("Call customer"),
            _item("Safety gear"),
        ],
        [
            _medium(_PHOTO, "Vehicle photo"),
            _medium(_PHOTO, "Equipment photo"),
            _medium(_PHOTO, "Route screenshot", is_required=False),
        ],
    ),
    PhaseName.PICKUP_OPERATIONS: Template(
        120,
        _CREW,
        [
            _item("Arrive", needs_medium=True),
            _item("Verify customer"),
            _item("Walk-through", needs_medium=True),
            _item("Load", needs_medium=True),
            _item("Signature", needs_medium=True),
        ],
        [
            _medium(_PHOTO, "Arrival photo"),
            _medium(_PHOTO, "Condition photos"),
            _medium(_VIDEO, "Loading video", is_required=False),
            _medium(MediaType.SIGNATURE, "Pickup signature"),
            _medium(_PHOTO, "Final pickup photo"),
        ],
    ),
    PhaseName.TRANSPORT_OPERATIONS: Template(
        180,
        (UserRole.DRIVER.value,),
        [_item(title) for title in ("GPS on", "Keep to route", "Live position", "Keep in touch")],
        [_medium(_PHOTO, "Transport photos", is_required=False)],
    ),
    PhaseName.DELIVERY_OPERATIONS: Template(
        120,
        _CREW,
        [
            _item("Arrive", needs_medium=True),
            _item("Verify"),
            _item("Unload", needs_medium=True),
            _item("Post-move inspection", needs_medium=True),
            _item("Signature", needs_medium=True),
        ],
        [
            _medium(_PHOTO, "Arrival photo"),
            _medium(_VIDEO, "Unloading video", is_required=False),
            _medium(_PHOTO, "Condition photos"),
            _medium(MediaType.SIGNATURE, "Delivery signature"),
            _medium(_PHOTO, "Final photo"),
        ],
    ),
    PhaseName.JOURNEY_COMPLETION: Template(
        60,
        _CREW,
        [
            _item("Return", needs_medium=True),
            _item("Clean-up", needs_medium=True),
            _item("Documents"),
            _item("Handover"),
        ],
        [
            _medium(_PHOTO, "Return photo"),
            _medium(_PHOTO, "Equipment photos"),
            _medium(MediaType.DOCUMENT, "Summary document"),
        ],
    ),
}
"""What we suggest to a tenant that wants checklists; see `adopt`."""

BARE = {
    name: Template(template.estimated_minutes, template.responsible_roles)
    for name, template in DEFAULTS.items()
}
"""The phases of a tenant without templates: nothing is asked for."""


def adopt(
    session: Session, subject: Subject, *, at: datetime, service_type: str | None = None
) -> list[JourneyPhaseTemplate]:
    """Give the tenant our templates, for one type of service or for all; phases it has stay.

    Returns those that were added.
    """
    require(subject, Resource.JOURNEY_STEP, Action.APPROVE)
    service_type = checks.optional_text("service_type", service_type, 60)
    query = select(JourneyPhaseTemplate.phase_number).where(
        JourneyPhaseTemplate.client_id == subject.client_id,
        JourneyPhaseTemplate.service_type.is_not_distinct_from(service_type),
    )
    with as_system(session):
        held = set(session.scalars(query))
        added = [
            JourneyPhaseTemplate(
                client_id=subject.client_id,
                id=new_id(at),
                phase_number=number,
                phase_name=name.value,
                service_type=service_type,
                estimated_minutes=template.estimated_minutes,
                responsible_roles=list(template.responsible_roles),
                checklist_items=[dict(item) for item in template.items],
                media_requirements=[dict(medium) for medium in template.media],
            )
            for number, (name, template) in enumerate(DEFAULTS.items(), 1)
            if number not in held
        ]
        session.add_all(added)
        for row in added:
            audit.record(
                session,
                subject,
                "CREATE",
                Resource.JOURNEY_STEP,
                row.id,
                at,
                details={"phase_number": row.phase_number, "service_type": service_type},
            )
    return added


def load(session: Session, subject: Subject, service_type: str) -> dict[PhaseName, Template]:
    """The tenant's template of every phase: of the type of service, else of all, else bare."""
    query = (
        select(JourneyPhaseTemplate)
        .where(JourneyPhaseTemplate.client_id == subject.client_id)
        .where(
            or_(
                JourneyPhaseTemplate.service_type == service_type,
                JourneyPhaseTemplate.service_type.is_(None),
            )
        )
        .order_by(JourneyPhaseTemplate.service_type.is_not(None))
    )
    found = dict(BARE)
    for row in session.scalars(query):
        found[PhaseName(row.phase_name)] = Template(
            row.estimated_minutes,
            row.responsible_roles,
            row.checklist_items,
            row.media_requirements,
        )
    return found


def rows_of(
    journey: TruckJourney, templates: Mapping[PhaseName, Template], at: datetime
) -> tuple[list[JourneyPhase], list[JourneyChecklistItem | JourneyMediaRequirement]]:
    """The phases of a new journey, and what they ask for, which refers to them.

    The first phase is completed with the creation, unless its template requires something.
    """
    phases: list[JourneyPhase] = []
    asked: list[JourneyChecklistItem | JourneyMediaRequirement] = []
    for number, name in enumerate(PhaseName, 1):
        template = templates[name]
        own = _asked(journey, number, template, at)
        phase = JourneyPhase(
            **_keys(journey, at),
            phase_number=number,
            phase_name=name.value,
            status=PhaseStatus.PENDING.value,
            estimated_minutes=template.estimated_minutes,
            responsible_roles=list(template.responsible_roles),
        )
        if number == 1:
            phase.started_at = at
            phase.status = PhaseStatus.IN_PROGRESS.value
            if not any(row.is_required for row in own):
                phase.status, phase.completed_at = PhaseStatus.COMPLETED.value, at
        phases.append(phase)
        asked += own
    return phases, asked


def _asked(
    journey: TruckJourney, number: int, template: Template, at: datetime
) -> list[JourneyChecklistItem | JourneyMediaRequirement]:
    try:
        items = [
            JourneyChecklistItem(
                **_keys(journey, at),
                phase_number=number,
                item_key=item["key"],
                title=item["title"],
                description=item.get("description"),
                status=ChecklistStatus.PENDING.value,
                is_required=item.get("is_required", True),
                is_media_required=item.get("is_media_required", False),
                sort_order=place,
            )
            for place, item in enumerate(template.items)
        ]
        media = [
            JourneyMediaRequirement(
                **_keys(journey, at),
                phase_number=number,
                item_key=medium["key"],
                media_type=medium["media_type"],
                title=medium["title"],
                description=medium.get("description"),
                is_required=medium.get("is_required", True),
                quality_standards=medium.get("quality_standards"),
                sort_order=place,
            )
            for place, medium in enumerate(template.media)
        ]
    except KeyError as absent:
        problem = f"an entry of phase {number} has no {absent.args[0]}"
        raise InvalidInput("journey_phase_templates", problem) from absent
    return [*items, *media]


def _keys(journey: TruckJourney, at: datetime) -> dict[str, Any]:
    return {
        "client_id": journey.client_id,
        "id": new_id(at),
        "location_id": journey.location_id,
        "owner_id": journey.owner_id,
        "journey_id": journey.id,
    }
