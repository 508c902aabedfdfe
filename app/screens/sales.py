"""Screens of sales: leads on a list and a board, customers, touches; quotes have their own file.

What a step means is decided in `crm_core.services.sales`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.screens import picks
from app.screens.assets import RESERVE
from app.screens.quotes import LOST, NEW_QUOTE, QUOTES
from app.screens.spec import (
    Act,
    Deed,
    Field,
    Part,
    Screen,
    child,
    deed,
    step,
)
from crm_core.enums import (
    Action,
    CustomerType,
    LeadPriority,
    LeadStatus,
    Resource,
)
from crm_core.enums_office import SalesActivityType
from crm_core.models import SalesActivity, StorageBooking
from crm_core.models.lists import LISTS, ListSpec
from crm_core.security.permissions import can
from crm_core.services.finance import receivables
from crm_core.services.machines.sales import LEAD, LeadEvent
from crm_core.services.sales import (
    customers,
    leads,
    sales_activities,
)
from crm_core.services.sales.customers import CustomerData
from crm_core.services.sales.leads import LeadData
from crm_core.services.sales.sales_activities import ActivityData, Outcome

R, A = Resource, Action
SERVICES = (
    "MOVING", "MOVING_AND_PACKING", "PACKING", "LABOR_ONLY", "LOAD_ONLY", "UNLOAD_ONLY",
    "LONG_DISTANCE", "COMMERCIAL", "STORAGE_IN_BOUND", "STORAGE_OUT_BOUND", "JUNK_REMOVAL",
    "BOX_DELIVERY",
)  # fmt: skip
SOURCES = (
    "organic", "pay_per_click", "local_services", "map_listing", "referral", "repeat",
    "lead_broker", "homestars", "saw_truck", "other",
)  # fmt: skip
SIZES = (
    "Single item (2 h minimum)", "One room, up to 5 items (2 h minimum)", "Studio under 600 sq ft",
    "1-bedroom apartment", "2-bedroom apartment", "3-bedroom apartment", "Townhouse 2 bedrooms",
    "Townhouse 3 bedrooms", "Townhouse 4 bedrooms", "House 2 bedrooms", "House 3 bedrooms",
    "House 4 bedrooms", "House 5 bedrooms", "Office small", "Office medium", "Office large",
)  # fmt: skip
PROVINCES = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
_OPEN = tuple(status for status in LeadStatus if status in LeadStatus.open_statuses())

ASKED_FOR = (
    Field("source", codes=SOURCES, is_needed=True),
    Field("service_type", codes=SERVICES, is_needed=True),
    Field("move_size", codes=SIZES),
    Field("estimated_move_on", date),
    Field("origin_province", codes=PROVINCES),
    Field("destination_province", codes=PROVINCES),
    Field("estimated_amount", Decimal),
    Field("priority", LeadPriority, is_needed=True, start=lambda act: LeadPriority.MEDIUM),
    Field("notes", is_long=True),
)
PERSON = (
    Field("first_name", is_needed=True),
    Field("last_name", is_needed=True),
    Field("company_name"),
    Field("type", CustomerType, is_needed=True, start=lambda act: CustomerType.RESIDENTIAL),
    Field("email"),
    Field("phone"),
)
PLACE = (
    Field("city"),
    Field("province", codes=PROVINCES),
    Field("postal_code"),
    Field("language", codes=("en", "fr"), is_needed=True, start=lambda act: "en"),
)
BRANCH = Field("location_id", choices=picks.branches, is_needed=True)


def _only(values: Any, fields: tuple[Field, ...]) -> dict[str, Any]:
    """What was filled in of some fields; what was left empty takes the service's default."""
    names = {field.name for field in fields}
    return {name: value for name, value in values.items() if name in names and value is not None}


def _customer(act: Act) -> Any:
    data = CustomerData(**_only(act.values, (*PERSON, *PLACE)))
    return customers.create(
        act.session, act.subject, data=data, location_id=act.values["location_id"], at=act.at
    )


def _lead_of(act: Act, customer_id: Any) -> Any:
    data = LeadData(**_only(act.values, ASKED_FOR))
    return leads.create(act.session, act.subject, customer_id=customer_id, data=data, at=act.at)


