"""A good row of every table of field work, and how each of their constraints is broken.

Row `n` of a table is good beside row 0 of all tables; what is refused is tested in
`test_field_constraints.py`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from crm_core.enums import PhaseName
from tests.conftest import TEST_NOW
from tests.factories import Tenant

Row = dict[str, Any]
SPARE = 9
"""A second row that some good rows need: another journey, another item."""


def at(day: int, hour: float = 0) -> datetime:
    """An instant so many days and hours after the tests' present."""
    return TEST_NOW + timedelta(days=day, hours=hour)


def on(day: int) -> date:
    """A day so many days after the tests' present."""
    return at(day).date()


def local(day: int, hour: float = 0) -> datetime:
    """Wall-clock time of an instant in Vancouver."""
    return (at(day, hour) - timedelta(hours=8)).replace(tzinfo=None)


def row_id(company: Tenant, table: str, n: int = 0) -> UUID:
    """The id of row `n` of a table."""
    return uuid5(company.client_id, f"{table} {n}")


def staff(company: Tenant, role: str) -> UUID:
    """The id of the member of staff in a role."""
    found = company.subjects[role].user_id
    assert found is not None
    return found


def good_row(company: Tenant, table: str, n: int) -> Row:
    """Row `n` of a table, with its keys."""
    made = _values(company, table, n)
    branch = company.locations["VANC"]
    placed = {} if table in UNPLACED else {"location_id": branch}
    return {"client_id": company.client_id, "id": row_id(company, table, n), **placed, **made}


UNPLACED = {"suppliers", "move_sources", "journey_phase_templates", "customers"}
BASE = (
    ("customers", 0), ("suppliers", 0), ("move_sources", 0), ("equipment", 0),
    ("truck_journeys", 0), ("truck_journeys", SPARE), ("journey_steps", 0), ("journey_phases", 0),
    ("journey_phase_templates", 0), ("step_activities", 0), ("media", 0),
    ("journey_checklist_items", 0), ("journey_media_requirements", 0), ("assigned_crew", 0),
    ("time_entries", 0), ("wage_rates", 0), ("journey_entries", 0), ("journey_reviews", 0),
    ("review_findings", 0), ("claims", 0), ("damage_reports", 0), ("fuel_purchases", 0),
    ("inventory_items", 0), ("inventory_items", SPARE), ("purchase_orders", 0),
    ("purchase_order_items", 0), ("inventory_transactions", 0), ("journey_costs", 0),
    ("mobile_sessions", 0), ("mobile_journey_updates", 0), ("mobile_media_items", 0),
    ("mobile_notifications", 0), ("equipment_maintenance", 0), ("equipment_assignments", 0),
    ("schedules", 0), ("schedule_resources", 0), ("availabilities", 0), ("occupancies", 0),
)  # fmt: skip
"""Rows that are there before a case, in an order in which their keys are found."""
TABLES = tuple(dict.fromkeys(table for table, _ in BASE if table != "customers"))


