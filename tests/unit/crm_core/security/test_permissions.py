"""The permission function against a list written by hand, and against what must never be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.enums import ActorType, PermissionScope, UserRole
from crm_core.models.base import Scope
from crm_core.security.matrix import DEFAULTS
from crm_core.security.permissions import (
    Action,
    ActionRefused,
    Grant,
    Override,
    Resource,
    Subject,
    can,
    conditions_of,
    effective,
    require,
    scope_of,
    system_subject,
)
from tests import permission_oracle

CLIENT_ID = uuid4()


def subject(role: UserRole) -> Subject:
    return Subject(CLIENT_ID, uuid4(), role, scope_of(role), frozenset())


@pytest.mark.parametrize("role", UserRole)
def test_every_default_equals_the_list_written_by_hand(role: UserRole) -> None:
    who = subject(role)
    differing = []
    for resource in Resource:
        for action in Action:
            grant = who.grants.get((resource, action))
            found = grant.scope.value if grant else None
            if found != permission_oracle.by_role(role, resource, action):
                differing.append((resource, action, found))
            assert bool(can(who, resource, action)) == (grant is not None)
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
    assert not [key for key in DEFAULTS if key[1] is Resource.AUDIT_ENTRY and key[2] in changes]
    at = datetime(2026, 11, 20, tzinfo=UTC)
    given = [Override("AUDIT_ENTRY", action, True, "CLIENT") for action in changes]
    held = effective(UserRole.ADMIN, given, given, at)
    assert not [key for key in held if key[0] is Resource.AUDIT_ENTRY and key[1] in changes]
    assert not can(system_subject(CLIENT_ID), Resource.AUDIT_ENTRY, Action.DELETE)


@pytest.mark.parametrize("role", [UserRole.EXECUTIVE, UserRole.AUDITOR, UserRole.ANALYST])
def test_readers_write_no_business_row(role: UserRole) -> None:
    own = {Resource.REPORT, Resource.DASHBOARD, Resource.AVAILABILITY, Resource.NOTIFICATION}
    writes = set(Action) - {Action.READ, Action.EXPORT}
    assert not [g for g in DEFAULTS if g[0] is role and g[2] in writes and g[1] not in own]


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


AT = datetime(2026, 11, 20, 18, tzinfo=UTC)
PEOPLE, BRANCHES = [uuid4(), uuid4()], [uuid4(), uuid4()]
STATUSES = ["DRAFT", "SENT", "ACCEPTED"]

overrides = st.fixed_dictionaries(
    {
        "resource": st.sampled_from(["LEAD", "QUOTE"]),
        "action": st.sampled_from(["READ", "UPDATE", "DELETE", "CREATE"]),
        "allow": st.booleans(),
        "scope": st.sampled_from(["OWN", "LOCATION", "CLIENT"]),
        "conditions": st.sampled_from([{}, {"status": ["DRAFT"]}, {"status": ["SENT", "DRAFT"]}]),
        "expires_at": st.sampled_from(
            [None, AT, AT + timedelta(minutes=1), AT - timedelta(days=1)]
        ),
    }
)
several = st.lists(
    overrides, max_size=6, unique_by=lambda row: (row["resource"], row["action"], row["allow"])
)
rows = st.fixed_dictionaries(
    {
        "client_id": st.sampled_from([CLIENT_ID, CLIENT_ID, uuid4()]),
        "location_id": st.sampled_from([*BRANCHES, None]),
        "owner_id": st.sampled_from([*PEOPLE, None]),
        "status": st.sampled_from([*STATUSES, None]),
    }
)


def as_override(row: dict[str, Any]) -> Override:
    scope, conditions = (row["scope"], row["conditions"]) if row["allow"] else (None, None)
    expires_at = row["expires_at"]
    return Override(row["resource"], row["action"], row["allow"], scope, conditions, expires_at)


@given(
    st.sampled_from(UserRole), several, several, rows,
    st.sampled_from(["leads", "quotes"]), st.sampled_from(["READ", "CREATE", "UPDATE", "DELETE"]),
)  # fmt: skip
def test_a_decision_about_a_row_equals_the_oracle(
    role: UserRole,
    tenant: list[dict[str, Any]],
    personal: list[dict[str, Any]],
    row: dict[str, Any],
    table: str,
    action: str,
) -> None:
    grants = effective(role, map(as_override, tenant), map(as_override, personal), AT)
    branches = frozenset(BRANCHES[:1])
    subject = Subject(CLIENT_ID, PEOPLE[0], role, scope_of(role), branches, grants=grants)
    who = {
        "client_id": CLIENT_ID, "user_id": PEOPLE[0], "role": role, "location_ids": branches,
        "tenant_rows": tenant, "personal_rows": personal,
    }  # fmt: skip
    resource = {"leads": "LEAD", "quotes": "QUOTE"}[table]
    decision = can(subject, resource, action, row)
    assert bool(decision) == permission_oracle.allowed(who, table, action, row, AT)
    assert decision.reason.startswith(f"{role} may {'' if decision else 'not '}")


@pytest.mark.parametrize(
    ("resource", "action", "row"),
    [
        ("SPACESHIP", "READ", None),
        ("LEAD", "FLY", None),
        ("", "", None),
        ("LEAD", "READ", {}),
        ("LEAD", "READ", {"location_id": None, "owner_id": None}),
        ("MACHINERY", "READ", None),
    ],
)
def test_what_is_unknown_is_refused(resource: str, action: str, row: dict[str, Any] | None) -> None:
    assert not can(subject(UserRole.ADMIN), resource, action, row)


def test_overrides_that_make_no_sense_allow_nothing() -> None:
    senseless: list[Override] = [
        Override("LEAD", "READ", True, None),
        Override("LEAD", "READ", True, "EVERYWHERE"),
        Override("LEAD", "READ", True, "ALL"),
        Override("LEAD", "READ", True, "CLIENT", ["status"]),
        Override("LEAD", "READ", True, "CLIENT", {"status": "DRAFT"}),
        Override("LEAD", "READ", True, "CLIENT", {"status": [1]}),
    ]
    for override in senseless:
        held = effective(UserRole.ADMIN, [override], [], AT)
        assert (Resource.LEAD, Action.READ) not in held, override
    contradicting = [
        Override("LEAD", "READ", True, "OWN"),
        Override("LEAD", "READ", True, "CLIENT"),
    ]
    assert (Resource.LEAD, Action.READ) not in effective(UserRole.ADMIN, [], contradicting, AT)
    unknown = [Override("SPACESHIP", "READ", True, "CLIENT"), Override("LEAD", "FLY", False)]
    assert effective(UserRole.ADMIN, unknown, unknown, AT) == subject(UserRole.ADMIN).grants


def test_a_platform_role_may_be_given_all_and_acts_in_one_tenant() -> None:
    everything = [Override("WEBHOOK", "READ", True, "ALL")]
    held = effective(UserRole.OPERATIONAL_MANAGER, everything, [], AT)
    assert held[Resource.WEBHOOK, Action.READ] == Grant(PermissionScope.ALL)
    platform = subject(UserRole.SUPER_ADMIN)
    assert can(platform, "LEAD", "DELETE", {"client_id": CLIENT_ID})
    assert not can(platform, "LEAD", "DELETE", {"client_id": uuid4()})


def test_tables_without_a_branch_or_an_owner_open_as_declared() -> None:
    manager, driver = subject(UserRole.MANAGER), subject(UserRole.DRIVER)
    row = {"client_id": CLIENT_ID, "id": uuid4()}
    assert can(manager, "REPORT", "READ", row, Scope())
    assert not can(manager, "REPORT", "READ", row)
    assert not can(driver, "LOCATION", "READ", row, Scope(location="id"))


def test_conditions_are_understood_or_refused() -> None:
    assert conditions_of(None) == conditions_of({}) == ()
    assert conditions_of({"b": ["2", "1"], "a": []}) == (("a", ()), ("b", ("1", "2")))
    for broken in ("status", 1, ["status"], {"status": "DRAFT"}, {1: ["x"]}, {"status": [None]}):
        assert conditions_of(broken) is None


def test_taking_everything_away_leaves_nothing() -> None:
    denied = [Override(r, a, False) for r in Resource for a in Action]
    held = effective(UserRole.ADMIN, [], denied, AT)
    nobody = Subject(
        CLIENT_ID, uuid4(), UserRole.ADMIN, PermissionScope.CLIENT, frozenset(), grants=held
    )
    assert not [1 for r in Resource for a in Action if can(nobody, r, a)]
    assert nobody.context == "{}"