def _change_lead(act: Act) -> Any:
    data = LeadData(**_only(act.values, ASKED_FOR), is_bad=act.row.is_bad)
    leads.update(act.session, act.subject, lead_id=act.row.id, data=data, at=act.at)


def _change_customer(act: Act) -> Any:
    known = {"address": act.row.address, **_only(act.values, (*PERSON, *PLACE))}
    if "postal_code" not in known and isinstance(act.row.address, dict):
        known["postal_code"] = act.row.address.get("postal_code")
    data = CustomerData(**known)
    customers.update(act.session, act.subject, customer_id=act.row.id, data=data, at=act.at)


# touches

TOUCH = (
    Field("activity_type", SalesActivityType, is_needed=True),
    Field("description", is_long=True),
)
OUTCOME = (
    Field("outcome", is_long=True),
    Field("next_action"),
    Field("follow_up_on", date),
)


def _about(act: Act) -> ActivityData:
    of_lead = act.row.__tablename__ == "leads"
    return ActivityData(
        type=act.values["activity_type"],
        lead_id=act.row.id if of_lead else None,
        customer_id=None if of_lead else act.row.id,
        description=act.values.get("description"),
    )


def _log(act: Act) -> Any:
    outcome = Outcome(**_only(act.values, OUTCOME))
    sales_activities.log(act.session, act.subject, data=_about(act), at=act.at, outcome=outcome)


def _plan(act: Act) -> Any:
    when = act.values["scheduled_at"]
    sales_activities.plan(act.session, act.subject, data=_about(act), scheduled_at=when, at=act.at)


def _complete(act: Act) -> Any:
    outcome = Outcome(**_only(act.values, OUTCOME))
    sales_activities.complete(
        act.session, act.subject, activity_id=act.row.id, at=act.at, outcome=outcome
    )


LOG = Deed("log_activity", R.LEAD, A.CREATE, _log, (*TOUCH, *OUTCOME))
PLAN = Deed(
    "plan_activity", R.LEAD, A.CREATE, _plan,
    (*TOUCH, Field("scheduled_at", datetime, is_needed=True)),
)  # fmt: skip
COMPLETE = Deed(
    "complete", R.LEAD, A.UPDATE, _complete, OUTCOME, when=lambda row: row.completed_at is None
)
ACTIVITIES = child(SalesActivity, R.LEAD, "lead_id")


LEADS = Screen(
    "leads", "person_add", LISTS["leads"],
    columns=(
        "customer_id", "status", "priority", "service_type", "estimated_move_on",
        "estimated_amount", "score", "follow_up_on", "owner_id", "location_id", "created_on",
    ),
    filters=("status", "owner_id", "location_id"),
    board=tuple(status.value for status in _OPEN),
    card=("service_type", "estimated_move_on", "estimated_amount"),
    title=("customer_id",),
    sections=(
        ("the_move", ("service_type", "move_size", "estimated_move_on", "origin_province",
                      "destination_province", "estimated_amount")),
        ("the_lead", ("status", "priority", "score", "source", "follow_up_on", "owner_id",
                      "location_id", "lost_reason", "notes")),
        ("the_dates", ("received_at", "first_contacted_at", "last_contacted_at", "won_on",
                       "lost_on")),
    ),
    makes=(
        Deed("new_lead", R.LEAD, A.CREATE, lambda act: _lead_of(act, _customer(act).id),
             (*PERSON, BRANCH, *ASKED_FOR), is_main=True, opens="leads"),
    ),
    deeds=(
        NEW_QUOTE,
        LOG,
        PLAN,
        step("qualify", LEAD, LeadEvent.QUALIFY, leads.qualify, "lead_id"),
        Deed("edit", R.LEAD, A.UPDATE, _change_lead, ASKED_FOR, is_edit=True),
        deed("assign", R.LEAD, A.ASSIGN, leads.assign, "lead_id",
             Field("owner_id", choices=picks.sellers, is_needed=True)),
        step("negotiate", LEAD, LeadEvent.REVISE, leads.negotiate, "lead_id"),
        step("lose", LEAD, LeadEvent.LOSE, leads.lose, "lead_id",
             Field("reason", codes=LOST, is_needed=True)),
        step("reopen", LEAD, LeadEvent.REOPEN, leads.reopen, "lead_id"),
        step("archive", LEAD, LeadEvent.ARCHIVE, leads.archive, "lead_id"),
    ),
    parts=(
        Part("activities", ACTIVITIES, "lead_id",
             ("type", "scheduled_at", "completed_at", "description", "outcome", "owner_id"),
             deeds=(COMPLETE,), is_newest_first=True),
        Part("quotes", LISTS["quotes"], "lead_id",
             ("quote_number", "status", "move_on", "total_amount", "valid_until_on"),
             opens="quotes", is_newest_first=True),
    ),
    links=(("customer_id", "customers"),),
)  # fmt: skip