def _values(company: Tenant, table: str, n: int) -> Row:
    """What row `n` says; one branch per table."""
    journey = {"journey_id": row_id(company, "truck_journeys")}
    person = {"user_id": staff(company, "mover")}
    truck = {"equipment_id": row_id(company, "equipment")}
    session = {"session_id": row_id(company, "mobile_sessions")}
    item = {"inventory_item_id": row_id(company, "inventory_items")}
    match table:
        case "customers":
            return {"first_name": "Robin", "last_name": "Maple", "created_on": on(0)}
        case "suppliers":
            return {"name": f"Supplier {n}", "rating": 4}
        case "move_sources":
            return {"channel": "web", "name": f"Source {n}", "external_id": f"source {n}"}
        case "equipment":
            return {
                "name": f"T-{n:02d}", "equipment_type": "TRUCK", "serial_number": f"serial {n}",
                "licence_plate": f"plate {n}", "purchased_on": on(-900), "model_year": 2024,
                "last_maintenance_on": on(-30), "next_maintenance_on": on(60),
            }  # fmt: skip
        case "truck_journeys":
            return {
                "customer_id": row_id(company, "customers"), "journey_number": f"J-2026-{n:06d}",
                "title": "Move", "service_type": "Local move", "service_on": on(n),
                "planned_start_at": at(n), "planned_end_at": at(n, 8),
            }  # fmt: skip
        case "journey_steps":
            return {**journey, "step_number": n + 1, "title": "Ready to Go"}
        case "journey_phases":
            return {**journey, "phase_number": n + 1, "phase_name": list(PhaseName)[n].value}
        case "journey_phase_templates":
            return {"phase_number": n + 1, "phase_name": list(PhaseName)[n].value}
        case "step_activities":
            return {"step_id": row_id(company, "journey_steps"), "occurred_at": at(0)}
        case "media":
            return {**journey, **person, "object_key": f"photo {n}", "sha256": f"{n:064x}"}
        case "journey_checklist_items":
            return {**journey, "phase_number": 1, "item_key": f"item {n}", "title": "Inspect"}
        case "journey_media_requirements":
            return {
                **journey, "phase_number": 1, "item_key": f"item {n}", "title": "Truck",
                "media_type": "PHOTO", "satisfied_by_media_id": row_id(company, "media"),
            }  # fmt: skip
        case "assigned_crew":
            return {
                **journey, "user_id": staff(company, "driver" if n else "mover"), "is_lead": not n,
                "crew_role": "MOVER", "assigned_at": at(-3), "planned_start_at": at(n),
                "planned_end_at": at(n, 8),
            }  # fmt: skip
        case "time_entries":
            return {
                **journey, **person, "worked_on": on(n), "started_at": at(n),
                "started_local_at": local(n), "ended_at": at(n, 8), "ended_local_at": local(n, 8),
            }  # fmt: skip
        case "wage_rates":
            return {
                **person, "hourly_amount": 25, "valid_from_on": on(100 * n),
                "valid_to_on": on(100 * n + 100),
            }  # fmt: skip
        case "journey_entries":
            return {
                **journey, **person, "occurred_at": at(0), "occurred_local_at": local(0),
                "recorded_at": at(0), "client_event_id": row_id(company, "event", n),
            }  # fmt: skip
        case "journey_reviews":
            return {"journey_id": row_id(company, "truck_journeys", SPARE if n else 0)}
        case "review_findings":
            return {
                "review_id": row_id(company, "journey_reviews"), "severity": "MINOR",
                "finding_type": "media", "description": "A photo is missing.",
            }  # fmt: skip
        case "claims":
            return {
                **journey, "customer_id": row_id(company, "customers"), "claim_number": f"C-{n}",
                "claim_type": "DAMAGE", "opened_at": at(1), "opened_on": on(1),
                "claimed_amount": 400, "description": "A lamp is broken.",
            }  # fmt: skip
        case "damage_reports":
            return {
                **journey, "claim_id": row_id(company, "claims"), "damage_type": "GOODS",
                "severity": "MINOR", "reported_at": at(1), "reported_on": on(1),
                "description": "A lamp is broken.",
            }  # fmt: skip
        case "fuel_purchases":
            return {
                **truck, "litre_count": 80, "amount": 120, "purchased_at": at(n),
                "purchased_on": on(n), "purchased_local_at": local(n), "card_last_four": "0042",
            }  # fmt: skip
        case "inventory_items":
            return {
                "sku": f"BOX-{n}", "barcode": f"bar {n}", "name": "Box", "category": "Boxes",
                "unit_cost_amount": 2, "unit_price_amount": 4, "max_quantity": 100,
            }  # fmt: skip
        case "purchase_orders":
            return {"supplier_id": row_id(company, "suppliers"), "order_number": f"PO-{n}"}
        case "purchase_order_items":
            return {
                "purchase_order_id": row_id(company, "purchase_orders"), "ordered_quantity": 10,
                "inventory_item_id": row_id(company, "inventory_items", SPARE if n else 0),
                "unit_cost_amount": 2,
            }  # fmt: skip
        case "inventory_transactions":
            return {
                **item, "transaction_type": "PURCHASE", "quantity": 10, "unit_cost_amount": 2,
                "total_cost_amount": 20, "occurred_at": at(0), "occurred_on": on(0),
            }  # fmt: skip
        case "journey_costs":
            return {
                **journey, "kind": "OTHER", "incurred_on": on(0), "unit_amount": 10, "amount": 10,
            }  # fmt: skip
        case "mobile_sessions":
            return {
                **person, "device_id": f"device {n}", "app_version": "1", "os_version": "1",
                "token_hash": row_id(company, "token", n).hex * 2, "started_at": at(0),
                "started_on": on(0), "expires_at": at(0, 12),
            }  # fmt: skip
        case "mobile_journey_updates":
            return {
                **journey, **person, **session, "update_type": "NOTE", "data": {},
                "client_update_id": row_id(company, "update", n), "occurred_at": at(0),
                "occurred_on": on(0), "received_at": at(0),
            }  # fmt: skip
        case "mobile_media_items":
            return {
                **journey, **person, **session, "media_type": "PHOTO", "file_path": "photo",
                "captured_at": at(0),
            }  # fmt: skip
        case "mobile_notifications":
            return {
                **person, **session, "notification_type": "NEW_ASSIGNMENT", "title": "New job",
                "message": "You are on a job.", "raised_at": at(0),
            }  # fmt: skip
        case "equipment_maintenance":
            return {
                **truck, "maintenance_type": "PREVENTIVE", "description": "Oil",
                "scheduled_on": on(n), "down_from_at": at(n), "up_at": at(n, 5),
            }  # fmt: skip
        case "equipment_assignments":
            return {**truck, **journey, "start_at": at(n), "end_at": at(n, 8)}
        case "schedules":
            return {
                "schedule_type": "MEETING", "title": "Safety talk", "scheduled_on": on(n),
                "start_at": at(n), "start_local_at": local(n), "end_at": at(n, 1),
                "end_local_at": local(n, 1),
            }  # fmt: skip
        case "schedule_resources":
            return {
                "schedule_id": row_id(company, "schedules"), "kind": "USER",
                "user_id": staff(company, "manager"), "start_at": at(n), "end_at": at(n, 1),
            }  # fmt: skip
        case "availabilities":
            return {
                **person, "available_on": on(50 + n), "start_at": at(50 + n),
                "end_at": at(50 + n, 8),
            }  # fmt: skip
        case "occupancies":
            return {
                "kind": "USER", "resource_id": staff(company, "dispatcher"),
                "source_table": "assigned_crew", "start_at": at(n), "end_at": at(n, 1),
            }  # fmt: skip
    raise LookupError(f"no good row of {table}")


@dataclass(frozen=True)
class Break:
    """What makes a good row a bad one, and the constraint that must say so.

    `same` names columns that take what row 0 says; `ids` columns that take a row's id.
    """

    table: str
    constraint: str
    values: Row = field(default_factory=dict)
    same: tuple[str, ...] = ()
    ids: dict[str, tuple[str, int]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    def row(self, company: Tenant) -> Row:
        """Row 1 of the table, broken."""
        first = good_row(company, self.table, 0)
        return {
            **good_row(company, self.table, 1),
            **{name: first[name] for name in self.same if name in first},
            **{name: row_id(company, table, n) for name, (table, n) in self.ids.items()},
            **{name: staff(company, role) for name, role in self.people.items()},
            **self.values,
        }
