"""Reading the audit trail: its newest entries, as far as the reader may see them.

Entries are written in `security.audit` and linked in `security.audit_chain`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.models import AuditEntry, User
from crm_core.security.permissions import Action, Resource, Subject, require

PLATFORM = "platform"


@dataclass(frozen=True)
class Act:
    """Who did what to which kind of row."""

    at: datetime
    who: str
    action: str
    resource: str
    severity: str
    what: str
    """For exports, which door: page, report, sql, rows."""


def recent_acts(session: Session, subject: Subject, *, count: int) -> list[Act]:
    """The newest entries, newest first; raises `ActionRefused`."""
    require(subject, Resource.AUDIT_ENTRY, Action.READ)
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.client_id == subject.client_id)
        .order_by(AuditEntry.occurred_at.desc(), AuditEntry.id.desc())
        .limit(count)
    ).all()
    people = {entry.owner_id for entry in entries if entry.owner_id is not None}
    users = session.execute(
        select(User.id, User.email)
        .where(User.client_id == subject.client_id, User.id.in_(people))
    ).all()  # fmt: skip
    emails = {row.id: row.email for row in users}
    return [
        Act(
            at=entry.occurred_at,
            who=emails.get(entry.owner_id, PLATFORM if entry.owner_id is None else "–"),
            action=entry.action,
            resource=entry.resource,
            severity=entry.severity,
            what=str(entry.details.get("what", "")),
        )
        for entry in entries
    ]
