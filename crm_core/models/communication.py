"""Messages with customers, the templates they are made from, and notifications to staff.

Rendering, sending and retrying belong to the services.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Index,
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
    CommunicationStatus,
    CommunicationType,
    MessageDirection,
    NotificationChannel,
    NotificationPriority,
    NotificationStatus,
    NotificationType,
    TemplateType,
)
from crm_core.models.base import (
    Base,
    Instant,
    Owned,
    Scope,
    Scoped,
    in_set,
    indexes,
    indexes_where_known,
    kept,
    not_negative,
    one_of,
    private,
    tenant_fk,
    tracked,
)

CHANNELS = ", ".join(f"'{channel}'" for channel in NotificationChannel)


class Template(Owned, Base):
    """One version of a reusable text in one language; what was sent names its version."""

    __tablename__ = "templates"
    __table_args__ = tracked(
        "templates",
        in_set("type", TemplateType),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("type <> 'EMAIL' or subject is not null", name="email_has_subject"),
        UniqueConstraint("client_id", "name", "language", "version"),
        Index(
            "uq_templates_active",
            "client_id",
            "name",
            "language",
            unique=True,
            postgresql_where=text("is_active"),
        ),
        scoped=False,
    )

    name: Mapped[str] = kept(String(120))
    type: Mapped[str] = one_of(TemplateType)
    category: Mapped[str | None] = kept(String(60))
    language: Mapped[str] = kept(String(5), server_default=text("'en'"))
    version: Mapped[int] = kept(Integer, server_default=text("1"))
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))
    """In use; one version per name and language."""
    subject: Mapped[str | None] = private(String(200))
    content: Mapped[str] = private(Text)
    """Text with variables in braces."""
    variables: Mapped[list[Any]] = private(JSONB, server_default=text("'[]'"))
    """Per variable: name, type, whether it is required, a sample."""
    description: Mapped[str | None] = private(String(500))
    tags: Mapped[list[str]] = private(ARRAY(Text), server_default=text("'{}'"))


class Communication(Scoped, Base):
    """One message to or from one person outside, as it was rendered; a call or letter by hand."""

    __tablename__ = "communications"
    __table_args__ = tracked(
        "communications",
        in_set("type", CommunicationType),
        in_set("direction", MessageDirection),
        in_set("status", CommunicationStatus),
        *not_negative("attempt_count"),
        CheckConstraint(
            "status not in ('SENT', 'DELIVERED', 'READ')"
            " or (sent_at is not null and sent_on is not null)",
            name="sent_has_date",
        ),
        CheckConstraint(
            "status <> 'FAILED' or (failed_at is not null and failure_reason is not null)",
            name="failed_has_reason",
        ),
        CheckConstraint("delivered_at >= sent_at", name="delivered_after_sent"),
        CheckConstraint("read_at >= sent_at", name="read_after_sent"),
        CheckConstraint(
            "(template_id is null) or (template_version is not null)", name="template_has_version"
        ),
        Index(
            "uq_communications_provider_message",
            "client_id",
            "provider_message_id",
            unique=True,
            postgresql_where=text("provider_message_id is not null"),
        ),
        Index(
            "ix_communications_due",
            "client_id",
            "next_attempt_at",
            postgresql_where=text("status = 'DRAFT' and next_attempt_at is not null"),
        ),
        tenant_fk("template_id", "templates"),
        tenant_fk("customer_id", "customers"),
        tenant_fk("lead_id", "leads"),
        tenant_fk("quote_id", "quotes"),
        tenant_fk("invoice_id", "invoices"),
        tenant_fk("journey_id", "truck_journeys"),
        *indexes("communications", ["customer_id"], ["template_id"]),
        *indexes_where_known("communications", "lead_id", "quote_id", "invoice_id", "journey_id"),
    )

    type: Mapped[str] = one_of(CommunicationType)
    direction: Mapped[str] = one_of(MessageDirection, server_default=text("'OUTBOUND'"))
    status: Mapped[str] = one_of(CommunicationStatus, server_default=text("'DRAFT'"))
    is_automatic: Mapped[bool] = kept(Boolean, server_default=text("false"))
    """Sent by the system: does not count as the first contact of a person."""
    customer_id: Mapped[UUID | None] = kept(Uuid())
    lead_id: Mapped[UUID | None] = kept(Uuid())
    quote_id: Mapped[UUID | None] = kept(Uuid())
    invoice_id: Mapped[UUID | None] = kept(Uuid())
    journey_id: Mapped[UUID | None] = kept(Uuid())
    template_id: Mapped[UUID | None] = kept(Uuid())
    template_version: Mapped[int | None] = kept(Integer)
    recipient: Mapped[str] = private(String(200))
    """Address or number of the person outside, whoever wrote."""
    subject: Mapped[str | None] = private(String(200))
    content: Mapped[str] = private(Text)
    """As rendered and sent, or as it came in."""
    variables: Mapped[dict[str, Any] | None] = private(JSONB)
    """Values that the template was filled with."""
    attachments: Mapped[list[Any] | None] = private(JSONB)
    """Keys of stored files."""
    provider_message_id: Mapped[str | None] = private(String(200))
    """The message's id at the provider; its callbacks are matched by it."""
    provider_data: Mapped[dict[str, Any] | None] = private(JSONB)
    """What the provider said about it, secrets stripped."""
    tags: Mapped[list[str]] = private(ARRAY(Text), server_default=text("'{}'"))
    scheduled_at: Mapped[datetime | None] = kept(Instant)
    """Not to be sent before."""
    sent_at: Mapped[datetime | None] = kept(Instant)
    sent_on: Mapped[date | None] = kept(Date)
    sent_local_at: Mapped[datetime | None] = kept(DateTime())
    """Wall-clock time of `sent_at` at the branch."""
    delivered_at: Mapped[datetime | None] = kept(Instant)
    read_at: Mapped[datetime | None] = kept(Instant)
    clicked_at: Mapped[datetime | None] = kept(Instant)
    failed_at: Mapped[datetime | None] = kept(Instant)
    failure_reason: Mapped[str | None] = private(String(500))
    attempt_count: Mapped[int] = kept(Integer, server_default=text("0"))
    next_attempt_at: Mapped[datetime | None] = kept(Instant)


