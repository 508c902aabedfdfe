"""The calendar day of one instant at every branch, and rows whose date is over there.

What is done with such rows is the business of the services that ask.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_core import clock
from crm_core.database import as_system
from crm_core.models import Location
from crm_core.security.permissions import Subject
from crm_core.services import rows

Days = Mapping[UUID | None, date]
"""By branch; None stands for rows that no branch owns."""


def days_at(session: Session, subject: Subject, at: datetime) -> Days:
    """The day of an instant at every branch of the tenant."""
    with as_system(session):
        zones = session.execute(
            select(Location.id, Location.timezone).where(Location.client_id == subject.client_id)
        ).tuples()
        days: dict[UUID | None, date] = {place: clock.local_date(at, zone) for place, zone in zones}
        days[None] = rows.day_at(session, subject, None, at)
    return days


def is_before(
    column: InstrumentedAttribute[date] | InstrumentedAttribute[date | None],
    location: InstrumentedAttribute[UUID | None],
    days: Days,
) -> ColumnElement[bool]:
    """Whether a date of a row lies before the day that `days` gives for its branch."""
    places: dict[date, list[UUID]] = {}
    for place, day in days.items():
        if place is not None:
            places.setdefault(day, []).append(place)
    by_day = [and_(location.in_(ids), column < day) for day, ids in sorted(places.items())]
    return or_(false(), *by_day, and_(location.is_(None), column < days[None]))
