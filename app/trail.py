"""Notes of the app in the audit trail: what people took out, and what they asked in SQL.

Sign-ins are noted by `crm_core.services.access`, changes by the services that make them.
"""

from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import PermissionScope
from crm_core.security import audit
from crm_core.security.permissions import Resource, Subject


def note(subject: Subject, action: str, resource: Resource, **details: object) -> None:
    """One entry about what the subject did, committed at once."""
    # People of a branch leave their notes with their branch, where its manager reads them.
    within = min(subject.location_ids, default=None, key=str)
    location_id = within if subject.scope is PermissionScope.LOCATION else None
    with tenant_session(subject) as session:
        audit.record(
            session, subject, action, resource, None, clock.now(), location_id, details=details
        )
