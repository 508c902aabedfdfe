"""Who may do what, worked out the slow way: the second opinion on permissions.

Shares no code with the product: rights are listed role by role, rows are plain dictionaries, and
every rule is a loop. Compared with the product's function and with the database by the tests.
"""

from datetime import datetime
from typing import Any

LETTERS = {
    "CREATE": "C", "READ": "R", "UPDATE": "U", "DELETE": "D", "APPROVE": "A", "EXPORT": "X",
    "ASSIGN": "S",
}  # fmt: skip

EVERYTHING = {
    "CLIENT LOCATION USER PERMISSION LEAD LEDGER JOURNEY STORAGE_UNIT STORAGE_BOOKING EQUIPMENT"
    " INVENTORY PURCHASE SCHEDULE DASHBOARD TEMPLATE NOTIFICATION INTEGRATION WEBHOOK": "CRUD",
    "CUSTOMER REPORT": "CRUDX",
    "QUOTE INVOICE PAYMENT JOURNEY_STEP CLAIM MAINTENANCE AVAILABILITY": "CRUDA",
    "CREW": "CRUDS",
    "POSITION COMMUNICATION": "CR",
    "MEDIA": "CRD",
    "MOBILE": "RD",
    "WAREHOUSE AUDIT_ENTRY": "RX",
    "PERSONAL_DATA": "RDX",
    "ENCRYPTED_DATA": "CRUD",
    "HISTORY": "R",
}
READ_MOST = (
    "CLIENT LOCATION USER CUSTOMER LEAD QUOTE INVOICE PAYMENT LEDGER JOURNEY JOURNEY_STEP CREW"
    " POSITION MEDIA CLAIM STORAGE_UNIT STORAGE_BOOKING EQUIPMENT MAINTENANCE INVENTORY SCHEDULE"
    " INTEGRATION AUDIT_ENTRY HISTORY"
)