def _owed(act: Act) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for owed in receivables.owed_by(act.session, act.subject, customer_id=act.row.id, at=act.at):
        found += [("open_amount", owed.open_amount), ("overdue_amount", owed.overdue_amount)]
    return found


def _view(act: Act) -> Any:
    if not can(act.subject, R.PERSONAL_DATA, A.READ):
        return None  # names and addresses are hidden, and nothing is to be noted
    return customers.view(act.session, act.subject, customer_id=act.row.id, at=act.at)


CUSTOMERS = Screen(
    "customers", "contacts", ListSpec("customers", LISTS["customers"].model, R.CUSTOMER,
                                      ("email", "phone")),
    columns=("customer_id", "type", "city", "province", "language", "location_id", "created_on"),
    filters=("email", "phone", "location_id"),
    title=("customer_id",),
    sections=(
        ("the_contact", ("first_name", "last_name", "company_name", "email", "phone", "address")),
        ("the_customer", ("type", "city", "province", "postal_area", "language", "lead_source",
                          "loyalty_level", "location_id", "created_on", "is_active", "notes")),
    ),
    makes=(
        Deed("new_customer", R.CUSTOMER, A.CREATE, _customer, (*PERSON, BRANCH, *PLACE),
             is_main=True, opens="customers"),
    ),
    deeds=(
        Deed("new_lead", R.LEAD, A.CREATE, lambda act: _lead_of(act, act.row.id),
             ASKED_FOR, is_main=True, opens="leads"),
        Deed("edit", R.CUSTOMER, A.UPDATE, _change_customer, (*PERSON, *PLACE), is_edit=True),
        LOG,
        RESERVE,
    ),
    parts=(
        Part("leads", LISTS["leads"], "customer_id",
             ("status", "service_type", "estimated_move_on", "owner_id", "created_on"),
             opens="leads", is_newest_first=True),
        Part("quotes", LISTS["quotes"], "customer_id",
             ("quote_number", "status", "move_on", "total_amount", "valid_until_on"),
             opens="quotes", is_newest_first=True),
        Part("jobs", LISTS["journeys"], "customer_id",
             ("journey_number", "service_on", "status", "service_type", "quoted_amount"),
             opens="jobs", is_newest_first=True),
        Part("invoices", LISTS["invoices"], "customer_id",
             ("invoice_number", "status", "issued_on", "due_on", "total_amount",
              "balance_amount"), opens="invoices", is_newest_first=True),
        Part("rentals", child(StorageBooking, R.STORAGE_BOOKING, "customer_id"), "customer_id",
             ("unit_id", "status", "starts_on", "ends_on", "rate_amount"), opens="rentals",
             is_newest_first=True),
    ),
    note=_owed,
    view=_view,
)  # fmt: skip

TASKS = Screen(
    "tasks", "task_alt", ListSpec("tasks", SalesActivity, R.LEAD, ("type", "completed_on"),
                                  ("scheduled_on",)),
    columns=("scheduled_at", "type", "customer_id", "description", "owner_id", "location_id",
             "completed_at"),
    filters=("scheduled_on", "type", "owner_id", "location_id"),
    sort="scheduled", is_descending=True,
    title=("type", "customer_id"),
    sections=(
        ("the_task", ("type", "subject", "description", "scheduled_at", "completed_at", "outcome",
                      "next_action", "owner_id", "location_id")),
    ),
    deeds=(COMPLETE,),
    links=(("lead_id", "leads"), ("customer_id", "customers")),
)  # fmt: skip

SCREENS = (LEADS, QUOTES, CUSTOMERS, TASKS)
