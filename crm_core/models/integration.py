"""Connections to outside systems, their runs, and the encrypted landing of what they sent.

Fetching, contracts and quarantine rules are in `transforms.sources`; webhooks are in
`crm_core.models.webhooks`.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    IntegrationMode,
    IntegrationStatus,
    IntegrationType,
    PayloadStatus,
    SyncStatus,
    SyncType,
)
from crm_core.models.base import (
    SCHEMA,
    Base,
    Instant,
    LocalTime,
    Owned,
    Scope,
    in_set,
    indexes,
    kept,
    local_of,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)

LANDING = "landing"


class Integration(Owned, Base):
    """A connection of a tenant to an outside system."""

    __tablename__ = "integrations"
    __table_args__ = tracked(
        "integrations",
        in_set("status", IntegrationStatus),
        in_set("type", IntegrationType),
        *not_negative("error_count"),
        CheckConstraint("sync_interval_minutes > 0", name="interval_positive"),
        UniqueConstraint("client_id", "provider", "name"),
        scoped=False,
    )

    provider: Mapped[str] = kept(String(40))
    """Name of the outside system, e.g. smartmoving."""
    name: Mapped[str] = kept(String(120))
    type: Mapped[str] = one_of(IntegrationType, server_default=text("'CRM'"))
    description: Mapped[str | None] = private(String(500))
    api_version: Mapped[str | None] = kept(String(40))
    is_auto_synced: Mapped[bool] = kept(Boolean, server_default=text("true"))
    """Pulled on a timer, not only by hand."""
    sync_interval_minutes: Mapped[int | None] = kept(Integer)
    status: Mapped[str] = one_of(IntegrationStatus, server_default=text("'ACTIVE'"))
    config: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Address and options; a secret stands here only as a reference."""
    cursor: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Per stream, how far it was read."""
    last_sync_at: Mapped[datetime | None] = kept(Instant)
    """Last run that succeeded."""
    next_sync_at: Mapped[datetime | None] = private(Instant)
    error_count: Mapped[int] = kept(Integer, server_default=text("0"))
    """Failed runs in a row."""
    last_error: Mapped[str | None] = private(Text)


class IntegrationLocation(Owned, Base):
    """How one branch uses an integration: as its source, or for reference only."""

    __tablename__ = "integration_locations"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "integration_locations",
        in_set("mode", IntegrationMode),
        tenant_fk("integration_id", "integrations"),
        tenant_fk("location_id", "locations"),
        UniqueConstraint("client_id", "integration_id", "location_id"),
        scoped=False,
    )

    integration_id: Mapped[UUID] = kept(Uuid())
    location_id: Mapped[UUID] = kept(Uuid())
    mode: Mapped[str] = one_of(IntegrationMode)
    """Rows of a source are ours; rows of a reference are only compared."""
    external_name: Mapped[str] = kept(String(200))
    """The branch's name at the source, normalised."""


class IntegrationSyncLog(Owned, Base):
    """One run of one stream of an integration."""

    __tablename__ = "integration_sync_logs"
    __table_args__ = tracked(
        "integration_sync_logs",
        in_set("type", SyncType),
        in_set("status", SyncStatus),
        *not_negative(
            "records_processed",
            "records_created",
            "records_updated",
            "records_unchanged",
            "records_failed",
        ),
        CheckConstraint("completed_at >= started_at", name="completed_after_started"),
        CheckConstraint("window_to_at >= window_from_at", name="window_in_order"),
        tenant_fk("integration_id", "integrations"),
        *indexes("integration_sync_logs", ["integration_id", "started_at"]),
        scoped=False,
    )

    integration_id: Mapped[UUID] = kept(Uuid())
    run_id: Mapped[UUID] = kept(Uuid())
    """Shared by the streams of one run."""
    stream: Mapped[str] = kept(String(60))
    """What was pulled: branches, customers, opportunities and so on."""
    window_from_at: Mapped[datetime | None] = kept(Instant)
    window_to_at: Mapped[datetime | None] = kept(Instant)
    """The span of source time that was asked for."""
    type: Mapped[str] = one_of(SyncType)
    status: Mapped[str] = one_of(SyncStatus)
    records_processed: Mapped[int] = kept(Integer, server_default=text("0"))
    records_created: Mapped[int] = kept(Integer, server_default=text("0"))
    records_updated: Mapped[int] = kept(Integer, server_default=text("0"))
    records_unchanged: Mapped[int] = kept(Integer, server_default=text("0"))
    records_failed: Mapped[int] = kept(Integer, server_default=text("0"))
    """Refused, and kept in quarantine with the reason."""
    started_at: Mapped[datetime] = kept(Instant)
    completed_at: Mapped[datetime | None] = kept(Instant)
    started_on: Mapped[date | None] = local_of("started_at", Date)
    completed_local_at: Mapped[datetime | None] = local_of("completed_at", LocalTime)
    error: Mapped[str | None] = private(Text)


class LandingPayload(Owned, Base):
    """One record as an outside system sent it, encrypted under the tenant's key; append-only."""

    __tablename__ = "payloads"
    __table_args__ = (
        ForeignKeyConstraint(["client_id"], [f"{SCHEMA}.clients.id"]),
        tenant_fk("integration_id", "integrations"),
        in_set("status", PayloadStatus),
        UniqueConstraint("client_id", "integration_id", "stream", "external_id", "payload_hash"),
        Index("ix_payloads_changed_xid", "changed_xid"),
        {"schema": LANDING},
    )

    integration_id: Mapped[UUID] = private(Uuid())
    run_id: Mapped[UUID] = private(Uuid())
    stream: Mapped[str] = private(String(60))
    """What the record is one of."""
    external_id: Mapped[str] = private(String(100))
    payload_hash: Mapped[str] = private(String(64))
    """SHA-256 of the record: the same one is landed once."""
    ciphertext: Mapped[bytes] = private(LargeBinary)
    """The record under the tenant's key."""
    status: Mapped[str] = private(String(40))
    reason: Mapped[str | None] = private(String(500))
    """Why the record is quarantined: the field and the rule, never the value."""
    fetched_at: Mapped[datetime] = private(Instant)
