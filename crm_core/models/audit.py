"""The audit trail, its chain, and the tombstones of deleted rows: all written, never changed.

What must be audited is in `crm_core.security.audit`, how it is chained in `security.audit_chain`.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
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
    local_of,
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
    """What was done, e.g. CREATE, ACCEPT, SIGN_IN."""
    resource: Mapped[str] = kept(String(60))
    """Kind of row it was done to."""
    resource_id: Mapped[UUID | None] = kept(Uuid())
    severity: Mapped[str] = one_of(AuditSeverity, server_default=text("'INFO'"))
    occurred_at: Mapped[datetime] = kept(Instant)
    occurred_on: Mapped[date | None] = local_of("occurred_at", Date)
    details: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Plain facts, e.g. statuses and amounts; never names or contact data."""
    content_hash: Mapped[str] = kept(String(64))
    """SHA-256 over the canonical content of this entry."""


class AuditSeal(Base):
    """The place of one entry in its tenant's chain; sequences run from 1 without gaps.

    No foreign key to the entry: a seal must outlive an entry that somebody removes.
    """

    __tablename__ = "audit_seals"
    __table_args__ = (
        UniqueConstraint("client_id", "entry_id"),
        CheckConstraint("sequence >= 1", name="sequence_positive"),
    )

    client_id: Mapped[UUID] = private(Uuid(), primary_key=True)
    sequence: Mapped[int] = private(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = private(Uuid())
    prev_hash: Mapped[str] = private(String(64))
    hash: Mapped[str] = private(String(64))
    """SHA-256 over tenant, sequence, entry, its content and the hash before."""


class AuditHead(Base):
    """A signed end of a tenant's chain; also written outside of the database."""

    __tablename__ = "audit_heads"
    __table_args__ = (Index("ix_audit_heads_sealed_at", "sealed_at"),)

    client_id: Mapped[UUID] = private(Uuid(), primary_key=True)
    sequence: Mapped[int] = private(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = private(String(64))
    fence: Mapped[int] = private(BigInteger)
    """Every entry of a transaction below this number is sealed."""
    sealed_at: Mapped[datetime] = private(Instant)
    signature: Mapped[str] = private(Text)
    """Ed25519 over the other columns, in hexadecimal."""


class Tombstone(Base):
    """A deleted row, so that the extract can delete it too; written by trigger."""

    __tablename__ = "tombstones"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        Index("ix_tombstones_changed_xid", "changed_xid"),
    )

    client_id: Mapped[UUID] = kept(Uuid(), primary_key=True)
    table_name: Mapped[str] = kept(String(63), primary_key=True)
    """Table of the deleted row."""
    row_id: Mapped[UUID] = kept(Uuid(), primary_key=True)
    changed_xid: Mapped[int] = mapped_column(
        Xid8(),
        primary_key=True,
        server_default=text("pg_current_xact_id()"),
        info={"lake": LakePolicy.KEEP},
    )
    """The transaction that deleted the row."""
    deleted_at: Mapped[datetime] = kept(Instant, server_default=text("now()"))
