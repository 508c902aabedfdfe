"""Who came to a unit and whether they got in; those who are behind with their rent do not.

The rule is `storage_arrears.may_enter`; a code itself is an encrypted value.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import AccessType, BookingStatus
from crm_core.ids import new_id
from crm_core.models import StorageAccess, StorageBooking
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.storage import storage_arrears


def enter(
    session: Session, subject: Subject, *, booking_id: UUID, access_type: AccessType, at: datetime
) -> StorageAccess:
    """Record that a renter stands at the unit; `is_granted` says whether they get in."""
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    checks.instant("at", at)
    booking = rows.get(session, subject, StorageBooking, booking_id)
    today = rows.day_at(session, subject, booking.location_id, at)
    with as_system(session):
        late_since = storage_arrears.overdue_since(session, subject, booking, today)
        is_granted = storage_arrears.may_enter(BookingStatus(booking.status), late_since, today)
        entry = StorageAccess(
            client_id=subject.client_id,
            id=new_id(at),
            location_id=booking.location_id,
            owner_id=booking.owner_id,
            unit_id=booking.unit_id,
            booking_id=booking.id,
            access_type=access_type.value,
            is_granted=is_granted,
            entered_at=at,
            entered_on=today,
        )
        set_moment(session, at)
        session.add(entry)
        audit.record(
            session,
            subject,
            "ENTER" if is_granted else "ENTRY_REFUSED",
            Resource.STORAGE_BOOKING,
            booking.id,
            at,
            booking.location_id,
        )
        session.flush()
    return entry
