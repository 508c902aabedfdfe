"""New rents of running rentals, told a month ahead.

The rent in force on a day is `storage_rules.rate_on`; the rent run reads it.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import set_moment
from crm_core.enums import BookingStatus
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import StorageBooking, StoragePriceChange
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows
from crm_core.services.storage import storage_rules


def announce(
    session: Session,
    subject: Subject,
    *,
    booking_id: UUID,
    new_amount: Decimal,
    effective_on: date,
    at: datetime,
    reason: str | None = None,
) -> StoragePriceChange:
    """Tell a renter of a new rent per cycle, at least thirty days ahead.

    It applies from the first cycle that begins on `effective_on` or later.
    """
    require(subject, Resource.STORAGE_BOOKING, Action.UPDATE)
    checks.instant("at", at)
    booking = rows.get(session, subject, StorageBooking, booking_id)
    today = rows.day_at(session, subject, booking.location_id, at)
    if BookingStatus(booking.status) not in BookingStatus.holding():
        raise InvalidInput("booking_id", f"the rental is {booking.status}")
    if effective_on < today + storage_rules.NOTICE:
        earliest = today + storage_rules.NOTICE
        raise InvalidInput("effective_on", f"{effective_on} is too soon: {earliest} or later")
    checks.money("new_amount", new_amount)
    told = changes_of(session, booking)
    old = storage_rules.rate_on(booking.rate_amount, told, effective_on)
    if any(change.effective_on >= effective_on for change in told):
        raise InvalidInput("effective_on", "a later change was told already")
    if new_amount == old:
        raise InvalidInput("new_amount", f"the rent is {old} already")
    change = StoragePriceChange(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=booking.location_id,
        owner_id=booking.owner_id,
        booking_id=booking.id,
        old_amount=old,
        new_amount=new_amount,
        currency=booking.currency,
        notified_on=today,
        effective_on=effective_on,
        reason=checks.optional_text("reason", reason, 200),
    )
    set_moment(session, at)
    rows.add(session, subject, change, Resource.STORAGE_BOOKING)
    details = {"old": old, "new": new_amount, "effective_on": effective_on}
    audit.record(
        session,
        subject,
        "PRICE_CHANGE",
        Resource.STORAGE_BOOKING,
        booking.id,
        at,
        booking.location_id,
        details=details,
    )
    session.flush()
    return change


def changes_of(session: Session, booking: StorageBooking) -> list[StoragePriceChange]:
    """The changes told to a renter, oldest first."""
    query = select(StoragePriceChange).where(
        StoragePriceChange.client_id == booking.client_id,
        StoragePriceChange.booking_id == booking.id,
    )
    return list(session.scalars(query.order_by(StoragePriceChange.effective_on)))
