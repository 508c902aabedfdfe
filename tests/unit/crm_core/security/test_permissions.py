"""The permission function against a list written by hand, and against what must never be."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import ActorType, PermissionScope, UserRole
from crm_core.security.permissions import (
    GRANTED,
    LETTERS,
    Action,
    ActionRefused,
    Resource,
    Subject,
    can,
    require,
    scope_of,
    system_subject,
)

CLIENT_ID = uuid4()


def subject(role: UserRole) -> Subject:
    return Subject(CLIENT_ID, uuid4(), role, scope_of(role), frozenset())


# What each role may do, role by role: the matrix read by columns, not by rows.
ORACLE: dict[UserRole, dict[str, str]] = {
    UserRole.SUPER_ADMIN: {
        "CLIENT LOCATION USER PERMISSION LEAD LEDGER JOURNEY EQUIPMENT DASHBOARD INTEGRATION": (
            "CRUD"
        ),
        "CUSTOMER REPORT": "CRUDX",
        "QUOTE INVOICE PAYMENT JOURNEY_STEP": "CRUDA",
        "WAREHOUSE AUDIT_ENTRY": "RX",
        "PERSONAL_DATA": "RDX",
        "ENCRYPTED_DATA": "CRUD",
    },
    UserRole.ADMIN: {
        "CLIENT": "RU",
        "LOCATION": "CRU",
        "USER PERMISSION DASHBOARD INTEGRATION": "CRUD",
        "CUSTOMER LEAD JOURNEY EQUIPMENT REPORT": "CRUDX",
        "QUOTE INVOICE": "CRUDAX",
        "PAYMENT": "CRUAX",
        "LEDGER": "CRUX",
        "JOURNEY_STEP": "CRUDA",
        "WAREHOUSE AUDIT_ENTRY": "RX",
        "PERSONAL_DATA": "RDX",
        "ENCRYPTED_DATA": "CRUD",
    },
    UserRole.OPERATIONAL_MANAGER: {
        "CLIENT LOCATION USER CUSTOMER LEAD QUOTE INVOICE PAYMENT LEDGER JOURNEY JOURNEY_STEP"
        " EQUIPMENT WAREHOUSE INTEGRATION AUDIT_ENTRY": "R",
        "REPORT": "CRX",
        "DASHBOARD": "RU",
    },
    UserRole.EXECUTIVE: {
        "CLIENT LOCATION USER CUSTOMER PERSONAL_DATA LEAD QUOTE INVOICE PAYMENT LEDGER JOURNEY"
        " JOURNEY_STEP EQUIPMENT DASHBOARD INTEGRATION AUDIT_ENTRY": "R",
        "REPORT": "CRX",
        "WAREHOUSE": "RX",
    },
    UserRole.MANAGER: {
        "CLIENT PERMISSION INTEGRATION AUDIT_ENTRY": "R",
        "LOCATION USER": "RU",
        "CUSTOMER": "CRUX",
        "PERSONAL_DATA LEDGER WAREHOUSE": "RX",
        "LEAD": "CRUDSX",
        "QUOTE JOURNEY": "CRUDAX",
        "INVOICE": "CRUAX",
        "PAYMENT": "CRA",
        "JOURNEY_STEP": "RUA",
        "EQUIPMENT REPORT": "CRUDX",
        "DASHBOARD": "CRUD",
    },
    UserRole.DISPATCHER: {
        "CLIENT LOCATION USER PERSONAL_DATA WAREHOUSE": "R",
        "CUSTOMER LEAD QUOTE": "CRU",
        "INVOICE PAYMENT": "CR",
        "JOURNEY": "CRUDSX",
        "JOURNEY_STEP": "RU",
        "EQUIPMENT": "RUS",
        "REPORT": "CRX",
        "DASHBOARD": "CRUD",
    },
    UserRole.SALES_REP: {
        "CLIENT LOCATION USER PERSONAL_DATA INVOICE PAYMENT JOURNEY WAREHOUSE": "R",
        "CUSTOMER": "CRU",
        "LEAD QUOTE": "CRUDX",
        "REPORT": "CRX",
        "DASHBOARD": "CRUD",
    },
    UserRole.FINANCE: {
        "CLIENT LOCATION USER PERSONAL_DATA LEAD QUOTE JOURNEY EQUIPMENT INTEGRATION"
        " AUDIT_ENTRY": "R",
        "CUSTOMER": "RU",
        "INVOICE PAYMENT": "CRUDAX",
        "LEDGER": "CRUX",
        "REPORT": "CRUDX",
        "DASHBOARD": "CRUD",
        "WAREHOUSE": "RX",
    },
    UserRole.DRIVER: {
        "LOCATION CUSTOMER PERSONAL_DATA JOURNEY EQUIPMENT REPORT DASHBOARD": "R",
        "USER": "RU",
        "PAYMENT": "C",
        "JOURNEY_STEP": "U",
    },
    UserRole.MOVER: {
        "LOCATION CUSTOMER PERSONAL_DATA JOURNEY EQUIPMENT REPORT DASHBOARD": "R",
        "USER": "RU",
        "JOURNEY_STEP": "U",
    },
    UserRole.STORAGE_MANAGER: {
        "CLIENT LOCATION USER PERSONAL_DATA LEDGER JOURNEY EQUIPMENT WAREHOUSE": "R",
        "CUSTOMER QUOTE INVOICE ENCRYPTED_DATA": "CRU",
        "LEAD": "C",
        "PAYMENT": "CR",
        "REPORT": "CRX",
        "DASHBOARD": "CRUD",
    },
    UserRole.FLEET_MANAGER: {
        "CLIENT LOCATION USER JOURNEY WAREHOUSE": "R",
        "EQUIPMENT": "CRUDX",
        "REPORT": "CRX",
        "DASHBOARD": "CRUD",
    },
    UserRole.ANALYST: {
        "CLIENT LOCATION CUSTOMER LEAD QUOTE INVOICE PAYMENT LEDGER JOURNEY JOURNEY_STEP"
        " EQUIPMENT INTEGRATION": "R",
        "REPORT": "CRX",
        "DASHBOARD": "CRUD",
        "WAREHOUSE": "RX",
    },
    UserRole.AUDITOR: {
        "CLIENT LOCATION USER PERMISSION CUSTOMER PERSONAL_DATA LEAD QUOTE JOURNEY_STEP"
        " EQUIPMENT DASHBOARD INTEGRATION": "R",
        "INVOICE PAYMENT LEDGER JOURNEY WAREHOUSE AUDIT_ENTRY": "RX",
        "REPORT": "CRX",
    },
    UserRole.DB_ADMIN: {"AUDIT_ENTRY": "R"},
}


def by_hand(role: UserRole, resource: Resource, action: Action) -> bool:
    letters = {name: cell for names, cell in ORACLE[role].items() for name in names.split()}.get(
        resource.value, ""
    )
    return any(LETTERS[letter] is action for letter in letters)


@pytest.mark.parametrize("role", UserRole)
def test_every_decision_equals_the_list_written_by_hand(role: UserRole) -> None:
    who = subject(role)
    differing = [
        (resource, action)
        for resource in Resource
        for action in Action
        if bool(can(who, resource, action)) != by_hand(role, resource, action)
    ]
    assert differing == []


@given(st.sampled_from(UserRole), st.sampled_from(Resource), st.sampled_from(Action))
def test_a_refusal_says_who_may_not_do_what(
    role: UserRole, resource: Resource, action: Action
) -> None:
    decision = can(subject(role), resource, action)
    verb = "may" if decision.allowed else "may not"
    assert decision.reason == f"{role} {verb} {action} {resource}"
    if decision:
        require(subject(role), resource, action)
    else:
        with pytest.raises(ActionRefused, match="may not"):
            require(subject(role), resource, action)


def test_nobody_changes_the_audit_trail() -> None:
    changes = {Action.CREATE, Action.UPDATE, Action.DELETE}
    assert not [
        grant for grant in GRANTED if grant[1] is Resource.AUDIT_ENTRY and grant[2] in changes
    ]


@pytest.mark.parametrize("role", [UserRole.EXECUTIVE, UserRole.AUDITOR, UserRole.ANALYST])
def test_readers_write_no_business_row(role: UserRole) -> None:
    own = {Resource.REPORT, Resource.DASHBOARD}
    writes = set(Action) - {Action.READ, Action.EXPORT}
    assert not [g for g in GRANTED if g[0] is role and g[2] in writes and g[1] not in own]


def test_an_analyst_knows_no_names() -> None:
    analyst = subject(UserRole.ANALYST)
    assert can(analyst, Resource.WAREHOUSE, Action.READ)
    assert not can(analyst, Resource.PERSONAL_DATA, Action.READ)
    assert not can(analyst, Resource.USER, Action.READ)


@pytest.mark.parametrize(
    ("scope", "roles"),
    [
        (PermissionScope.ALL, "SUPER_ADMIN OPERATIONAL_MANAGER"),
        (PermissionScope.CLIENT, "EXECUTIVE ANALYST FINANCE ADMIN AUDITOR"),
        (PermissionScope.LOCATION, "MANAGER DISPATCHER STORAGE_MANAGER FLEET_MANAGER"),
        (PermissionScope.OWN, "SALES_REP DRIVER MOVER DB_ADMIN"),
    ],
)
def test_each_role_has_its_scope(scope: PermissionScope, roles: str) -> None:
    assert {role for role in UserRole if scope_of(role) is scope} == {
        UserRole(name) for name in roles.split()
    }


def test_the_platform_acts_in_one_tenant_and_is_no_user() -> None:
    client_id = UUID(int=1)
    job = system_subject(client_id)
    assert (job.client_id, job.user_id, job.scope) == (client_id, None, PermissionScope.CLIENT)
    assert job.actor_type is ActorType.SYSTEM
    assert system_subject(client_id, ActorType.INTEGRATION).actor_type is ActorType.INTEGRATION
