"""The audit trail: one entry per act, in the transaction of the act, with a hash of its content.

What must be recorded is decided by the services; linking entries into a chain is done elsewhere.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import set_moment
from crm_core.enums import AuditSeverity
from crm_core.ids import new_id
from crm_core.models import AuditEntry
from crm_core.security.permissions import Subject

_FORMAT = "crm-audit-1"


@dataclass(frozen=True)
class AuditProblem:
    """An entry whose content is not what was recorded."""

    entry_id: UUID
    reason: str


def record(
    session: Session,
    subject: Subject,
    action: str,
    resource: str,
    resource_id: UUID | None,
    at: datetime,
    location_id: UUID | None = None,
    severity: AuditSeverity = AuditSeverity.INFO,
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write who did what to which row; fails with the transaction it stands in.

    `details` holds plain facts (status before and after, amounts), never names, contact data or
    secrets: entries outlive an erasure.
    """
    set_moment(session, at)
    entry = AuditEntry(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        owner_id=subject.user_id,
        actor_type=subject.actor_type.value,
        action=str(action),
        resource=str(resource),
        resource_id=resource_id,
        severity=severity.value,
        occurred_at=at,
        details=json.loads(json.dumps(dict(details or {}), default=str)),
    )
    entry.content_hash = content_hash(entry)
    session.add(entry)
    return entry


def verify(session: Session) -> list[AuditProblem]:
    """Recompute the hash of every entry the session sees; empty when all agree."""
    entries = session.scalars(
        select(AuditEntry)
        .order_by(AuditEntry.client_id, AuditEntry.id)
        .execution_options(yield_per=1000, populate_existing=True)
    )
    return [
        AuditProblem(entry.id, "the content does not match its hash: the entry was changed")
        for entry in entries
        if entry.content_hash != content_hash(entry)
    ]


def content_hash(entry: AuditEntry) -> str:
    """SHA-256 over the fields of an entry, each with its length, so that none can flow over."""
    digest = hashlib.sha256()
    for field in _canonical_fields(entry):
        content = b"" if field is None else field.encode()
        length = -1 if field is None else len(content)
        digest.update(length.to_bytes(8, "big", signed=True) + content)
    return digest.hexdigest()


def _canonical_fields(entry: AuditEntry) -> list[str | None]:
    return [
        _FORMAT,
        str(entry.client_id),
        str(entry.id),
        _optional(entry.location_id),
        _optional(entry.owner_id),
        entry.actor_type,
        entry.action,
        entry.resource,
        _optional(entry.resource_id),
        entry.severity,
        entry.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        json.dumps(entry.details, sort_keys=True, separators=(",", ":"), ensure_ascii=True),
    ]


def _optional(value: UUID | None) -> str | None:
    return None if value is None else str(value)
