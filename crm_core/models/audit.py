"""The audit trail and the tombstones of deleted rows: both written, never changed.

What must be audited, and how, is in `crm_core.security.audit`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_core.enums import ActorType, AuditSeverity
from crm_core.models.base import (
    SCHEMA,
    Base,
    Instant,
    LakePolicy,
    Scoped,
    Xid8,
    in_set,
    indexes,
    kept,
    one_of,
    private,
    tracked,
)


class AuditEntry(Scoped, Base):
    """One act: who did what to which row; `owner_id` is the person who acted."""

    __tablename__ = "audit_entries"
    __table_args__ = tracked(
        "audit_entries",
        in_set("actor_type", ActorType),
        in_set("severity", AuditSeverity),
        *indexes("audit_entries", ["occurred_at"], ["resource", "resource_id"]),
    )
    # Nothing is read back: those who write the trail need not be allowed to read it.
    __mapper_args__ = {"eager_defaults": False}

    actor_type: Mapped[str] = one_of(ActorType, server_default=text("'USER'"))
    action: Mapped[str] = kept(String(60))
    resource: Mapped[str] = kept(String(60))
    resource_id: Mapped[UUID | None] = kept(Uuid())
    severity: Mapped[str] = one_of(AuditSeverity, server_default=text("'INFO'"))
    occurred_at: Mapped[datetime] = kept(Instant)
    details: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    content_hash: Mapped[str] = kept(String(64))
    """SHA-256 over the canonical content of this entry."""


class Tombstone(Base):
    """A deleted row, so that the extract can delete it too; written by trigger."""

    __tablename__ = "tombstones"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        Index("ix_tombstones_changed_xid", "changed_xid"),
    )

    client_id: Mapped[UUID] = kept(Uuid(), primary_key=True)
    table_name: Mapped[str] = kept(String(63), primary_key=True)
    row_id: Mapped[UUID] = kept(Uuid(), primary_key=True)
    changed_xid: Mapped[int] = mapped_column(
        Xid8(),
        primary_key=True,
        server_default=text("pg_current_xact_id()"),
        info={"lake": LakePolicy.KEEP},
    )
    deleted_at: Mapped[datetime] = kept(Instant, server_default=text("now()"))
