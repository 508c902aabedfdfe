"""Storage, equipment, stock, calendar and messages of a company by chance.

Leads, jobs and money are in `crowd`.
"""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.integration.dbt_project.companies import Company, at, local

UNITS = 12


def add_estate(company: Company, branch: str, last: date) -> None:
    """What a branch has beside its jobs; the same for the same branch."""
    chance = Random(branch)
    place = {"client_id": company.client_id, "location_id": company.branches[branch]}
    for number in range(UNITS):
        _unit(company, chance, place, branch, number, last)
    _equipment(company, chance, place, last)
    _stock(company, chance, place, last)
    _calendar(company, chance, place, last)
    _messages(company, chance, place, last)


def _unit(
    company: Company, chance: Random, place: dict[str, Any], branch: str, number: int, last: date
) -> None:  # fmt: skip
    """A unit, let twice: once until somebody moved out, once still."""
    lake = company.lake
    unit = lake.add(
        "storage_units", **place, unit_number=f"U{number}", type=chance.choice(["POD", "LOCKER"]),
        size_class=chance.choice(["SMALL", "LARGE", None]), area_sq_ft=Decimal(35 + number),
        base_amount=Decimal("120.00"), current_amount=Decimal(100 + number),
    )  # fmt: skip
    begun = last - timedelta(days=chance.randint(150, 400))
    left = begun + timedelta(days=chance.randint(5, 140))
    for starts_on, out_on in ((begun, left), (left + timedelta(days=chance.randint(0, 9)), None)):
        booking = lake.add(
            "storage_bookings", **place, unit_id=unit, customer_id=company.customer_id,
            status="COMPLETED" if out_on else "ACTIVE", starts_on=starts_on,
            activated_on=starts_on, ends_on=out_on, moved_out_on=out_on,
            billing_cycle=chance.choice(["MONTHLY", "WEEKLY", "DAILY"]),
            rate_amount=Decimal(chance.randint(2_000, 9_000)) / 100,
            discount_amount=Decimal("5.25"),
        )  # fmt: skip
        effective_on = starts_on + timedelta(days=40)
        lake.add("storage_price_changes", **place, booking_id=booking, currency="CAD",
                 old_amount=Decimal("1.00"), new_amount=Decimal("99.95"),
                 notified_on=starts_on, effective_on=effective_on)  # fmt: skip
        company.invoice(branch, "80.00", "4.00", starts_on, storage_booking_id=booking,
                        service_on=starts_on)  # fmt: skip


def _equipment(company: Company, chance: Random, place: dict[str, Any], last: date) -> None:
    lake = company.lake
    truck = lake.add("equipment", **place, name="Truck 2", equipment_type="TRUCK", model="M2",
                     current_value_amount=Decimal("40000.00"))  # fmt: skip
    day, odometer = last - timedelta(days=200), 1_000
    while day < last:
        kind = chance.choice(["PREVENTIVE", "CORRECTIVE", "EMERGENCY"])
        lake.add(
            "equipment_maintenance", **place, equipment_id=truck, maintenance_type=kind,
            status="COMPLETED", scheduled_on=day - timedelta(days=chance.randint(-2, 2)),
            performed_at=at(day, 20), performed_on=day, down_from_at=at(day, 15),
            up_at=at(day, 20), labour_minutes=chance.randint(10, 300),
            labour_amount=Decimal("90.00"), next_due_on=day + timedelta(days=5),
        )  # fmt: skip
        odometer += chance.randint(-20, 500)
        lake.add(
            "fuel_purchases", **place, equipment_id=truck, litre_count=Decimal("60.125"),
            amount=Decimal("101.10"), odometer_km=odometer, purchased_at=at(day, 14),
            purchased_on=day, purchased_local_at=local(at(day, 14)),
        )  # fmt: skip
        day += timedelta(days=chance.randint(1, 15))


def _stock(company: Company, chance: Random, place: dict[str, Any], last: date) -> None:
    lake = company.lake
    item = lake.add("inventory_items", **place, sku="BOX-L", name="Large box", category="BOX",
                    unit_cost_amount=Decimal("2.00"), unit_price_amount=Decimal("4.00"),
                    min_quantity=Decimal(5))  # fmt: skip
    for sequence in range(1, 40):
        kind, quantity = chance.choice([("PURCHASE", 6), ("USAGE", -5), ("DAMAGE", -1)])
        day = last - timedelta(days=200 - 5 * sequence)
        lake.add(
            "inventory_transactions", **place, inventory_item_id=item, transaction_type=kind,
            quantity=Decimal(quantity), unit_cost_amount=Decimal("2.00"),
            total_cost_amount=Decimal(2 * quantity), occurred_at=at(day), occurred_on=day,
            sequence=sequence,
        )  # fmt: skip


def _calendar(company: Company, chance: Random, place: dict[str, Any], last: date) -> None:
    """Slots of an hour, half of which take the same person over each other's time."""
    lake = company.lake
    for ago in range(60):
        day = last - timedelta(days=ago // 2)
        start, end = at(day, 16), at(day, 17 + ago % 2)
        slot = lake.add(
            "schedules", **place, schedule_type="MEETING", scheduled_on=day,
            status=chance.choice(["SCHEDULED", "CANCELLED"]), start_at=start,
            start_local_at=local(start), end_at=end, end_local_at=local(end),
        )  # fmt: skip
        lake.add("schedule_resources", **place, schedule_id=slot, kind="USER",
                 user_id=company.user_id, start_at=start, end_at=end)  # fmt: skip
        lake.add("status_events", client_id=company.client_id, entity="schedules", entity_id=slot,
                 status_column="status", to_status="CANCELLED",
                 occurred_at=start - timedelta(hours=chance.randint(1, 60)))  # fmt: skip


def _messages(company: Company, chance: Random, place: dict[str, Any], last: date) -> None:
    lake = company.lake
    template = lake.add("templates", client_id=company.client_id, name="Reminder", type="EMAIL")
    own = [j for j in lake.rows["truck_journeys"] if j["client_id"] == company.client_id]
    for journey in own:
        day = min(journey["service_on"] - timedelta(days=chance.randint(0, 2)), last)
        lake.add(
            "communications", **place, type="EMAIL", direction="OUTBOUND", status="DELIVERED",
            customer_id=company.customer_id, journey_id=journey["id"], template_id=template,
            sent_at=at(day, 15), sent_on=day, delivered_at=at(day, 15, chance.randint(0, 59)),
        )  # fmt: skip
