"""Webhooks: who subscribed to which events, and the deliveries that are owed to them.

Signatures, waits and addresses are `integration.webhook_rules`; the request itself goes out in
`integration.webhook_delivery`; events come from the outbox through `integration.outbox`.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from uuid import UUID

from sqlalchemy import CheckConstraint, Table, select
from sqlalchemy.orm import Session

from crm_core.database import set_moment
from crm_core.enums import (
    AuditSeverity,
    DeliveryStatus,
    NotificationPriority,
    NotificationType,
)
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.migrations.history import event_prefix, status_columns
from crm_core.models import Base, DomainEvent, Webhook, WebhookDelivery
from crm_core.security import audit, vault
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.communication import notifications
from crm_core.services.communication.notifications import Note
from crm_core.services.integration.webhook_rules import (
    MOST_FAILURES,
    body_of,
    check_url,
    next_try_at,
    sign,
)
from crm_core.services.machines.integration import WEBHOOK_DELIVERY, DeliveryEvent
from crm_core.services.machines.machine import TransitionRefused
from crm_core.services.moves import move

LOST_AFTER = timedelta(minutes=10)
"""A request that was out for so long has no outcome: its process died."""
LONGEST_ANSWER = 2048
_OURS = ("crm-", "host", "content-", "transfer-", "connection")
_E = DeliveryEvent


@dataclass(frozen=True)
class WebhookData:
    """A subscription: names as in the outbox, e.g. quote.accepted, or all of a thing: journey.*"""

    name: str
    url: str
    events: Sequence[str]
    description: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One try: where to, and the exact bytes that were signed."""

    delivery_id: UUID
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What came of a try: an HTTP status, or an error when there was no answer."""

    code: int | None = None
    body: str = ""
    retry_after: timedelta | None = None
    error: str | None = None

    @property
    def is_delivered(self) -> bool:
        return self.code is not None and 200 <= self.code < 300

    @property
    def reason(self) -> str:
        return self.error or f"the receiver answered {self.code}"


@cache
def event_names() -> frozenset[str]:
    """Every event that the outbox can hold, from the status columns of the tables."""
    return frozenset(
        f"{prefix}.{status.lower()}"
        for table in Base.metadata.sorted_tables
        for column in status_columns(table)
        if (prefix := event_prefix(table, column.name))
        for status in _statuses(table, column.name)
    )


def subscribe(
    session: Session, subject: Subject, *, data: WebhookData, at: datetime
) -> tuple[Webhook, str]:
    """A new subscription, and the secret that signs its deliveries: shown once, kept encrypted."""
    require(subject, Resource.WEBHOOK, Action.CREATE)
    checks.instant("at", at)
    webhook = Webhook(client_id=subject.client_id, id=new_id(at), is_active=True)
    _fill(webhook, data)
    set_moment(session, at)
    session.add(webhook)
    _note(session, subject, "CREATE", webhook, at, events=sorted(data.events))
    session.flush()
    return webhook, _new_secret(session, subject, webhook, at)


def change(
    session: Session, subject: Subject, *, webhook_id: UUID, data: WebhookData, at: datetime
) -> Webhook:
    """Another address, other events; deliveries that wait go to the new address."""
    require(subject, Resource.WEBHOOK, Action.UPDATE)
    webhook = rows.get(session, subject, Webhook, webhook_id)
    _fill(webhook, data)
    _note(session, subject, "UPDATE", webhook, at, events=sorted(data.events))
    session.flush()
    return webhook


def rotate_secret(session: Session, subject: Subject, *, webhook_id: UUID, at: datetime) -> str:
    """A new secret, from the next try on."""
    require(subject, Resource.WEBHOOK, Action.UPDATE)
    return _new_secret(session, subject, rows.get(session, subject, Webhook, webhook_id), at)


def switch(
    session: Session, subject: Subject, *, webhook_id: UUID, is_active: bool, at: datetime
) -> Webhook:
    """On or off by hand; what waits for a webhook that is off goes out when it is on again."""
    require(subject, Resource.WEBHOOK, Action.UPDATE)
    webhook = rows.get(session, subject, Webhook, webhook_id)
    if webhook.is_active != is_active:
        webhook.is_active, webhook.consecutive_failure_count = is_active, 0
        _note(session, subject, "ENABLE" if is_active else "DISABLE", webhook, at)
    session.flush()
    return webhook


def queue(
    session: Session, subject: Subject, events: Sequence[DomainEvent], *, at: datetime
) -> int:
    """Owe these events, in their order, to every active webhook that asked; says how many."""
    query = select(Webhook).where(Webhook.client_id == subject.client_id, Webhook.is_active)
    webhooks = session.scalars(query.order_by(Webhook.id)).all()
    owed = [
        WebhookDelivery(
            client_id=subject.client_id,
            id=new_id(at),
            webhook_id=webhook.id,
            event_id=event.id,
            event=event.name,
            payload=_payload(event),
            status=DeliveryStatus.PENDING.value,
            next_attempt_at=at,
        )
        for event in events
        for webhook in webhooks
        if any(fnmatchcase(event.name, wanted) for wanted in webhook.events)
    ]
    set_moment(session, at)
    session.add_all(owed)
    session.flush()
    return len(owed)


def due(
    session: Session, subject: Subject, *, as_of: datetime, limit: int = 100
) -> dict[UUID, list[UUID]]:
    """Deliveries to be tried now, by webhook, each webhook's in the order of the events."""
    require(subject, Resource.WEBHOOK, Action.READ)
    active = (Webhook.client_id == WebhookDelivery.client_id) & (
        Webhook.id == WebhookDelivery.webhook_id
    )
    found = session.execute(
        select(WebhookDelivery.webhook_id, WebhookDelivery.id)
        .join(Webhook, active)
        .where(
            WebhookDelivery.client_id == subject.client_id,
            Webhook.is_active,
            WebhookDelivery.status.in_([DeliveryStatus.PENDING.value, DeliveryStatus.RETRY.value]),
            WebhookDelivery.next_attempt_at <= as_of,
        )
        .order_by(WebhookDelivery.event_id, WebhookDelivery.webhook_id)
        .limit(limit)
    )
    lanes: dict[UUID, list[UUID]] = {}
    for webhook_id, delivery_id in found:
        lanes.setdefault(webhook_id, []).append(delivery_id)
    return lanes


