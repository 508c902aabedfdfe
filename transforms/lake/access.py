"""What of a publication a subject may see: columns and a row predicate for every relation.

Pure. The role matrix is in `crm_core.security.permissions`; the file that holds the rows is made
by `door`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from crm_core.enums import PermissionScope
from crm_core.security.permissions import (
    Action,
    Resource,
    Subject,
    can,
    conditions_of,
)
from crm_core.security.permissions import Grant as Reading
from transforms.lake.engine import identifier, quoted
from transforms.lake.errors import DoorRefused

RESOURCES: Mapping[str, Resource | None] = {
    "marts.dim_dates": None,
    "marts.dim_locations": Resource.LOCATION,
    "marts.dim_users": Resource.USER,
    "marts.dim_customers": Resource.CUSTOMER,
    "marts.dim_equipment": Resource.EQUIPMENT,
    "marts.fct_maintenance": Resource.MAINTENANCE,
    "marts.fct_fuel_purchases": Resource.EQUIPMENT,
    "marts.fct_equipment_daily": Resource.MAINTENANCE,
    "marts.fct_equipment_values": Resource.LEDGER,
    "marts.fct_schedule_slots": Resource.SCHEDULE,
    "marts.fct_schedule_takings": Resource.SCHEDULE,
    "marts.fct_job_reminders": Resource.COMMUNICATION,
    "marts.fct_messages": Resource.COMMUNICATION,
    "marts.dim_items": Resource.INVENTORY,
    "marts.fct_stock_movements": Resource.INVENTORY,
    "marts.fct_stock_daily": Resource.INVENTORY,
    "marts.fct_storage_daily": Resource.STORAGE_BOOKING,
    "marts.fct_storage_moves": Resource.STORAGE_BOOKING,
    "marts.fct_storage_rentals_monthly": Resource.STORAGE_BOOKING,
    "marts.fct_leads": Resource.LEAD,
    "marts.fct_sales_activities": Resource.LEAD,
    "marts.fct_spend_monthly": Resource.LEAD,
    "marts.fct_customer_quarters": Resource.CUSTOMER,
    "marts.fct_quotes": Resource.QUOTE,
    "marts.fct_bookings": Resource.QUOTE,
    "marts.fct_bookings_monthly": Resource.QUOTE,
    "marts.fct_pipeline_daily": Resource.QUOTE,
    "marts.fct_pipeline_monthly": Resource.QUOTE,
    "marts.fct_booking_pace": Resource.QUOTE,
    "marts.fct_leads_waiting": Resource.LEAD,
    "marts.fct_forecasts": Resource.QUOTE,
    "marts.fct_lead_scores": Resource.LEAD,
    "marts.fct_invoice_scores": Resource.INVOICE,
    "marts.fct_rental_scores": Resource.STORAGE_BOOKING,
    "marts.fct_equipment_scores": Resource.EQUIPMENT,
    "marts.fct_customer_values": Resource.CUSTOMER,
    "marts.fct_model_cards": Resource.WAREHOUSE,
    "marts.fct_findings": Resource.LEDGER,
    "marts.fct_kpi_moves": Resource.LEDGER,
    "marts.fct_elasticities": Resource.LEDGER,
    "marts.fct_branch_benchmarks": None,
    "reporting.rpt_benchmark": None,
    "marts.fct_forecasts_operations": Resource.JOURNEY,
    "marts.fct_forecasts_finance": Resource.INVOICE,
    "marts.fct_forecasts_storage": Resource.STORAGE_BOOKING,
    "marts.fct_forecasts_inventory": Resource.INVENTORY,
    "marts.fct_forecast_outcomes": Resource.LOCATION,
    "reporting.rpt_forecast_scores": Resource.LOCATION,
    "marts.fct_journeys": Resource.JOURNEY,
    "marts.fct_journeys_today": Resource.JOURNEY,
    "marts.fct_journey_trucks": Resource.JOURNEY,
    "marts.fct_crew_hours": Resource.CREW,
    "marts.fct_paid_weeks": Resource.CREW,
    "marts.fct_job_profits": Resource.LEDGER,
    "marts.fct_claims": Resource.CLAIM,
    "marts.fct_device_updates": Resource.MOBILE,
    "marts.fct_report_deliveries": Resource.REPORT,
    "marts.fct_report_runs": Resource.REPORT,
    "marts.fct_sign_ins_daily": Resource.AUDIT_ENTRY,
    "marts.fct_claims_open": Resource.CLAIM,
    "marts.fct_valuation_monthly": Resource.CLAIM,
    "marts.fct_invoices": Resource.INVOICE,
    "marts.fct_invoice_postings": Resource.INVOICE,
    "marts.fct_invoice_items": Resource.INVOICE,
    "marts.fct_receivables_daily": Resource.INVOICE,
    "marts.fct_basis_bridge": Resource.INVOICE,
    "marts.fct_ledger": Resource.LEDGER,
    "marts.fct_ledger_checks": Resource.LEDGER,
    "marts.fct_payments": Resource.PAYMENT,
    "marts.fct_equipment_hours": Resource.EQUIPMENT,
    "marts.fct_equipment_assignments": Resource.EQUIPMENT,
    "marts.fct_sync_runs": Resource.INTEGRATION,
    "marts.fct_integration_lags_daily": Resource.INTEGRATION,
    "marts.fct_webhook_deliveries": Resource.INTEGRATION,
    "marts.fct_accounts": Resource.USER,
    "marts.fct_audit_daily": Resource.AUDIT_ENTRY,
    "marts.fct_audit_coverage": Resource.AUDIT_ENTRY,
    "marts.fct_overrides": Resource.USER,
    "marts.fct_scope_violations": Resource.AUDIT_ENTRY,
    "marts.fct_silent_devices": Resource.MOBILE,
    "marts.fct_availability_answers": Resource.AVAILABILITY,
    "marts.fct_job_backlog_daily": Resource.INVOICE,
    "marts.fct_capacity_daily": Resource.JOURNEY,
    "marts.fct_crew_use_daily": Resource.CREW,
    "marts.fct_step_decisions": Resource.JOURNEY,
    "marts.fct_crew_coverage": Resource.SCHEDULE,
    "reporting.rpt_data_health": Resource.INTEGRATION,
    "reporting.rpt_smartmoving_reconciliation": Resource.INTEGRATION,
    "reporting.rpt_money_differences": Resource.LEDGER,
}
"""What one must be allowed to read to see a relation; None is for everybody, of its tenant where
it has one. A relation that is not listed is in no door."""

COLUMN_RESOURCES: Mapping[str, Resource] = {
    "actual_cost_amount": Resource.LEDGER,
    "expected_profit_amount": Resource.LEDGER,
    "settled_amount": Resource.CLAIM,
}
"""Columns that need more than their relation does."""


def right_for(needed: str) -> str:
    """The resource that one must be allowed to read for a relation or a guarded column."""
    column = COLUMN_RESOURCES.get(needed.rpartition(".")[2])
    return str(column or RESOURCES.get(needed) or Resource.WAREHOUSE)


@dataclass(frozen=True)
class View:
    """What one door holds of a relation."""

    columns: tuple[str, ...]
    predicate: str


DoorMap = Mapping[str, View]


OPENED = frozenset(r for r in (*RESOURCES.values(), *COLUMN_RESOURCES.values()) if r is not None)
"""The resources that decide about a door."""

WHOLE = Reading(PermissionScope.CLIENT)


@dataclass(frozen=True)
class Grant:
    """All of a subject that decides about its door: two subjects with equal grants share one."""

    client_id: UUID
    location_ids: frozenset[UUID]
    """Empty where no relation is seen by branch."""
    owner_id: UUID | None
    """Set where some relation is seen by owner."""
    reads: frozenset[tuple[Resource, Reading]]

    @property
    def resources(self) -> frozenset[Resource]:
        """What may be read, in whatever scope."""
        return frozenset(resource for resource, _ in self.reads)

    def reading(self, resource: Resource) -> Reading | None:
        """Over which rows the resource may be read, if at all."""
        return next((reading for each, reading in self.reads if each is resource), None)

    @classmethod
    def of_tenant(cls, client_id: UUID) -> "Grant":
        """Everything of one tenant."""
        return cls(client_id, frozenset(), None, frozenset((each, WHOLE) for each in OPENED))

    def to_json(self) -> str:
        """The grant as text, to make the door again for the next publication."""
        return json.dumps(
            {
                "client_id": str(self.client_id),
                "location_ids": sorted(map(str, self.location_ids)),
                "owner_id": self.owner_id and str(self.owner_id),
                "reads": {
                    resource: [reading.scope, dict(reading.conditions)]
                    for resource, reading in sorted(self.reads)
                },
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Grant":
        """The inverse of `to_json`; raises `ValueError` for what another version wrote."""
        held = json.loads(text)
        if "reads" not in held:
            raise ValueError("a grant written by another version")
        reads = {
            (Resource(name), Reading(PermissionScope(scope), conditions_of(conditions) or ()))
            for name, (scope, conditions) in held["reads"].items()
        }
        return cls(
            UUID(held["client_id"]),
            frozenset(map(UUID, held["location_ids"])),
            UUID(held["owner_id"]) if held["owner_id"] else None,
            frozenset(reads),
        )


def grant_of(subject: Subject) -> Grant:
    """What the subject may read; raises `DoorRefused` for those without the warehouse."""
    decision = can(subject, Resource.WAREHOUSE, Action.READ)
    if not decision:
        raise DoorRefused(f"the figures of the warehouse are not open to you: {decision.reason}")
    if subject.scope is PermissionScope.ALL:
        raise DoorRefused(
            "a platform user sees figures of one tenant at a time: act as a user of that tenant"
        )
    if subject.scope is PermissionScope.OWN and subject.user_id is None:
        raise DoorRefused("whose own figures? The subject names no user")
    reads = {r: subject.grants[r, Action.READ] for r in OPENED if can(subject, r, Action.READ)}
    scopes = {reading.scope for reading in reads.values()}
    return Grant(
        client_id=subject.client_id,
        location_ids=subject.location_ids if scopes - {PermissionScope.CLIENT} else frozenset(),
        owner_id=subject.user_id if PermissionScope.OWN in scopes else None,
        reads=frozenset(reads.items()),
    )


def door_map(grant: Grant, relations: Mapping[str, tuple[str, ...]]) -> DoorMap:
    """Columns and predicate of every relation of a publication that the grant opens."""
    views = {}
    for name, columns in relations.items():
        predicate = _predicate(grant, name, columns)
        if predicate is not None:
            views[name] = View(_visible(grant, name, columns), predicate)
    return views


def openings(views: DoorMap) -> frozenset[str]:
    """What can be read: every relation, and every column that needs more than its relation."""
    columns = (
        f"{name}.{column}" for name, view in views.items() for column in view.columns
        if column in COLUMN_RESOURCES
    )  # fmt: skip
    return frozenset((*views, *columns))


def map_hash(views: DoorMap) -> str:
    """The name of the door that holds this map; equal maps, equal names."""
    text = json.dumps({name: [v.columns, v.predicate] for name, v in sorted(views.items())})
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _visible(grant: Grant, name: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a relation; one that needs more is seen where that reaches every row."""
    resource = RESOURCES[name]
    own = grant.reading(resource) if resource else None
    enough = {WHOLE} if own is None else {WHOLE, own}
    return tuple(
        column
        for column in columns
        if column not in COLUMN_RESOURCES or grant.reading(COLUMN_RESOURCES[column]) in enough
    )


