"""Webhooks, outgoing and incoming, and the outbox of events that they and others are fed from.

Signing, retrying and applying belong to the services; what a payload may hold is their contract.
"""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped

from crm_core.enums import DeliveryStatus, InboundStatus
from crm_core.models.base import (
    Base,
    Instant,
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


class DomainEvent(Owned, Base):
    """Something that happened, written in the transaction of the change: the outbox."""

    __tablename__ = "domain_events"
    __scope__: ClassVar[Scope] = Scope(location="location_id")
    __table_args__ = tracked(
        "domain_events",
        tenant_fk("location_id", "locations"),
        Index(
            "ix_domain_events_unpublished",
            "client_id",
            "id",
            postgresql_where=text("published_at is null"),
        ),
        scoped=False,
    )

    location_id: Mapped[UUID | None] = private(Uuid())
    name: Mapped[str] = private(String(60))
    """Thing and act, e.g. quote.accepted."""
    entity: Mapped[str] = private(String(63))
    """Table of the row it is about."""
    entity_id: Mapped[UUID] = private(Uuid())
    payload: Mapped[dict[str, Any]] = private(JSONB, server_default=text("'{}'"))
    """Ids and figures; names and contact data are looked up at delivery."""
    occurred_at: Mapped[datetime] = private(Instant)
    published_at: Mapped[datetime | None] = private(Instant)
    """When its deliveries were queued."""


class Webhook(Owned, Base):
    """A subscription of an outside address to events of the tenant."""

    __tablename__ = "webhooks"
    __table_args__ = tracked(
        "webhooks",
        *not_negative("success_count", "failure_count", "consecutive_failure_count"),
        CheckConstraint("url like 'https://%'", name="url_is_https"),
        CheckConstraint("cardinality(events) > 0", name="has_events"),
        UniqueConstraint("client_id", "name"),
        scoped=False,
    )

    name: Mapped[str] = kept(String(120))
    url: Mapped[str] = private(String(500))
    events: Mapped[list[str]] = kept(ARRAY(Text))
    """Names of the events asked for, as in `domain_events.name`."""
    is_active: Mapped[bool] = kept(Boolean, server_default=text("true"))
    description: Mapped[str | None] = private(String(500))
    headers: Mapped[dict[str, Any] | None] = private(JSONB)
    """Further headers; the signing secret is an encrypted value, never a column."""
    last_triggered_at: Mapped[datetime | None] = private(Instant)
    success_count: Mapped[int] = private(BigInteger, server_default=text("0"))
    failure_count: Mapped[int] = private(BigInteger, server_default=text("0"))
    consecutive_failure_count: Mapped[int] = private(Integer, server_default=text("0"))
    """Failures in a row; twenty switch the webhook off."""
    last_error: Mapped[str | None] = private(Text)


class WebhookDelivery(Owned, Base):
    """The delivery of one event to one webhook, over all its tries."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = tracked(
        "webhook_deliveries",
        in_set("status", DeliveryStatus),
        *not_negative("attempt_count"),
        CheckConstraint("response_code between 100 and 599", name="response_code_range"),
        CheckConstraint(
            "status <> 'DELIVERED' or delivered_at is not null", name="delivered_has_time"
        ),
        CheckConstraint("status <> 'RETRY' or next_attempt_at is not null", name="retry_has_time"),
        tenant_fk("webhook_id", "webhooks"),
        tenant_fk("event_id", "domain_events"),
        UniqueConstraint("client_id", "webhook_id", "event_id"),
        Index(
            "ix_webhook_deliveries_due",
            "client_id",
            "next_attempt_at",
            postgresql_where=text("status in ('PENDING', 'RETRY')"),
        ),
        *indexes("webhook_deliveries", ["event_id"]),
        scoped=False,
    )

    webhook_id: Mapped[UUID] = kept(Uuid())
    event_id: Mapped[UUID] = kept(Uuid())
    """Sent along, so that the receiver can drop what it has seen."""
    event: Mapped[str] = kept(String(60))
    """Name of the event."""
    payload: Mapped[dict[str, Any]] = private(JSONB)
    """The body as signed and sent."""
    signature: Mapped[str | None] = private(String(200))
    """HMAC-SHA-256 of the time, a dot and the body."""
    status: Mapped[str] = one_of(DeliveryStatus, server_default=text("'PENDING'"))
    response_code: Mapped[int | None] = kept(Integer)
    """HTTP status of the last answer."""
    response_body: Mapped[str | None] = private(String(2048))
    """The first two kilobytes of the answer."""
    attempt_count: Mapped[int] = kept(Integer, server_default=text("0"))
    attempted_at: Mapped[datetime | None] = kept(Instant)
    """The last try."""
    next_attempt_at: Mapped[datetime | None] = kept(Instant)
    delivered_at: Mapped[datetime | None] = kept(Instant)
    created_on: Mapped[date | None] = local_of("created_at", Date)
    attempted_on: Mapped[date | None] = local_of("attempted_at", Date)


class InboundEvent(Owned, Base):
    """A webhook that came in, encrypted as it came: the inbox; a repeated one is one row."""

    __tablename__ = "inbound_events"
    __table_args__ = tracked(
        "inbound_events",
        in_set("status", InboundStatus),
        CheckConstraint(
            "status <> 'REFUSED' or refusal_reason is not null", name="refused_has_reason"
        ),
        CheckConstraint("status <> 'APPLIED' or applied_at is not null", name="applied_has_time"),
        tenant_fk("integration_id", "integrations"),
        UniqueConstraint("client_id", "integration_id", "external_id"),
        Index(
            "ix_inbound_events_waiting",
            "client_id",
            "received_at",
            postgresql_where=text("status = 'RECEIVED'"),
        ),
        scoped=False,
    )

    integration_id: Mapped[UUID] = private(Uuid())
    external_id: Mapped[str] = private(String(200))
    """The event's id at the sender."""
    name: Mapped[str] = private(String(100))
    """What the sender calls the event."""
    ciphertext: Mapped[bytes] = private(LargeBinary)
    """The body under the tenant's key."""
    payload_hash: Mapped[str] = private(String(64))
    """SHA-256 of the body: a repeat with another body is refused."""
    status: Mapped[str] = private(String(40), server_default=text("'RECEIVED'"))
    refusal_reason: Mapped[str | None] = private(String(500))
    """The rule that was broken, never the value."""
    received_at: Mapped[datetime] = private(Instant)
    applied_at: Mapped[datetime | None] = private(Instant)
