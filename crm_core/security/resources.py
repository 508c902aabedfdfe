"""Which resource of the permission matrix every table belongs to, in one place.

What a role may do with a resource is in `matrix`; the policies are made in
`crm_core.migrations.derived`. A table that is named nowhere takes the resource of its module.
"""

from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import String, Table

from crm_core.enums import Resource
from crm_core.models import Base
from crm_core.models.base import LakePolicy, Scope

AREAS: Final = MappingProxyType(
    {
        "alerts": Resource.REPORT,
        "audit": Resource.AUDIT_ENTRY,
        "communication": Resource.COMMUNICATION,
        "equipment": Resource.EQUIPMENT,
        "field_work": Resource.JOURNEY_STEP,
        "finance": Resource.LEDGER,
        "history": Resource.HISTORY,
        "integration": Resource.INTEGRATION,
        "inventory": Resource.INVENTORY,
        "job_costs": Resource.LEDGER,
        "ledger": Resource.LEDGER,
        "mobile": Resource.MOBILE,
        "operations": Resource.JOURNEY,
        "permissions": Resource.PERMISSION,
        "phases": Resource.JOURNEY_STEP,
        "platform": Resource.MACHINERY,
        "privacy": Resource.MACHINERY,
        "reporting": Resource.REPORT,
        "sales": Resource.LEAD,
        "sales_work": Resource.LEAD,
        "scheduling": Resource.SCHEDULE,
        "storage": Resource.STORAGE_BOOKING,
        "tenancy": Resource.MACHINERY,
        "webhooks": Resource.WEBHOOK,
    }
)
"""By module of `crm_core.models`; the narrowest that fits where a module holds several."""

_NAMED: Final = {
    Resource.CLIENT: "clients",
    Resource.LOCATION: "locations business_dates",
    Resource.USER: "users user_locations",
    Resource.CUSTOMER: "customers surveys",
    Resource.LEAD: "leads sales_activities move_sources",
    Resource.QUOTE: "quotes quote_items booking_history",
    Resource.INVOICE: "invoices invoice_items",
    Resource.PAYMENT: "payments",
    Resource.LEDGER: (
        "customer_credits journey_costs wage_rates marketing_spend royalties royalty_rates"
    ),
    Resource.JOURNEY: "truck_journeys journey_reviews review_findings",
    Resource.JOURNEY_STEP: (
        "journey_steps journey_phases journey_checklist_items journey_media_requirements"
        " journey_phase_templates step_activities"
    ),
    Resource.CREW: "assigned_crew time_entries",
    Resource.POSITION: "journey_entries",
    Resource.MEDIA: "media mobile_media_items",
    Resource.CLAIM: "claims damage_reports",
    Resource.STORAGE_UNIT: "storage_units",
    Resource.MAINTENANCE: "equipment_maintenance fuel_purchases",
    Resource.PURCHASE: "suppliers purchase_orders purchase_order_items",
    Resource.AVAILABILITY: "availabilities",
    Resource.DASHBOARD: "dashboards annotations",
    Resource.TEMPLATE: "templates quote_templates quote_template_items",
    Resource.NOTIFICATION: "notifications mobile_notifications",
    Resource.WEBHOOK: "webhooks webhook_deliveries",
    Resource.ENCRYPTED_DATA: "encrypted_values",
    Resource.HISTORY: "status_events",
    Resource.MACHINERY: (
        "sessions payloads tombstones platform_admins platform_sessions company_access_logs"
        " domain_events inbound_events erasures"
    ),
}
NAMED: Final = MappingProxyType(
    {name: resource for resource, names in _NAMED.items() for name in names.split()}
)
"""Tables whose resource is not that of their module. A name may stand here before its table."""

REFERENCE: Final = frozenset({"tax_rates", "fx_rates", "business_clock", "zone_offsets"})
"""Tables without a tenant: the same for everyone, readable by everyone."""

SHARED: Final = frozenset({"number_counters", "encryption_keys"})
"""Tools of every service, whoever acts: a number series, a key that only the root key opens."""

JOURNALS: Final = MappingProxyType({"audit_entries": "owner_id"})
"""Everybody writes, nobody changes: the column that must name the one who writes."""


class Head(NamedTuple):
    """The table whose columns the conditions of a line are about, and the key that leads there."""

    table: str
    key: str


HEADS: Final = MappingProxyType(
    {
        "quote_items": Head("quotes", "quote_id"),
        "invoice_items": Head("invoices", "invoice_id"),
    }
)
"""Lines go with their head; other tables answer for themselves, and fail what they do not hold."""

LONGEST_CODE: Final = 40


def model_of(table: Table) -> type[Base]:
    """The model of a table."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return mapper.class_
    raise LookupError(f"{table.fullname} has no model")


def resource_of(table: Table) -> Resource | None:
    """The resource of a table, None for the few that belong to everybody.

    Raises `LookupError` for a table that is neither named here nor in a known module.
    """
    if table.name in REFERENCE | SHARED:
        return None
    if table.name in NAMED:
        return NAMED[table.name]
    area = model_of(table).__module__.rpartition(".")[2]
    if area not in AREAS:
        raise LookupError(f"{table.fullname} has no resource: name it in {__name__}")
    return AREAS[area]


def scope_columns(table: Table) -> Scope:
    """The columns that LOCATION and OWN look at, as declared on the model."""
    declared: Scope = getattr(model_of(table), "__scope__", Scope())
    return declared


def condition_columns(table: Table) -> list[str]:
    """The columns that a condition may name: closed sets and short codes, never free text."""
    return [
        column.name
        for column in table.columns
        if isinstance(column.type, String)
        and (column.type.length or LONGEST_CODE + 1) <= LONGEST_CODE
        and column.info["lake"] is LakePolicy.KEEP
    ]


def conditions_for(resource: Resource) -> set[str]:
    """The columns that some table of the resource can answer a condition about."""
    return {
        name
        for table in Base.metadata.sorted_tables
        if resource_of(table) is resource and table.name not in HEADS
        for name in condition_columns(table)
    }
