"""What people call the rows that other rows refer to, for ids in the reach of a subject.

Names of people follow the rules of `services.tenancy.staff`; lists are `services.listing`.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm_core.models import (
    Equipment,
    Integration,
    InventoryItem,
    Invoice,
    Location,
    Quote,
    StorageUnit,
    Supplier,
    TruckJourney,
)
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.staff import names_of_customers, names_of_users

CALLED: Final[Mapping[str, InstrumentedAttribute[Any]]] = MappingProxyType(
    {
        "equipment_id": Equipment.name,
        "integration_id": Integration.name,
        "invoice_id": Invoice.invoice_number,
        "inventory_item_id": InventoryItem.name,
        "journey_id": TruckJourney.journey_number,
        "location_id": Location.name,
        "quote_id": Quote.quote_number,
        "supplier_id": Supplier.name,
        "unit_id": StorageUnit.unit_number,
    }
)
"""By the column that refers, the column that names."""

PEOPLE: Final = frozenset({"owner_id", "user_id", "approved_by_id", "completed_by_id"})
CUSTOMER: Final = "customer_id"


def is_reference(column: str) -> bool:
    """Whether the values of a column are shown by what they refer to."""
    return column in CALLED or column in PEOPLE or column == CUSTOMER


def labels_of(
    session: Session, subject: Subject, wanted: Mapping[str, Collection[UUID]]
) -> dict[UUID, str]:
    """Labels by id, for ids by the column that holds them; what is out of reach is left out."""
    found: dict[UUID, str] = {}
    people = {row_id for name in PEOPLE for row_id in wanted.get(name, ())}
    found |= names_of_users(session, subject, people)
    found |= names_of_customers(session, subject, wanted.get(CUSTOMER, ()))
    for name, called in CALLED.items():
        if ids := wanted.get(name):
            model = called.class_
            query = select(model.id, called).where(
                model.client_id == subject.client_id, model.id.in_(ids)
            )
            found |= {row[0]: row[1] for row in session.execute(query) if row[1]}
    return found
