"""The audit trail: one entry per act, in the transaction of the act, with a hash of its content.

What must be recorded is decided by the services; entries are linked in `security.audit_chain`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import set_moment, tenant_session
from crm_core.enums import AuditSeverity, PermissionScope
from crm_core.ids import new_id
from crm_core.models import AuditEntry
from crm_core.security.permissions import Resource, Subject, system_subject

_FORMAT = "crm-audit-1"
BULK_ROWS = 1_000
"""Exports of more rows than this are noted as warnings."""
_LITERAL = re.compile(r"""'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\$(\w*)\$.*?(?:\$\1\$|$)""", re.DOTALL)


CHANGED = "the content does not match its hash: the entry was changed"


class AuditContent(Protocol):
    """The fields of an entry that its hash covers: a model, or a row read without one."""

    client_id: Any
    id: Any
    location_id: Any
    owner_id: Any
    actor_type: Any
    action: Any
    resource: Any
    resource_id: Any
    severity: Any
    occurred_at: Any
    details: Any


@dataclass(frozen=True)
class AuditProblem:
    """One thing that is wrong with the trail, and where."""

    client_id: UUID
    sequence: int | None
    entry_id: UUID | None
    reason: str

    def __str__(self) -> str:
        place = f"tenant {self.client_id}"
        if self.sequence is not None:
            place += f", sequence {self.sequence}"
        if self.entry_id is not None:
            place += f", entry {self.entry_id}"
        return f"{place}: {self.reason}"


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


def record_export(
    subject: Subject, resource: Resource, what: str, *, at: datetime, **details: object
) -> None:
    """Note that `subject` takes data out; committed at once, before the data is handed over.

    `what` names the door: page, report, sql, … Details are plain facts, never the data.
    """
    # Noted by the platform, so that nobody's own reach decides whether the note can be written.
    within = min(subject.location_ids, default=None, key=str)
    location_id = within if subject.scope is PermissionScope.LOCATION else None
    with tenant_session(system_subject(subject.client_id)) as session:
        record(
            session, subject, "EXPORT", resource, None, at, location_id,
            export_severity(details.get("rows")), {"what": what, **details},
        )  # fmt: skip


def export_severity(rows: object) -> AuditSeverity:
    """How much notice an export of so many rows deserves; files without a count are plain."""
    is_bulk = isinstance(rows, int) and rows > BULK_ROWS
    return AuditSeverity.WARNING if is_bulk else AuditSeverity.INFO


def masked(sql: str) -> str:
    """A statement, or a message about one, without its literals: those may be a person's data."""
    return _LITERAL.sub("'…'", sql)


def content_hash(entry: AuditContent) -> str:
    """SHA-256 over the fields of an entry, each with its length, so that none can flow over."""
    return digest_of(_canonical_fields(entry))


def digest_of(fields: list[str | None]) -> str:
    """SHA-256 over fields, each with its length, in hexadecimal."""
    digest = hashlib.sha256()
    for field in fields:
        content = b"" if field is None else field.encode()
        length = -1 if field is None else len(content)
        digest.update(length.to_bytes(8, "big", signed=True) + content)
    return digest.hexdigest()


def _canonical_fields(entry: AuditContent) -> list[str | None]:
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
