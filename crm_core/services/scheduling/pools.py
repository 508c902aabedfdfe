"""Branches that share a fleet, and what each of them has.

Which truck goes where is `truck_bookings` and `assignment`.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_core.enums import EquipmentStatus, EquipmentType, JourneyStage, LocationStatus
from crm_core.models import Equipment, Location, TruckJourney
from crm_core.security.permissions import Subject
from crm_core.services.rows import NotFound


def pool_of(session: Session, subject: Subject, location_id: UUID) -> list[Location]:
    """The branch first, then every branch that shares trucks with it, by code.

    Read as the system: a dispatcher sees one branch, and its trucks may stand at another. Sharing
    goes both ways and on, even where only one branch says so. Raises `NotFound`.
    """
    query = select(Location).where(Location.client_id == subject.client_id)
    branches = {branch.code: branch for branch in session.scalars(query.order_by(Location.code))}
    own = next((each for each in branches.values() if each.id == location_id), None)
    if own is None:
        raise NotFound(Location, location_id)
    linked = connected(own.code, {code: each.shared_fleet_codes for code, each in branches.items()})
    sharing = [branches[code] for code in sorted(linked - {own.code})]
    return [own, *(each for each in sharing if each.status == LocationStatus.ACTIVE)]


def connected(code: str, shared: Mapping[str, list[str]]) -> set[str]:
    """All codes that hang together with this one."""
    reached, frontier = {code}, {code}
    while frontier:
        near = {other for each in frontier for other in shared.get(each, [])}
        near |= {other for other, codes in shared.items() if frontier & set(codes)}
        frontier = (near & shared.keys()) - reached
        reached |= frontier
    return reached


def trucks_of(session: Session, subject: Subject, pool: list[Location]) -> int:
    """Trucks in service at the branches; as many as the branches say where none is recorded."""
    query = select(func.count()).where(
        Equipment.client_id == subject.client_id,
        Equipment.location_id.in_([branch.id for branch in pool]),
        Equipment.equipment_type == EquipmentType.TRUCK.value,
        Equipment.status == EquipmentStatus.ACTIVE.value,
    )
    return session.scalars(query).one() or sum(branch.truck_count for branch in pool)


def wanted_on(session: Session, subject: Subject, pool: list[Location], day: date) -> int:
    """Trucks that the journeys of a day need at the branches together."""
    query = select(func.coalesce(func.sum(TruckJourney.truck_count), 0)).where(
        TruckJourney.client_id == subject.client_id,
        TruckJourney.location_id.in_([branch.id for branch in pool]),
        TruckJourney.service_on == day,
        TruckJourney.status != JourneyStage.CANCELLED.value,
    )
    return int(session.scalars(query).one())
