"""Alerts about storage that a person must look at: full branches, rent that is behind.

What makes an alert is `storage_rules` and `storage_arrears`; telling people is the edge's.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.database import as_system, set_moment
from crm_core.enums import (
    AlertSeverity,
    Resource,
    StorageAlertType,
    StorageUnitStatus,
)
from crm_core.ids import new_id
from crm_core.models import StorageAlert, StorageBooking, StorageUnit
from crm_core.security import audit
from crm_core.security.permissions import Action, Subject, require
from crm_core.services import rows
from crm_core.services.storage import storage_rules


def check_capacity(session: Session, subject: Subject, *, as_of: datetime) -> int:
    """The daily run: a full type at a branch raises one alert, which ends when it is not full.

    Returns how many alerts are open afterwards.
    """
    require(subject, Resource.STORAGE_UNIT, Action.READ)
    with as_system(session):
        kept = _open_capacity(session, subject)
        full = _full_types(session, subject)
        for place, types in full.items():
            if place not in kept:
                description = "nearly full: " + ", ".join(sorted(types))
                kind, severity = StorageAlertType.CAPACITY, AlertSeverity.HIGH
                raise_alert(session, subject, kind, severity, place, description, as_of)
        for place, alert in kept.items():
            if place not in full:
                resolve(session, subject, alert, as_of)
    return len(full)


def raise_alert(
    session: Session,
    subject: Subject,
    kind: StorageAlertType,
    severity: AlertSeverity,
    location_id: UUID | None,
    description: str,
    at: datetime,
    *,
    unit_id: UUID | None = None,
    booking_id: UUID | None = None,
) -> StorageAlert:
    """Write an alert; audited."""
    alert = StorageAlert(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        type=kind.value,
        severity=severity.value,
        unit_id=unit_id,
        booking_id=booking_id,
        description=description,
        raised_at=at,
        raised_on=rows.day_at(session, subject, location_id, at),
    )
    with as_system(session):
        set_moment(session, at)
        session.add(alert)
        _note(session, subject, "RAISE", alert, at)
        session.flush()
    return alert


def resolve(session: Session, subject: Subject, alert: StorageAlert, at: datetime) -> None:
    """What it was about is over; nothing for one that is resolved already."""
    if alert.resolved_at is None:
        with as_system(session):
            resolved_at = max(at, alert.raised_at)
            resolved_on = rows.day_at(session, subject, alert.location_id, resolved_at)
            alert.resolved_at, alert.resolved_on = resolved_at, resolved_on
            _note(session, subject, "RESOLVE", alert, at)
            session.flush()


def resolve_of_booking(
    session: Session, subject: Subject, booking: StorageBooking, at: datetime
) -> None:
    """End the alerts about the rent of a rental."""
    query = select(StorageAlert).where(
        StorageAlert.client_id == subject.client_id,
        StorageAlert.booking_id == booking.id,
        StorageAlert.type == StorageAlertType.PAYMENT.value,
        StorageAlert.resolved_at.is_(None),
    )
    with as_system(session):
        for alert in session.scalars(query).all():
            resolve(session, subject, alert, at)


def _open_capacity(session: Session, subject: Subject) -> dict[UUID | None, StorageAlert]:
    query = (
        select(StorageAlert)
        .where(
            StorageAlert.client_id == subject.client_id,
            StorageAlert.type == StorageAlertType.CAPACITY.value,
            StorageAlert.resolved_at.is_(None),
        )
        .with_for_update()
    )
    return {alert.location_id: alert for alert in session.scalars(query)}


def _full_types(session: Session, subject: Subject) -> dict[UUID | None, list[str]]:
    """The types of unit that are nearly full, by branch."""
    unit = StorageUnit
    statuses: dict[tuple[UUID | None, str], list[StorageUnitStatus]] = defaultdict(list)
    query = select(unit.location_id, unit.type, unit.status).where(
        unit.client_id == subject.client_id
    )
    for place, kind, status in session.execute(query):
        statuses[place, kind].append(StorageUnitStatus(status))
    full: dict[UUID | None, list[str]] = defaultdict(list)
    for (place, kind), held in statuses.items():
        if storage_rules.occupancy(held).is_full:
            full[place].append(kind)
    return dict(full)


def _note(
    session: Session, subject: Subject, action: str, alert: StorageAlert, at: datetime
) -> None:
    details = {"alert": alert.id, "type": alert.type, "booking_id": alert.booking_id}
    audit.record(
        session,
        subject,
        action,
        Resource.STORAGE_UNIT,
        alert.unit_id,
        at,
        alert.location_id,
        details=details,
    )
