"""Fuel bought for a vehicle, as on the receipt.

What it costs a journey is `operations.job_costs`; the vehicle's meter is kept with the equipment.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from crm_core.database import as_system
from crm_core.enums import FuelType
from crm_core.errors import InvalidInput
from crm_core.ids import new_id
from crm_core.models import Equipment, FuelPurchase, TruckJourney
from crm_core.security import audit
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services import checks, rows


@dataclass(frozen=True)
class Receipt:
    """One purchase; `amount` with tax, `card_last_four` as printed."""

    equipment_id: UUID
    litre_count: Decimal
    amount: Decimal
    purchased_at: datetime
    currency: str = "CAD"
    fuel_type: FuelType = FuelType.DIESEL
    journey_id: UUID | None = None
    odometer_km: int | None = None
    card_last_four: str | None = None
    place: str | None = None
    notes: str | None = None


def record(session: Session, subject: Subject, *, receipt: Receipt, at: datetime) -> FuelPurchase:
    """Keep a receipt; it belongs to the branch of its journey, else of its vehicle."""
    require(subject, Resource.MAINTENANCE, Action.CREATE)
    bought_at = checks.instant("purchased_at", receipt.purchased_at)
    if bought_at > at:
        raise InvalidInput("purchased_at", "is in the future")
    with as_system(session):
        vehicle = rows.get(session, subject, Equipment, receipt.equipment_id, lock=False)
        location_id: UUID | None = vehicle.location_id
        if receipt.journey_id is not None:
            journey = rows.get(session, subject, TruckJourney, receipt.journey_id, lock=False)
            location_id = journey.location_id
    local_at = rows.local_at(session, subject, location_id, bought_at)
    purchase = FuelPurchase(
        client_id=subject.client_id,
        id=new_id(at),
        location_id=location_id,
        owner_id=subject.user_id,
        equipment_id=vehicle.id,
        journey_id=receipt.journey_id,
        fuel_type=receipt.fuel_type.value,
        litre_count=receipt.litre_count,
        amount=checks.money("amount", receipt.amount, least=checks.CENT),
        currency=receipt.currency,
        odometer_km=receipt.odometer_km,
        purchased_at=bought_at,
        purchased_on=local_at.date(),
        purchased_local_at=local_at,
        card_last_four=receipt.card_last_four,
        place=checks.optional_text("place", receipt.place, 200),
        notes=checks.optional_text("notes", receipt.notes, 500),
    )
    require(subject, Resource.MAINTENANCE, Action.CREATE, rows.facts(purchase))
    rows.add(session, subject, purchase, Resource.MAINTENANCE)  # a driver hands it in
    audit.record(
        session,
        subject,
        "CREATE",
        Resource.MAINTENANCE,
        purchase.id,
        at,
        location_id,
        details={"amount": purchase.amount, "litres": receipt.litre_count},
    )
    session.flush()
    return purchase