def begin(session: Session, subject: Subject, *, delivery_id: UUID, at: datetime) -> Request | None:
    """Sign a due delivery for one try; None when it is not due any more. Commit before sending.

    A process that dies in between is noticed by `recover`: the receiver may get the event twice,
    with the same id.
    """
    require(subject, Resource.WEBHOOK, Action.UPDATE)
    row = rows.get(session, subject, WebhookDelivery, delivery_id)
    webhook = rows.get(session, subject, Webhook, row.webhook_id)
    if not webhook.is_active or row.next_attempt_at is None or row.next_attempt_at > at:
        return None
    secret = vault.reveal(session, subject, _place(webhook), purpose="sign a delivery", at=at)
    if secret is None:
        status = DeliveryStatus(row.status)
        raise TransitionRefused(WEBHOOK_DELIVERY.name, status, _E.SEND, "the webhook has no secret")
    move(session, subject, WEBHOOK_DELIVERY, row, _E.SEND, at)
    body, timestamp = body_of(row.payload), int(at.timestamp())
    row.signature = sign(secret, timestamp, body)
    row.attempt_count, row.attempted_at, row.next_attempt_at = row.attempt_count + 1, at, None
    webhook.last_triggered_at = at
    session.flush()
    headers = dict(webhook.headers or {}) | {
        "Content-Type": "application/json",
        "Crm-Event-Id": str(row.event_id),
        "Crm-Timestamp": str(timestamp),
        "Crm-Signature": f"v1={row.signature}",
    }
    return Request(row.id, webhook.url, headers, body)


def record(
    session: Session, subject: Subject, *, delivery_id: UUID, outcome: Outcome, at: datetime
) -> WebhookDelivery:
    """What came of a try: delivered, tried again later, or given up after the sixth.

    410 switches the webhook off, and so do twenty failures in a row; administrators are told.
    """
    require(subject, Resource.WEBHOOK, Action.UPDATE)
    row = rows.get(session, subject, WebhookDelivery, delivery_id)
    webhook = rows.get(session, subject, Webhook, row.webhook_id)
    if outcome.is_delivered:
        move(session, subject, WEBHOOK_DELIVERY, row, _E.DELIVER, at)
        row.delivered_at = at
        webhook.success_count, webhook.consecutive_failure_count = webhook.success_count + 1, 0
    else:
        is_gone = outcome.code == 410
        again_at = next_try_at(row.id, row.attempt_count, at, outcome.retry_after)
        event = _E.GIVE_UP if is_gone or again_at is None else _E.POSTPONE
        move(session, subject, WEBHOOK_DELIVERY, row, event, at, code=outcome.code)
        row.next_attempt_at = again_at if event is _E.POSTPONE else None
        webhook.failure_count += 1
        webhook.consecutive_failure_count += 1
        webhook.last_error = outcome.reason
        if is_gone or webhook.consecutive_failure_count >= MOST_FAILURES:
            _switch_off(session, subject, webhook, outcome.reason, at)
    row.response_code = outcome.code
    row.response_body = outcome.body.replace("\x00", "")[:LONGEST_ANSWER] or None
    session.flush()
    return row


