"""Trucks, journeys, people and stock for the tests of assets in this folder.

What must happen to them is asserted in the tests.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm_core.database import loader_session
from crm_core.enums import CrewRole, CrewStatus, EquipmentType, UserRole
from crm_core.ids import new_id
from crm_core.models import (
    AssignedCrew,
    Equipment,
    InventoryItem,
    Location,
    Supplier,
    TruckJourney,
    User,
)
from crm_core.security.permissions import Subject, system_subject
from crm_core.services.equipment import equipment
from crm_core.services.equipment.equipment import EquipmentData
from tests.conftest import TEST_NOW
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_customer

_numbers = count(1)
MORNING = TEST_NOW.replace(hour=16) + timedelta(days=3)
"""Nine in the morning of a Monday in Vancouver."""


def hours(length: float, start: datetime = MORNING) -> datetime:
    return start + timedelta(hours=length)


def a_truck(
    session: Session,
    subject: Subject,
    location_id: UUID,
    name: str,
    at: datetime = TEST_NOW,
    **known: object,
) -> Equipment:
    facts: dict[str, object] = {
        "capacity_cubic_feet": 1000,
        "purchased_on": date(2024, 11, 20),
        "purchase_amount": Decimal("80000.00"),
        "depreciation_rate": Decimal("0.2"),
        "odometer_km": 50_000,
        **known,
    }
    data = EquipmentData(name, EquipmentType.TRUCK, **facts)  # type: ignore[arg-type]
    return equipment.register(session, subject, location_id=location_id, data=data, at=at)


def a_journey(
    session: Session,
    subject: Subject,
    location_id: UUID,
    start_at: datetime = MORNING,
    length: float = 6,
    **known: object,
) -> TruckJourney:
    """A journey as a conversion leaves it, without a quote."""
    number = next(_numbers)
    row = TruckJourney(
        **{
            "client_id": subject.client_id,
            "id": new_id(TEST_NOW),
            "location_id": location_id,
            "customer_id": a_customer(session, subject, location_id).id,
            "journey_number": f"J-2026-{number:06d}",
            "title": "Move",
            "status": "SCHEDULED",
            "priority": "NORMAL",
            "service_type": "Local move",
            "service_on": start_at.date(),
            "planned_start_at": start_at,
            "planned_end_at": hours(length, start_at),
            "crew_size": 2,
            "truck_count": 1,
            **known,
        }
    )
    session.add(row)
    session.flush()
    return row


def a_member(
    session: Session,
    subject: Subject,
    journey: TruckJourney,
    user_id: UUID | None,
    role: CrewRole = CrewRole.MOVER,
) -> AssignedCrew:
    assert user_id is not None
    row = AssignedCrew(
        client_id=subject.client_id,
        id=new_id(TEST_NOW),
        location_id=journey.location_id,
        user_id=user_id,
        journey_id=journey.id,
        crew_role=role.value,
        status=CrewStatus.ASSIGNED.value,
        assigned_at=TEST_NOW,
        planned_start_at=journey.planned_start_at,
        planned_end_at=journey.planned_end_at,
    )
    session.add(row)
    session.flush()
    return row


def an_item(
    session: Session, subject: Subject, location_id: UUID, sku: str = "BOX-M", **known: object
) -> InventoryItem:
    row = InventoryItem(
        **{
            "client_id": subject.client_id,
            "id": new_id(TEST_NOW),
            "location_id": location_id,
            "sku": sku,
            "name": f"Item {sku}",
            "category": "Boxes",
            "min_quantity": Decimal(20),
            "max_quantity": Decimal(100),
            "pack_quantity": Decimal(25),
            "unit_cost_amount": Decimal("2.2000"),
            "unit_price_amount": Decimal("3.99"),
            **known,
        }
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def a_supplier(session: Session, subject: Subject, name: str = "Paper and Board") -> Supplier:
    row = Supplier(client_id=subject.client_id, id=new_id(TEST_NOW), name=name, lead_time_days=5)
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def people(company: Tenant, role: UserRole, number: int, code: str = "VANC") -> list[UUID]:
    """More staff of a branch, beside the one of the tenant."""
    made = []
    system = system_subject(company.client_id)
    with loader_session(system) as session:
        for _ in range(number):
            each = next(_numbers)
            row = User(
                client_id=company.client_id,
                id=new_id(TEST_NOW),
                location_id=company.locations[code],
                role=role.value,
                name=f"Person {each}",
                email=f"person{each}@{company.slug}.example",
            )
            session.add(row)
            made.append(row.id)
    return made


def branch(company: Tenant, code: str, **values: object) -> None:
    """Say something about a branch."""
    system = system_subject(company.client_id)
    with loader_session(system) as session:
        session.execute(
            update(Location)
            .where(Location.client_id == company.client_id, Location.code == code)
            .values(**values)
        )
