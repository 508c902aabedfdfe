"""The fleet as a list: what there is, in which state, and when it is due for maintenance.

Changing equipment is `equipment.equipment`; its maintenance is `equipment.maintenance`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.models import Equipment, Location
from crm_core.security.permissions import Action, Resource, Subject, require

MOST = 1000


@dataclass(frozen=True)
class FleetItem:
    """One truck, trailer or tool."""

    name: str
    branch: str
    kind: str
    status: str
    model: str
    odometer_km: int | None
    last_maintenance_on: date | None
    next_maintenance_on: date | None


def fleet_of(
    session: Session, subject: Subject, *, branches: Collection[str] = ()
) -> list[FleetItem]:
    """Equipment that is still ours, what is due soonest first; raises `ActionRefused`."""
    require(subject, Resource.EQUIPMENT, Action.READ)
    query = (
        select(Equipment, Location.name, Location.code)
        .join(
            Location,
            (Location.client_id == Equipment.client_id) & (Location.id == Equipment.location_id),
        )
        .where(Equipment.client_id == subject.client_id)
        .where(Equipment.retired_on.is_(None), Equipment.sold_on.is_(None))
        .order_by(Equipment.next_maintenance_on.asc().nulls_last(), Equipment.name)
        .limit(MOST)
    )
    return [
        FleetItem(
            name=item.name,
            branch=place,
            kind=item.equipment_type,
            status=item.status,
            model=" ".join(filter(None, (item.manufacturer, item.model))),
            odometer_km=item.odometer_km,
            last_maintenance_on=item.last_maintenance_on,
            next_maintenance_on=item.next_maintenance_on,
        )
        for item, place, code in session.execute(query)
        if not branches or code in branches
    ]