# role: (where it works, what it may do there, what it may do elsewhere as {scope: ...})
RIGHTS: dict[str, tuple[str, dict[str, str], dict[str, dict[str, str]]]] = {
    "SUPER_ADMIN": ("ALL", EVERYTHING, {}),
    "ADMIN": (
        "CLIENT",
        {
            "CLIENT": "RU",
            "LOCATION": "CRU",
            "USER PERMISSION DASHBOARD STORAGE_UNIT SCHEDULE TEMPLATE NOTIFICATION INTEGRATION"
            " WEBHOOK": "CRUD",
            "CUSTOMER LEAD JOURNEY STORAGE_BOOKING EQUIPMENT INVENTORY REPORT": "CRUDX",
            "QUOTE INVOICE CLAIM MAINTENANCE": "CRUDAX",
            "PAYMENT": "CRUAX",
            "LEDGER": "CRUX",
            "JOURNEY_STEP PURCHASE AVAILABILITY": "CRUDA",
            "CREW": "CRUDS",
            "POSITION": "CR",
            "MEDIA": "CRD",
            "MOBILE": "RD",
            "COMMUNICATION": "CRX",
            "WAREHOUSE AUDIT_ENTRY": "RX",
            "PERSONAL_DATA": "RDX",
            "ENCRYPTED_DATA": "CRUD",
            "HISTORY": "R",
        },
        {},
    ),
    "OPERATIONAL_MANAGER": (
        "ALL",
        {READ_MOST: "R", "WAREHOUSE": "R", "REPORT": "CRX", "DASHBOARD": "RU"},
        {"OWN": {"NOTIFICATION": "RU"}},
    ),
    "EXECUTIVE": (
        "CLIENT",
        {
            READ_MOST: "R",
            "PERSONAL_DATA MOBILE PURCHASE AVAILABILITY DASHBOARD COMMUNICATION TEMPLATE": "R",
            "REPORT": "CRX",
            "WAREHOUSE": "RX",
        },
        {"OWN": {"NOTIFICATION": "RU"}},
    ),
    "MANAGER": (
        "LOCATION",
        {
            "PERMISSION INTEGRATION AUDIT_ENTRY MOBILE DASHBOARD HISTORY": "R",
            "LOCATION USER STORAGE_UNIT": "RU",
            "CUSTOMER": "CRUX",
            "PERSONAL_DATA LEDGER WAREHOUSE": "RX",
            "LEAD": "CRUDSX",
            "QUOTE JOURNEY": "CRUDAX",
            "INVOICE CLAIM MAINTENANCE INVENTORY": "CRUAX",
            "PAYMENT": "CRA",
            "JOURNEY_STEP": "RUA",
            "CREW": "CRUDS",
            "POSITION": "CR",
            "MEDIA": "CRD",
            "STORAGE_BOOKING EQUIPMENT REPORT": "CRUDX",
            "PURCHASE": "CRUA",
            "SCHEDULE AVAILABILITY": "CRUDA",
            "COMMUNICATION": "CRX",
            "TEMPLATE": "CRU",
        },
        {"CLIENT": {"CLIENT": "R"}, "OWN": {"DASHBOARD": "CUD", "NOTIFICATION": "RU"}},
    ),
    "DISPATCHER": (
        "LOCATION",
        {
            "LOCATION USER PERSONAL_DATA WAREHOUSE MOBILE STORAGE_UNIT PURCHASE AVAILABILITY"
            " HISTORY": "R",
            "CUSTOMER LEAD QUOTE CLAIM STORAGE_BOOKING INVENTORY": "CRU",
            "INVOICE PAYMENT POSITION MEDIA MAINTENANCE COMMUNICATION": "CR",
            "JOURNEY": "CRUDSX",
            "JOURNEY_STEP": "RU",
            "CREW SCHEDULE": "CRUDS",
            "EQUIPMENT": "RUS",
            "REPORT": "CRX",
        },
        {
            "CLIENT": {"CLIENT TEMPLATE": "R"},
            "OWN": {"DASHBOARD": "CRUD", "NOTIFICATION": "RU"},
        },
    ),
    "SALES_REP": (
        "OWN",
        {
            "PERSONAL_DATA INVOICE PAYMENT JOURNEY CLAIM WAREHOUSE HISTORY": "R",
            "CUSTOMER STORAGE_BOOKING": "CRU",
            "LEAD QUOTE": "CRUDX",
            "AVAILABILITY DASHBOARD": "CRUD",
            "REPORT": "CRX",
            "COMMUNICATION": "CR",
            "NOTIFICATION": "RU",
        },
        {
            "CLIENT": {"CLIENT TEMPLATE": "R"},
            "LOCATION": {"LOCATION USER STORAGE_UNIT INVENTORY SCHEDULE": "R"},
        },
    ),
    "FINANCE": (
        "CLIENT",
        {
            "CLIENT LOCATION USER PERSONAL_DATA LEAD QUOTE JOURNEY MEDIA STORAGE_UNIT EQUIPMENT"
            " MAINTENANCE INVENTORY TEMPLATE INTEGRATION AUDIT_ENTRY HISTORY": "R",
            "CUSTOMER CLAIM STORAGE_BOOKING": "RU",
            "INVOICE PAYMENT": "CRUDAX",
            "LEDGER": "CRUX",
            "PURCHASE": "CRUA",
            "REPORT": "CRUDX",
            "WAREHOUSE": "RX",
            "COMMUNICATION": "CR",
        },
        {"OWN": {"AVAILABILITY DASHBOARD": "CRUD", "NOTIFICATION": "RU"}},
    ),
    "DRIVER": (
        "OWN",
        {
            "LOCATION CUSTOMER PERSONAL_DATA JOURNEY STORAGE_UNIT EQUIPMENT SCHEDULE REPORT"
            " DASHBOARD HISTORY": "R",
            "USER JOURNEY_STEP CREW NOTIFICATION": "RU",
            "PAYMENT MAINTENANCE INVENTORY COMMUNICATION": "C",
            "POSITION MEDIA CLAIM": "CR",
            "MOBILE": "CRU",
            "AVAILABILITY": "CRUD",
        },
        {},
    ),
    "MOVER": (
        "OWN",
        {
            "LOCATION CUSTOMER PERSONAL_DATA JOURNEY EQUIPMENT SCHEDULE REPORT DASHBOARD"
            " HISTORY": "R",
            "USER JOURNEY_STEP CREW NOTIFICATION": "RU",
            "MAINTENANCE INVENTORY": "C",
            "POSITION MEDIA CLAIM": "CR",
            "MOBILE": "CRU",
            "AVAILABILITY": "CRUD",
        },
        {},
    ),
    "STORAGE_MANAGER": (
        "LOCATION",
        {
            "LOCATION USER PERSONAL_DATA LEDGER JOURNEY EQUIPMENT WAREHOUSE HISTORY": "R",
            "CUSTOMER QUOTE INVOICE CLAIM INVENTORY SCHEDULE ENCRYPTED_DATA": "CRU",
            "LEAD": "C",
            "PAYMENT MEDIA MAINTENANCE PURCHASE COMMUNICATION": "CR",
            "STORAGE_UNIT": "CRUD",
            "STORAGE_BOOKING": "CRUDX",
            "REPORT": "CRX",
        },
        {
            "CLIENT": {"CLIENT TEMPLATE": "R"},
            "OWN": {"AVAILABILITY DASHBOARD": "CRUD", "NOTIFICATION": "RU"},
        },
    ),
    "FLEET_MANAGER": (
        "LOCATION",
        {
            "LOCATION USER JOURNEY CLAIM INVENTORY SCHEDULE WAREHOUSE HISTORY": "R",
            "EQUIPMENT": "CRUDX",
            "MAINTENANCE": "CRUAX",
            "PURCHASE": "CR",
            "REPORT": "CRX",
        },
        {
            "CLIENT": {"CLIENT TEMPLATE": "R"},
            "OWN": {"AVAILABILITY DASHBOARD": "CRUD", "NOTIFICATION": "RU"},
        },
    ),
    "ANALYST": (
        "CLIENT",
        {
            "CLIENT LOCATION CUSTOMER LEAD QUOTE INVOICE PAYMENT LEDGER JOURNEY JOURNEY_STEP CREW"
            " CLAIM STORAGE_UNIT STORAGE_BOOKING EQUIPMENT MAINTENANCE INVENTORY PURCHASE SCHEDULE"
            " DASHBOARD INTEGRATION HISTORY": "R",
            "REPORT": "CRX",
            "WAREHOUSE": "RX",
        },
        {"OWN": {"AVAILABILITY": "CRUD", "DASHBOARD": "CUD", "NOTIFICATION": "RU"}},
    ),
    "AUDITOR": (
        "CLIENT",
        {
            "CLIENT LOCATION USER PERMISSION CUSTOMER PERSONAL_DATA LEAD QUOTE JOURNEY_STEP CREW"
            " POSITION MEDIA MOBILE STORAGE_UNIT STORAGE_BOOKING EQUIPMENT MAINTENANCE INVENTORY"
            " PURCHASE SCHEDULE AVAILABILITY DASHBOARD COMMUNICATION TEMPLATE INTEGRATION WEBHOOK"
            " HISTORY": "R",
            "INVOICE PAYMENT LEDGER JOURNEY CLAIM WAREHOUSE AUDIT_ENTRY": "RX",
            "REPORT": "CRX",
        },
        {"OWN": {"NOTIFICATION": "RU"}},
    ),
    "DB_ADMIN": ("OWN", {"AUDIT_ENTRY": "R", "NOTIFICATION": "RU"}, {}),
}