def _predicate(grant: Grant, name: str, columns: tuple[str, ...]) -> str | None:
    """SQL that picks the rows; None when the relation is not in the door."""
    if name not in RESOURCES:
        return None
    resource = RESOURCES[name]
    if resource is None:
        own = f"client_id = {quoted(str(grant.client_id))}"
        return own if "client_id" in columns else "true"
    reading = grant.reading(resource)
    if reading is None or "client_id" not in columns:
        return None
    if not {column for column, _ in reading.conditions} <= set(columns):
        return None
    tenant = " and ".join([f"client_id = {quoted(str(grant.client_id))}", *_held(reading)])
    if reading.scope is PermissionScope.CLIENT:
        return tenant
    if reading.scope is PermissionScope.OWN and "owner_id" in columns:
        return f"{tenant} and owner_id = {quoted(str(grant.owner_id))}"
    is_shared = reading.scope is PermissionScope.LOCATION or name.startswith("marts.dim_")
    # Rows of no branch, and relations that know no branch, are for those who see the whole tenant.
    if not is_shared or "access_location_id" not in columns:
        return None
    branches = ", ".join(quoted(str(each)) for each in sorted(grant.location_ids, key=str))
    return f"{tenant} and access_location_id in ({branches})" if branches else "false"


def _held(reading: Reading) -> list[str]:
    """The conditions of a grant as SQL; a column that holds nothing meets none."""
    return [
        f"{identifier(column)} in ({', '.join(map(quoted, values))})" if values else "false"
        for column, values in reading.conditions
    ]
