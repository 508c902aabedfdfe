"""Who sees which relation, columns and rows: the map behind every door."""

from uuid import UUID

import pytest

from crm_core.enums import PermissionScope, UserRole
from crm_core.security.permissions import Subject, scope_of
from transforms.lake.access import Grant, door_map, grant_of, map_hash
from transforms.lake.errors import DoorRefused

ACME = UUID("01900000-0000-7000-8000-000000000001")
VANC = UUID("01900000-0000-7000-8000-00000000000a")
DTOR = UUID("01900000-0000-7000-8000-00000000000b")
PERSON = UUID("01900000-0000-7000-8000-0000000000ff")

RELATIONS = {
    "marts.dim_dates": ("date_day",),
    "marts.dim_locations": ("client_id", "location_id", "access_location_id"),
    "marts.fct_leads": ("client_id", "lead_id", "access_location_id", "owner_id"),
    "marts.fct_invoices": ("client_id", "invoice_id", "access_location_id", "owner_id"),
    "marts.fct_journeys": (
        *("client_id", "journey_id", "access_location_id", "owner_id"),
        "actual_cost_amount",
    ),
    "marts.fct_receivables_daily": ("client_id", "access_location_id", "as_of_on"),
    "reporting.rpt_data_health": ("client_id", "stream"),
}


def subject(role: UserRole, *locations: UUID, scope: PermissionScope | None = None) -> Subject:
    return Subject(ACME, PERSON, role, scope or scope_of(role), frozenset(locations))


def test_the_whole_tenant_is_one_predicate() -> None:
    views = door_map(grant_of(subject(UserRole.EXECUTIVE)), RELATIONS)
    assert views.keys() == RELATIONS.keys()
    assert views["marts.fct_leads"].predicate == f"client_id = '{ACME}'"
    assert views["reporting.rpt_data_health"].predicate == f"client_id = '{ACME}'"
    assert views["marts.dim_dates"].predicate == "true"


def test_a_branch_sees_its_rows_and_no_relation_that_knows_no_branch() -> None:
    views = door_map(grant_of(subject(UserRole.MANAGER, DTOR, VANC)), RELATIONS)
    expected = f"client_id = '{ACME}' and access_location_id in ('{VANC}', '{DTOR}')"
    assert views["marts.fct_leads"].predicate == expected
    assert views["marts.fct_receivables_daily"].predicate == expected
    assert "reporting.rpt_data_health" not in views


def test_own_rows_need_an_owner() -> None:
    views = door_map(grant_of(subject(UserRole.SALES_REP, VANC)), RELATIONS)
    assert views["marts.fct_leads"].predicate == f"client_id = '{ACME}' and owner_id = '{PERSON}'"
    assert "marts.fct_receivables_daily" not in views
    assert views["marts.dim_locations"].predicate.endswith(f"access_location_id in ('{VANC}')")


def test_no_branch_opens_no_row() -> None:
    views = door_map(grant_of(subject(UserRole.MANAGER)), RELATIONS)
    assert views["marts.fct_leads"].predicate == "false"


def test_the_role_limits_relations_and_columns() -> None:
    dispatcher = door_map(grant_of(subject(UserRole.DISPATCHER, VANC)), RELATIONS)
    assert "actual_cost_amount" not in dispatcher["marts.fct_journeys"].columns
    manager = door_map(grant_of(subject(UserRole.MANAGER, VANC)), RELATIONS)
    assert "actual_cost_amount" in manager["marts.fct_journeys"].columns
    fleet = door_map(grant_of(subject(UserRole.FLEET_MANAGER, VANC)), RELATIONS)
    assert "marts.fct_invoices" not in fleet
    assert "marts.fct_journeys" in fleet


def test_an_unlisted_relation_is_in_no_door() -> None:
    relations = {**RELATIONS, "marts.fct_secrets": ("client_id",), "marts.fct_loose": ("a",)}
    views = door_map(grant_of(subject(UserRole.EXECUTIVE)), relations)
    assert views.keys() == RELATIONS.keys()


def test_a_listed_relation_without_a_tenant_is_in_no_door() -> None:
    views = door_map(grant_of(subject(UserRole.EXECUTIVE)), {"marts.fct_leads": ("lead_id",)})
    assert views == {}


@pytest.mark.parametrize("role", [UserRole.DRIVER, UserRole.MOVER, UserRole.DB_ADMIN])
def test_roles_without_the_warehouse_are_refused(role: UserRole) -> None:
    with pytest.raises(DoorRefused, match=role):
        grant_of(subject(role, VANC))


def test_a_platform_user_must_choose_a_tenant() -> None:
    with pytest.raises(DoorRefused, match="one tenant at a time"):
        grant_of(subject(UserRole.SUPER_ADMIN))


def test_equal_rights_share_a_door_and_unequal_ones_do_not() -> None:
    def name(who: Subject) -> str:
        return map_hash(door_map(grant_of(who), RELATIONS))

    assert name(subject(UserRole.EXECUTIVE)) == name(subject(UserRole.ADMIN))
    assert name(subject(UserRole.MANAGER, VANC, DTOR)) == name(
        subject(UserRole.MANAGER, DTOR, VANC)
    )
    different = {
        name(subject(UserRole.EXECUTIVE)),
        name(subject(UserRole.MANAGER, VANC)),
        name(subject(UserRole.MANAGER, DTOR)),
        name(subject(UserRole.DISPATCHER, VANC)),
        name(subject(UserRole.SALES_REP, VANC)),
    }
    assert len(different) == 5


def test_a_grant_survives_being_written_down() -> None:
    for who in (subject(UserRole.EXECUTIVE), subject(UserRole.SALES_REP, VANC)):
        grant = grant_of(who)
        assert Grant.from_json(grant.to_json()) == grant


def test_percentiles_are_open_to_everybody_of_their_tenant_and_to_no_other() -> None:
    relations = {
        "marts.fct_branch_benchmarks": ("client_id", "access_location_id", "p50"),
        "reporting.rpt_benchmark": ("metric_name", "p50"),
        "marts.fct_customer_values": ("client_id", "access_location_id", "expected_profit_amount"),
    }
    views = door_map(grant_of(subject(UserRole.SALES_REP, VANC)), relations)
    assert views["marts.fct_branch_benchmarks"].predicate == f"client_id = '{ACME}'"
    assert views["reporting.rpt_benchmark"].predicate == "true"
    value = views.get("marts.fct_customer_values")
    assert value is None or "expected_profit_amount" not in value.columns