def recover(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """Count requests without an outcome as failed tries; says how many there were."""
    require(subject, Resource.WEBHOOK, Action.UPDATE)
    lost = session.scalars(
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.client_id == subject.client_id,
            WebhookDelivery.status == DeliveryStatus.SENT.value,
            WebhookDelivery.attempted_at <= as_of - LOST_AFTER,
        )
        .order_by(WebhookDelivery.event_id)
    ).all()
    outcome = Outcome(error="the request was out when its process ended")
    for delivery_id in lost:
        record(session, subject, delivery_id=delivery_id, outcome=outcome, at=as_of)
    return len(lost)


def _fill(webhook: Webhook, data: WebhookData) -> None:
    check_url(data.url)
    if not data.events:
        raise InvalidInput("events", "name at least one")
    for wanted in data.events:
        thing, _, act = wanted.rpartition(".")
        if act != "*" and wanted not in event_names():
            raise InvalidInput("events", f"no event is called {wanted}")
        if act == "*" and not any(name.startswith(f"{thing}.") for name in event_names()):
            raise InvalidInput("events", f"no event begins with {thing}.")
    for name, value in data.headers.items():
        if not name.isascii() or not name.replace("-", "").isalnum():
            raise InvalidInput("headers", f"{name!r} is not the name of a header")
        if name.lower().startswith(_OURS):
            raise InvalidInput("headers", f"{name} is set by us")
        if not value.isascii() or not value.isprintable() or len(value) > 500:
            raise InvalidInput("headers", f"the value of {name} cannot be sent")
    webhook.name = checks.clean_text("name", data.name, 120)
    webhook.url = checks.clean_text("url", data.url, 500)
    webhook.events = sorted(set(data.events))
    webhook.description = checks.optional_text("description", data.description, 500)
    webhook.headers = dict(data.headers) or None


def _payload(event: DomainEvent) -> dict[str, object]:
    return {
        "id": str(event.id),
        "event": event.name,
        "occurred_at": event.occurred_at.isoformat(),
        "entity": event.entity,
        "entity_id": str(event.entity_id),
        "data": event.payload,
    }


def _switch_off(
    session: Session, subject: Subject, webhook: Webhook, reason: str, at: datetime
) -> None:
    if not webhook.is_active:
        return
    webhook.is_active = False
    _note(session, subject, "DISABLE", webhook, at, AuditSeverity.WARNING, reason=reason)
    note = Note(
        NotificationType.SYSTEM_ALERT,
        f"Webhook {webhook.name} was switched off",
        f"{reason}. Mend the receiver, then switch the webhook on again: what it missed waits.",
        NotificationPriority.HIGH,
        entity="webhooks",
        entity_id=webhook.id,
    )
    notifications.tell_role(session, subject, note, at=at)


def _new_secret(session: Session, subject: Subject, webhook: Webhook, at: datetime) -> str:
    secret = secrets.token_hex(32)
    vault.protect(session, subject, _place(webhook), secret, at=at)
    return secret


def _place(webhook: Webhook) -> vault.Place:
    return vault.Place("webhooks", webhook.id, "secret")


def _statuses(table: Table, column: str) -> tuple[str, ...]:
    return next(
        constraint.info[column]
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint) and column in constraint.info
    )


def _note(
    session: Session,
    subject: Subject,
    act: str,
    webhook: Webhook,
    at: datetime,
    severity: AuditSeverity = AuditSeverity.INFO,
    **details: object,
) -> None:
    audit.record(
        session, subject, act, Resource.WEBHOOK, webhook.id, at, severity=severity, details=details
    )
