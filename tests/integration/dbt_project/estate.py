"""Storage, equipment, stock, calendar and messages of a company by chance.

Leads, jobs and money are in `crowd`.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from tests.integration.dbt_project.companies import Company, at
from tests.integration.dbt_project.raw_lake import local

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
    _people(company, chance, place, last)
    _machinery(company, chance, last)
    _last_year(company, branch, last)
    _claims(company, chance, last)
    _views(company)
    _records(company, last)
    _trail(company, last)


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
    for ago in range(120):
        start = at(last - timedelta(days=ago // 2), chance.randint(14, 20))
        lake.add("equipment_assignments", **place, equipment_id=truck, user_id=company.user_id,
                 start_at=start, end_at=start + timedelta(hours=chance.randint(1, 30)))  # fmt: skip
    down = at(last - timedelta(days=30))
    for status, since in (("ACTIVE", at(last, 1) - timedelta(days=300)), ("IN_MAINTENANCE", down),
                          ("ACTIVE", down + timedelta(days=3))):  # fmt: skip
        _event(company, "equipment", truck, status, since)


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


def _people(company: Company, chance: Random, place: dict[str, Any], last: date) -> None:
    """Who offers time and who is away, and steps of jobs that somebody decided about."""
    lake = company.lake
    for ago in range(-30, 90):
        day = last - timedelta(days=ago)
        for hour, is_available in ((14, True), (18, chance.random() < 0.9)):
            lake.add(
                "availabilities", **place, user_id=company.user_id, available_on=day,
                start_at=at(day, hour), end_at=at(day, hour) + timedelta(hours=5),
                is_available=is_available, approval_status=chance.choice(["APPROVED", "PENDING"]),
            )  # fmt: skip
    own = [j for j in lake.rows["truck_journeys"] if j["client_id"] == company.client_id]
    for number, journey in enumerate(own):
        done = at(min(journey["service_on"], last))
        approved = done + timedelta(minutes=chance.randint(1, 3_000))
        status = chance.choice(["APPROVED", "COMPLETED", "PENDING"])
        step = lake.add(
            "journey_steps", **place, journey_id=journey["id"], step_number=1 + number % 4,
            title="Load", status=status, started_at=done - timedelta(hours=1), ended_at=done,
            approved_at=approved if status == "APPROVED" else None,
            approved_by_id=company.user_id if status == "APPROVED" else None,
        )  # fmt: skip
        if number % 3 == 0:
            _event(company, "journey_steps", step, "REJECTED", done + timedelta(minutes=5))
            _event(company, "journey_steps", step, status, approved)


def _machinery(company: Company, chance: Random, last: date) -> None:
    """Events delivered to others, and what the audit trail keeps."""
    lake, own = company.lake, {"client_id": company.client_id}
    hook = lake.add("webhooks", **own, name="Books", events=["quote.accepted"])
    for number in range(60):
        tries = chance.randint(0, 3)
        tried = at(last - timedelta(days=number % 40), 15, number % 60) if tries else None
        lake.add(
            "webhook_deliveries", **own, webhook_id=hook, event_id=lake.new_id(),
            event="quote.accepted", status=chance.choice(["DELIVERED", "FAILED"]),
            attempt_count=tries, attempted_at=tried, delivered_at=tried,
        )  # fmt: skip
        lake.add(
            "audit_entries", **own, action="UPDATE", resource=chance.choice(["leads", "quotes"]),
            severity=chance.choice(["INFO", "CRITICAL"]), content_hash="0" * 64,
            occurred_at=at(last - timedelta(days=number % 9)), owner_id=company.user_id,
        )  # fmt: skip


def _last_year(company: Company, branch: str, last: date) -> None:
    """Moves booked more than a year ago, for the months that are ahead a year later."""
    for ago in range(366, 486, 10):
        day = last - timedelta(days=ago)
        lead = company.lead(branch, day)
        quote = company.quote(branch, lead, "900.00", day, **company.accepted(day))
        company.journey(branch, quote, day + timedelta(days=45), status="CANCELLED",
                        cancelled_on=day + timedelta(days=20))  # fmt: skip


def _claims(company: Company, chance: Random, last: date) -> None:
    """Claims about a part of the jobs, notes of damage, and valuation that was sold."""
    lake, own = company.lake, {"client_id": company.client_id}
    done = [
        j for j in lake.rows["truck_journeys"]
        if j["client_id"] == company.client_id and j["status"] == "COMPLETED"
    ]  # fmt: skip
    for number, journey in enumerate(done):
        place = own | {"location_id": journey["location_id"], "journey_id": journey["id"]}
        if number % 3 == 0:
            lake.add("quote_items", **own, quote_id=journey["quote_id"], category="INSURANCE",
                     quantity=Decimal(1), unit_amount=Decimal("75.50"),
                     total_amount=Decimal("75.50"))  # fmt: skip
        if number % 5 == 0:
            lake.add("journey_entries", **place, user_id=company.user_id, tag="DAMAGE",
                     occurred_at=at(journey["completed_on"]),
                     occurred_local_at=local(at(journey["completed_on"])),
                     recorded_at=at(journey["completed_on"]))  # fmt: skip
        if number % 4 == 0:
            opened = min(journey["completed_on"] + timedelta(days=chance.randint(0, 9)), last)
            closed = opened + timedelta(days=chance.randint(1, 90))
            settled = {"status": "SETTLED", "closed_on": closed, "settled_amount": Decimal("40.25")}
            lake.add(
                "claims", **place, customer_id=company.customer_id, claim_number=f"C-{number}",
                claim_type=chance.choice(["DAMAGE", "LOSS", "DELAY"]), opened_at=at(opened),
                opened_on=opened, claimed_amount=Decimal("99.99"),
                **(settled if closed <= last else {}),
            )  # fmt: skip


def _records(company: Company, last: date) -> None:
    """Sign-ins, runs of a report, and what a device sent."""
    lake, own = company.lake, {"client_id": company.client_id}
    journey = next(
        j for j in lake.rows["truck_journeys"] if j["client_id"] == company.client_id
    )  # fmt: skip
    for number in range(60):
        made = at(last - timedelta(days=number), 15, number)
        later = made + timedelta(seconds=40 + number * 7)
        lake.add(
            "audit_entries", **own, resource="users", resource_id=company.user_id,
            action="SIGN_IN_REFUSED" if number % 9 == 0 else "SIGN_IN", severity="INFO",
            content_hash="0" * 64, occurred_at=made,
        )  # fmt: skip
        lake.add("report_runs", **own, report_name="branch_daily", format="PDF",
                 status="FAILED" if number % 7 == 0 else "COMPLETED", started_at=made, as_of=made,
                 finished_at=later)  # fmt: skip
        occasion = lake.add("report_occasions", **own, report_name="branch_daily", due_at=made,
                            is_asked=number % 11 == 0, window_key=f"W{number}")  # fmt: skip
        lake.add(
            "report_deliveries", **own, occasion_id=occasion, report_name="branch_daily",
            window_key=f"W{number - number % 6}", recipient_user_id=company.user_id,
            state="SENT" if number % 5 else "SKIPPED", message_id=str(number),
            sent_at=made + timedelta(minutes=number % 13) if number % 5 else None,
        )  # fmt: skip
        place = own | {"location_id": journey["location_id"]}
        night = made + timedelta(hours=number % 18)
        session = lake.add(
            "mobile_sessions", **place, user_id=company.user_id, started_at=night,
            started_on=local(night).date(), ended_at=None if number % 3 else later,
            expires_at=night + timedelta(hours=12), app_version=f"5.{number % 2}",
        )  # fmt: skip
        lake.add(
            "mobile_journey_updates", **place,
            user_id=company.user_id, session_id=session, journey_id=journey["id"],
            update_type="LOCATION", client_update_id=lake.new_id(), occurred_at=made,
            occurred_on=last - timedelta(days=number), received_at=made,
            synced_at=later if number % 8 else None,
            sync_status="SYNCED" if number % 8 else "FAILED",
        )  # fmt: skip


def _trail(company: Company, last: date) -> None:
    """What people took out, letters held back, rights of single people, drivers who answer."""
    lake, own = company.lake, {"client_id": company.client_id}
    branches = [place for place in company.branches.values() if place is not None]
    manager = lake.add("users", **own, location_id=branches[0], role="MANAGER")
    for number in range(30):
        made = at(last - timedelta(days=3 * number), 15)
        lake.add(
            "audit_entries", **own, location_id=branches[number % len(branches)],
            owner_id=manager, action="REVEAL" if number % 4 else "SCOPE_EXCEEDED",
            resource="REPORT", resource_id=lake.rows["report_deliveries"][number]["id"],
            severity="INFO", content_hash="0" * 64, occurred_at=made, changed_xid=number % 3,
        )  # fmt: skip
        lake.add(
            "user_permissions", **own, location_id=branches[0], user_id=manager, action="EXPORT",
            resource=("QUOTE", "LEAD")[number % 2], is_granted=number % 5 > 0, created_at=made,
            expires_at=made + timedelta(days=number) if number % 3 else None,
        )  # fmt: skip
        driver = lake.add("users", **own, location_id=branches[0], role="DRIVER")
        day = last - timedelta(days=7 * (number % 9))
        lake.add(
            "availabilities", **own, location_id=branches[0], user_id=driver, available_on=day,
            start_at=at(day), end_at=at(day) + timedelta(hours=5), approval_status="APPROVED",
            created_at=at(day - timedelta(days=number % 12)),
        )  # fmt: skip


def _views(company: Company) -> None:
    """Every other offer was opened by its customer, two days after it was sent."""
    for number, quote in enumerate(list(company.lake.rows["quotes"])):
        if quote["client_id"] == company.client_id and number % 2:
            _event(company, "quotes", quote["id"], "VIEWED", quote["sent_at"] + timedelta(days=2))


def _event(company: Company, entity: str, row: UUID, status: str, since: datetime) -> None:
    company.lake.add("status_events", client_id=company.client_id, entity=entity, entity_id=row,
                     status_column="status", to_status=status, occurred_at=since)  # fmt: skip
