"""The field app: signed-in devices, the changes and files they send, the messages they get.

What a change does to a journey is decided by the services; device data stays in the core.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import (
    MediaType,
    MobileNotificationType,
    MobileSyncStatus,
    MobileUpdateType,
    NotificationPriority,
    SessionSyncState,
    UploadStatus,
)
from crm_core.models.base import (
    Base,
    Instant,
    LocalTime,
    Personal,
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
from crm_core.models.rules import (
    hexadecimal,
    in_order,
    needs,
    only_when,
    percent,
    positive,
    shared_fk,
    together,
    unique_where,
)

MOST_RETRIES = 5
"""Tries after which a change or a file has failed."""


class MobileSession(Personal, Base):
    """A person signed in on a device; at most one at a time per person and device."""

    __tablename__ = "mobile_sessions"
    __table_args__ = tracked(
        "mobile_sessions",
        in_set("sync_status", SessionSyncState),
        in_order("started_at", "ended_at"),
        in_order("started_at", "expires_at", strictly=True),
        CheckConstraint("is_active = (ended_at is null)", name="active_until_ended"),
        together("last_position", "last_position_at"),
        hexadecimal("token_hash"),
        unique_where("mobile_sessions", "active_device", ["user_id", "device_id"], "is_active"),
        UniqueConstraint("client_id", "user_id", "id"),
        UniqueConstraint("token_hash"),
        *indexes("mobile_sessions", ["sync_status", "last_synced_at"]),
        person="user_id",
    )

    device_id: Mapped[str] = private(String(100))
    device_info: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    app_version: Mapped[str] = kept(String(40))
    os_version: Mapped[str] = private(String(40))
    token_hash: Mapped[str] = private(String(64))
    started_at: Mapped[datetime] = kept(Instant)
    started_on: Mapped[date] = kept(Date)
    ended_at: Mapped[datetime | None] = kept(Instant)
    ended_on: Mapped[date | None] = local_of("ended_at", Date)
    expires_at: Mapped[datetime] = kept(Instant)
    expires_on: Mapped[date | None] = local_of("expires_at", Date)
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))
    sync_status: Mapped[str] = one_of(SessionSyncState, server_default=text("'ONLINE'"))
    last_active_at: Mapped[datetime | None] = kept(Instant)
    last_synced_at: Mapped[datetime | None] = kept(Instant)
    last_position: Mapped[dict[str, Any] | None] = private(JSONB)
    last_position_at: Mapped[datetime | None] = private(Instant)
    offline_data: Mapped[dict[str, Any] | None] = private(JSONB)


class MobileJourneyUpdate(Personal, Base):
    """One change made on a device, kept until it is applied, and after."""

    __tablename__ = "mobile_journey_updates"
    __table_args__ = tracked(
        "mobile_journey_updates",
        in_set("update_type", MobileUpdateType),
        in_set("sync_status", MobileSyncStatus),
        CheckConstraint(f"retry_count between 0 and {MOST_RETRIES}", name="retry_count_range"),
        CheckConstraint(
            "occurred_at - received_at <= interval '5 minutes'", name="occurred_at_not_ahead"
        ),
        in_order("received_at", "synced_at"),
        needs("sync_status", [MobileSyncStatus.SYNCED], "synced_at"),
        *only_when("sync_status", [MobileSyncStatus.SYNCED], "synced_at"),
        needs("sync_status", [MobileSyncStatus.FAILED, MobileSyncStatus.CONFLICT], "sync_error"),
        *positive("base_version"),
        UniqueConstraint("client_id", "client_update_id"),
        shared_fk("mobile_sessions", ["user_id", "session_id"], ["user_id", "id"]),
        tenant_fk("journey_id", "truck_journeys"),
        shared_fk("journey_steps", ["journey_id", "step_number"], ["journey_id", "step_number"]),
        *indexes(
            "mobile_journey_updates",
            ["journey_id", "update_type"],
            ["session_id"],
            ["sync_status", "received_at"],
        ),
        person="user_id",
    )

    session_id: Mapped[UUID] = kept(Uuid())
    journey_id: Mapped[UUID] = kept(Uuid())
    step_number: Mapped[int | None] = kept(Integer)
    update_type: Mapped[str] = one_of(MobileUpdateType)
    client_update_id: Mapped[UUID] = kept(Uuid())
    """Made on the device: a replay gets the earlier answer."""
    base_version: Mapped[int | None] = kept(Integer)
    """Version of the journey that the device had; decides on a conflict."""
    occurred_at: Mapped[datetime] = kept(Instant)
    """By the clock of the device."""
    occurred_on: Mapped[date] = kept(Date)
    occurred_local_at: Mapped[datetime | None] = local_of("occurred_at", LocalTime)
    received_at: Mapped[datetime] = kept(Instant)
    synced_at: Mapped[datetime | None] = kept(Instant)
    sync_status: Mapped[str] = one_of(MobileSyncStatus, server_default=text("'PENDING'"))
    sync_error: Mapped[str | None] = private(String(500))
    retry_count: Mapped[int] = kept(Integer, server_default=text("0"))
    last_retry_at: Mapped[datetime | None] = kept(Instant)
    data: Mapped[dict[str, Any]] = private(JSONB)
    position: Mapped[dict[str, Any] | None] = private(JSONB)


class MobileMediaItem(Personal, Base):
    """A file that waits on a device or is being uploaded."""

    __tablename__ = "mobile_media_items"
    __table_args__ = tracked(
        "mobile_media_items",
        in_set("media_type", MediaType),
        in_set("upload_status", UploadStatus),
        *positive("byte_count", "width_pixels", "height_pixels"),
        *not_negative("duration_seconds"),
        *percent("upload_pct"),
        CheckConstraint(f"retry_count between 0 and {MOST_RETRIES}", name="retry_count_range"),
        hexadecimal("sha256"),
        CheckConstraint(
            "(upload_status = 'COMPLETED') = (upload_pct = 100)", name="upload_pct_completed"
        ),
        needs("upload_status", [UploadStatus.COMPLETED], "media_id"),
        *only_when("upload_status", [UploadStatus.COMPLETED], "media_id"),
        tenant_fk("journey_id", "truck_journeys"),
        shared_fk("mobile_sessions", ["user_id", "session_id"], ["user_id", "id"]),
        shared_fk("media", ["journey_id", "media_id"], ["journey_id", "id"]),
        *indexes("mobile_media_items", ["journey_id"], ["upload_status", "retry_count"]),
        person="user_id",
    )

    session_id: Mapped[UUID | None] = kept(Uuid())
    journey_id: Mapped[UUID] = kept(Uuid())
    media_id: Mapped[UUID | None] = kept(Uuid())
    """What the upload became."""
    media_type: Mapped[str] = one_of(MediaType)
    file_path: Mapped[str] = private(String(500))
    thumbnail_path: Mapped[str | None] = private(String(500))
    mime_type: Mapped[str | None] = kept(String(100))
    byte_count: Mapped[int | None] = kept(BigInteger)
    width_pixels: Mapped[int | None] = kept(Integer)
    height_pixels: Mapped[int | None] = kept(Integer)
    duration_seconds: Mapped[int | None] = kept(Integer)
    sha256: Mapped[str | None] = private(String(64))
    captured_at: Mapped[datetime] = kept(Instant)
    upload_status: Mapped[str] = one_of(UploadStatus, server_default=text("'PENDING'"))
    upload_pct: Mapped[int] = kept(Integer, server_default=text("0"))
    retry_count: Mapped[int] = kept(Integer, server_default=text("0"))
    tags: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{}'"))
    details: Mapped[dict[str, Any] | None] = private(JSONB)


class MobileNotification(Personal, Base):
    """A message to a person's device."""

    __tablename__ = "mobile_notifications"
    __table_args__ = tracked(
        "mobile_notifications",
        in_set("notification_type", MobileNotificationType),
        in_set("priority", NotificationPriority),
        in_order("raised_at", "sent_at"),
        in_order("sent_at", "delivered_at"),
        in_order("delivered_at", "read_at"),
        in_order("raised_at", "expires_at", strictly=True),
        shared_fk("mobile_sessions", ["user_id", "session_id"], ["user_id", "id"]),
        *indexes("mobile_notifications", ["user_id", "raised_at"]),
        person="user_id",
    )

    session_id: Mapped[UUID | None] = kept(Uuid())
    notification_type: Mapped[str] = one_of(MobileNotificationType)
    priority: Mapped[str] = one_of(NotificationPriority, server_default=text("'NORMAL'"))
    category: Mapped[str | None] = kept(String(60))
    title: Mapped[str] = private(String(200))
    message: Mapped[str] = private(String(2000))
    data: Mapped[dict[str, Any] | None] = private(JSONB)
    raised_at: Mapped[datetime] = kept(Instant)
    sent_at: Mapped[datetime | None] = kept(Instant)
    delivered_at: Mapped[datetime | None] = kept(Instant)
    read_at: Mapped[datetime | None] = kept(Instant)
    expires_at: Mapped[datetime | None] = kept(Instant)