class Notification(Owned, Base):
    """A note to a member of staff."""

    __tablename__ = "notifications"
    __scope__: ClassVar[Scope] = Scope(location="location_id", owner="user_id")
    __table_args__ = tracked(
        "notifications",
        in_set("type", NotificationType),
        in_set("priority", NotificationPriority),
        in_set("status", NotificationStatus),
        CheckConstraint(
            f"cardinality(channels) > 0 and channels <@ array[{CHANNELS}]", name="channels_known"
        ),
        CheckConstraint("status <> 'READ' or read_at is not null", name="read_has_time"),
        CheckConstraint("(entity is null) = (entity_id is null)", name="entity_whole"),
        tenant_fk("location_id", "locations"),
        tenant_fk("user_id", "users"),
        Index(
            "ix_notifications_unread",
            "client_id",
            "user_id",
            postgresql_where=text("read_at is null"),
        ),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = kept(Uuid())
    user_id: Mapped[UUID] = kept(Uuid())
    """Whom it is for."""
    type: Mapped[str] = one_of(NotificationType)
    priority: Mapped[str] = one_of(NotificationPriority, server_default=text("'NORMAL'"))
    status: Mapped[str] = one_of(NotificationStatus, server_default=text("'PENDING'"))
    channels: Mapped[list[str]] = kept(ARRAY(Text), server_default=text("'{IN_APP}'"))
    """Ways to deliver it: IN_APP, PUSH, EMAIL, SMS."""
    title: Mapped[str] = private(String(200))
    body: Mapped[str | None] = private(String(2000))
    data: Mapped[dict[str, Any] | None] = private(JSONB)
    """What the page behind it needs."""
    entity: Mapped[str | None] = kept(String(63))
    """Table of the row it is about."""
    entity_id: Mapped[UUID | None] = kept(Uuid())
    sent_at: Mapped[datetime | None] = kept(Instant)
    delivered_at: Mapped[datetime | None] = kept(Instant)
    read_at: Mapped[datetime | None] = kept(Instant)
    expires_at: Mapped[datetime | None] = kept(Instant)
    """Unread rows are purged after this."""