# Which columns say whose row it is, per table; what a line of a table hangs off.
WHERE = {
    "clients": (None, None),
    "locations": ("id", None),
    "users": ("location_id", "id"),
    "user_permissions": ("location_id", "user_id"),
    "role_permissions": (None, None),
}
ON_THE_CREW = ("ASSIGNED", "CONFIRMED", "ON_SITE", "COMPLETED")
KIND = {
    "clients": "CLIENT", "locations": "LOCATION", "users": "USER", "customers": "CUSTOMER",
    "leads": "LEAD", "quotes": "QUOTE", "quote_items": "QUOTE", "invoices": "INVOICE",
    "invoice_items": "INVOICE", "payments": "PAYMENT", "truck_journeys": "JOURNEY",
    "journey_steps": "JOURNEY_STEP", "role_permissions": "PERMISSION",
    "user_permissions": "PERMISSION",
}  # fmt: skip


def by_role(role: str, resource: str, action: str) -> str | None:
    """The scope in which a role may do something by default; None when it may not."""
    base, plain, elsewhere = RIGHTS[role]
    for scope, lists in [(base, plain), *elsewhere.items()]:
        for names, letters in lists.items():
            if resource in names.split() and LETTERS[action] in letters:
                return scope
    return None


def granted(
    who: dict[str, Any], resource: str, action: str, at: datetime
) -> tuple[str, dict[str, list[str]]] | None:
    """Scope and conditions of what somebody may do after all overrides."""
    scope = by_role(who["role"], resource, action)
    answer = (scope, {}) if scope else None
    for level in (who["tenant_rows"], who["personal_rows"]):
        allows, denies = [], 0
        for row in level:
            if (row["resource"], row["action"]) != (resource, action):
                continue
            if row.get("expires_at") is not None and not at < row["expires_at"]:
                continue
            if row["allow"]:
                allows.append((row["scope"], row.get("conditions") or {}))
            else:
                denies += 1
        if denies:
            answer = None
        elif allows:
            answer = allows[0]
    return answer


def allowed(
    who: dict[str, Any],
    table: str,
    action: str,
    row: dict[str, Any],
    at: datetime,
    head: dict[str, Any] | None = None,
    crew: list[dict[str, Any]] | None = None,
) -> bool:
    """Whether `who` may do `action` to one row of a table.

    `head` is what a line belongs to, `crew` who was ever assigned to the journey of the row.
    """
    actions = [action] if action in ("READ", "CREATE") else ["READ", action]
    for each in actions:
        answer = granted(who, KIND[table], each, at)
        if answer is None:
            return False
        scope, conditions = answer
        tenant = row["id"] if table == "clients" else row["client_id"]
        if tenant != who["client_id"]:
            return False
        branch_column, owner_column = WHERE.get(table, ("location_id", "owner_id"))
        in_branch = branch_column is None or row[branch_column] in who["location_ids"]
        is_own = owner_column is not None and row[owner_column] == who["user_id"]
        for member in crew or []:
            if member["user_id"] == who["user_id"] and member["status"] in ON_THE_CREW:
                is_own = True
        if scope == "LOCATION" and not in_branch:
            return False
        if scope == "OWN" and not (is_own if owner_column is not None else in_branch):
            return False
        looked_at = row if head is None else head
        for column, values in conditions.items():
            if looked_at.get(column) not in values:
                return False
    return True
