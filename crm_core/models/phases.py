"""The six phases of a journey, and what each asks for; the templates they are copied from.

The journey and the four steps that phases roll up to are in `operations`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Integer, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import ChecklistStatus, MediaType, PhaseName, PhaseStatus
from crm_core.models.base import (
    Base,
    Instant,
    OfJourney,
    Owned,
    Versioned,
    in_set,
    kept,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)
from crm_core.models.rules import in_order, needs, shared_fk

PHASE_NAMED = " ".join(
    ["case phase_number", *(f"when {n} then '{p}'" for n, p in enumerate(PhaseName, 1)), "end"]
)


class JourneyPhaseTemplate(Owned, Base):
    """What a phase asks for, per service type; without one it serves all of them."""

    __tablename__ = "journey_phase_templates"
    __table_args__ = tracked(
        "journey_phase_templates",
        in_set("phase_name", PhaseName),
        CheckConstraint(f"phase_name is not distinct from {PHASE_NAMED}", name="phase_numbered"),
        *not_negative("estimated_minutes"),
        UniqueConstraint(
            "client_id", "phase_number", "service_type", postgresql_nulls_not_distinct=True
        ),
        scoped=False,
    )

    phase_number: Mapped[int] = kept(Integer)
    phase_name: Mapped[str] = one_of(PhaseName)
    service_type: Mapped[str | None] = kept(String(60))
    estimated_minutes: Mapped[int | None] = kept(Integer)
    responsible_roles: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    checklist_items: Mapped[list[dict[str, Any]]] = private(JSONB, server_default=text("'[]'"))
    media_requirements: Mapped[list[dict[str, Any]]] = private(JSONB, server_default=text("'[]'"))


class JourneyPhase(OfJourney, Versioned, Base):
    """One of the six phases of a journey: the record of field work that steps roll up."""

    __tablename__ = "journey_phases"
    __table_args__ = tracked(
        "journey_phases",
        in_set("phase_name", PhaseName),
        in_set("status", PhaseStatus),
        CheckConstraint(f"phase_name is not distinct from {PHASE_NAMED}", name="phase_numbered"),
        *not_negative("estimated_minutes"),
        in_order("started_at", "completed_at"),
        needs("status", [PhaseStatus.IN_PROGRESS, PhaseStatus.COMPLETED], "started_at"),
        needs("status", [PhaseStatus.COMPLETED], "completed_at"),
        UniqueConstraint("client_id", "journey_id", "phase_number"),
        tenant_fk("journey_id", "truck_journeys"),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    phase_number: Mapped[int] = kept(Integer)
    phase_name: Mapped[str] = one_of(PhaseName)
    status: Mapped[str] = one_of(PhaseStatus, server_default=text("'PENDING'"))
    estimated_minutes: Mapped[int | None] = kept(Integer)
    started_at: Mapped[datetime | None] = kept(Instant)
    completed_at: Mapped[datetime | None] = kept(Instant)
    responsible_roles: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))


class JourneyChecklistItem(OfJourney, Base):
    """One thing a phase asks to be done, copied from the template."""

    __tablename__ = "journey_checklist_items"
    __table_args__ = tracked(
        "journey_checklist_items",
        in_set("status", ChecklistStatus),
        *not_negative("sort_order"),
        needs("status", [ChecklistStatus.COMPLETED], "completed_at"),
        needs("status", [ChecklistStatus.SKIPPED], "skip_reason"),
        CheckConstraint("completed_by_id is null or completed_at is not null", name="done_by"),
        UniqueConstraint(
            "client_id",
            "journey_id",
            "phase_number",
            "item_key",
            name="uq_journey_checklist_items_item",
        ),
        shared_fk("journey_phases", ["journey_id", "phase_number"], ["journey_id", "phase_number"]),
        tenant_fk("completed_by_id", "users"),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    phase_number: Mapped[int] = kept(Integer)
    item_key: Mapped[str] = kept(String(60))
    """The item of the template."""
    title: Mapped[str] = kept(String(200))
    description: Mapped[str | None] = private(String(1000))
    status: Mapped[str] = one_of(ChecklistStatus, server_default=text("'PENDING'"))
    is_required: Mapped[bool] = kept(Boolean, server_default=text("true"))
    is_media_required: Mapped[bool] = kept(Boolean, server_default=text("false"))
    sort_order: Mapped[int] = kept(Integer, server_default=text("0"))
    completed_by_id: Mapped[UUID | None] = kept(Uuid())
    completed_at: Mapped[datetime | None] = kept(Instant)
    skip_reason: Mapped[str | None] = private(String(500))
    notes: Mapped[str | None] = private(String(1000))


class JourneyMediaRequirement(OfJourney, Base):
    """One medium a phase asks for, and the upload that satisfies it."""

    __tablename__ = "journey_media_requirements"
    __table_args__ = tracked(
        "journey_media_requirements",
        in_set("media_type", MediaType),
        *not_negative("sort_order"),
        UniqueConstraint(
            "client_id",
            "journey_id",
            "phase_number",
            "item_key",
            name="uq_journey_media_requirements_item",
        ),
        shared_fk("journey_phases", ["journey_id", "phase_number"], ["journey_id", "phase_number"]),
        shared_fk("media", ["journey_id", "satisfied_by_media_id"], ["journey_id", "id"]),
    )

    journey_id: Mapped[UUID] = kept(Uuid())
    phase_number: Mapped[int] = kept(Integer)
    item_key: Mapped[str] = kept(String(60))
    media_type: Mapped[str] = one_of(MediaType)
    title: Mapped[str] = kept(String(200))
    description: Mapped[str | None] = private(String(1000))
    is_required: Mapped[bool] = kept(Boolean, server_default=text("true"))
    sort_order: Mapped[int] = kept(Integer, server_default=text("0"))
    quality_standards: Mapped[dict[str, Any] | None] = private(JSONB)
    satisfied_by_media_id: Mapped[UUID | None] = kept(Uuid())
