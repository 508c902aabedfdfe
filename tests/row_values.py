"""What `tests.rows` cannot guess about a table, as data, and the tables that are unlike the rest.

The rows themselves are made by `tests.rows`.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crm_core.enums import Action, Resource, UserRole

START = datetime(2027, 1, 1, 12, tzinfo=UTC)


def _later(number: int) -> datetime:
    """The end of what begins on the day of this number; nothing else is on that day."""
    return START + timedelta(days=number, hours=2)


def _from(number: int) -> date:
    return START.date() + timedelta(days=number)


def _until(number: int) -> date:
    return _from(number + 1)


RESOURCES = [r for r in Resource if r not in (Resource.AUDIT_ENTRY, Resource.MACHINERY)]


def _resource(number: int) -> str:
    return RESOURCES[number % len(RESOURCES)]


def _action(number: int) -> str:
    return list(Action)[number // len(RESOURCES) % len(Action)]


def _role(number: int) -> str:
    return list(UserRole)[number // len(RESOURCES) // len(Action) % len(UserRole)]


SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "users": {"email": lambda n: f"row{n}@rows.example", "role": "MOVER"},
    "locations": {"timezone": "America/Toronto", "province": "ON"},
    "clients": {"slug": lambda n: f"row-{n}"},
    "webhooks": {"events": ["lead.created"], "url": "https://rows.example/"},
    "storage_price_changes": {"new_amount": Decimal(2), "effective_on": lambda n: _from(n + 60)},
    # One key is in use for each holder, and a tenant holds only its own.
    "encryption_keys": {"holder": "CUSTOMER"},
    # Without a service type a phase has one template, and a branch one policy that is in force.
    "journey_phase_templates": {"service_type": lambda n: f"Service {n}"},
    "late_fee_policies": {"is_active": False},
    "alert_standings": {"branch_code": lambda n: f"B{n}"},
    "business_clock": {"is_only": True},
    "fx_rates": {"to_currency": "USD"},
    "tax_rates": {"rate": Decimal("0.05")},
    "audit_seals": {"sequence": lambda n: n},
    "audit_heads": {"sequence": lambda n: n},
    # One row says what a role or a person may do with a resource.
    "role_permissions": {"role": _role, "resource": _resource, "action": _action},
    "user_permissions": {"resource": _resource, "action": _action},
    # Open ends would overlap with the next row.
    "occupancies": {"end_at": _later},
    "equipment_assignments": {"end_at": _later},
    "time_entries": {
        "ended_at": _later,
        "ended_local_at": lambda n: _later(n).replace(tzinfo=None),
    },
    "wage_rates": {"valid_from_on": _from, "valid_to_on": _until},
    "royalty_rates": {"valid_from_on": _from, "valid_to_on": _until},
    "storage_bookings": {"starts_on": _from, "ends_on": _until},
}
"""By table and column: a value, or a function of a number that differs in every row."""

ONE_A_PLACE = {
    "billing_plans": "a tenant has one",
    "business_clock": "there is one",
    "business_dates": "keyed by its branch",
    "journey_step_permissions": "one for each role and step, the same for all branches",
    "locations": "is the place",
    "second_factor_roles": "one for each role, the same for all branches",
    "user_locations": "one for each person and branch",
    "users": "is the place",
}
"""Tables of which a second row of the same place is the first one again, and why."""

NOT_INSERTED = {
    "audit_heads": "the sealer, as the audit role",
    "audit_seals": "the sealer, as the audit role",
    "billing_plans": "the platform",
    "booking_history": "the bulk loader",
    "business_clock": "the simulation and the importer",
    "clients": "the platform",
    "company_access_logs": "the platform",
    "fx_rates": "the platform",
    "occupancies": "the triggers of what takes a person or an asset",
    "status_events": "the triggers of tables with a status",
    "tax_rates": "the platform",
    "tombstones": "the triggers of tables that rows are deleted from",
    "zone_offsets": "the migration and the roll of the business day",
}
"""Tables into which the application puts no row, and who does."""

NOT_CHANGED = {
    **NOT_INSERTED,
    "audit_entries": "a journal",
    "customer_credits": "a ledger",
    "financial_transactions": "a ledger",
    "inventory_transactions": "a ledger, which the stock follows by trigger",
    "payloads": "what came in, as it came",
    "storage_price_changes": "a ledger",
}
"""Tables in which the application changes no row, and why."""

CLOSED = {"platform_admins", "platform_sessions"}
"""Tables above the tenants, which the application does not even read."""
