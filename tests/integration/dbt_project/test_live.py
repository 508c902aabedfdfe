"""Live views on the core: one definition, fresh at the next read, under row-level security."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from crm_core.database import (
    DatabaseRole,
    conninfo,
    database_name,
    engine,
    loader_connection,
    server,
    tenant_session,
)
from crm_core.ids import new_id
from crm_core.security.permissions import Subject
from crm_core.security.secrets import database_password
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.dbt_project.builds import dbt, environment

pytestmark = pytest.mark.long

TODAY = date(2026, 11, 20)
QUERY = text("select journey_id, location_id from live.fct_journeys_today order by 1")


@pytest.fixture
def live(tenant: Tenant, dbt_scratch: Path) -> Iterator[Tenant]:
    """The tenant's database with the live views deployed, as the owner role would."""
    deploy(dbt_scratch)
    yield tenant


def deploy(scratch: Path) -> None:
    """Put the live views on the core that `settings()` points at."""
    with environment(
        CRM_LIVE_HOST=server().host,
        CRM_LIVE_PORT=str(server().port),
        CRM_LIVE_USER=DatabaseRole.OWNER.value,
        CRM_LIVE_PASSWORD=database_password(DatabaseRole.OWNER.value),
        CRM_LIVE_DBNAME=database_name("crm"),
    ):
        dbt(scratch, "run", "--selector", "live", target="live")


def add_journey(tenant: Tenant, branch: str, service_on: date, owner: str = "manager") -> UUID:
    """A scheduled journey of a new customer, through the bulk loader."""
    customer_id, journey_id = new_id(TEST_NOW), new_id(TEST_NOW)
    owner_id, location_id = tenant.subjects[owner].user_id, tenant.locations[branch]
    start = TEST_NOW + timedelta(days=(service_on - TODAY).days)
    with loader_connection() as connection:
        connection.execute(
            "insert into core.customers (client_id, id, location_id, owner_id, first_name,"
            " last_name, created_on) values (%s, %s, %s, %s, 'Ada', 'Birch', %s)",
            [tenant.client_id, customer_id, location_id, owner_id, TODAY],
        )
        connection.execute(
            "insert into core.truck_journeys (client_id, id, location_id, owner_id, customer_id,"
            " journey_number, title, service_type, service_on, planned_start_at, planned_end_at)"
            " values (%s, %s, %s, %s, %s, %s, 'Move', 'Moving', %s, %s, %s)",
            [tenant.client_id, journey_id, location_id, owner_id, customer_id,
             str(journey_id)[-12:], service_on, start, start + timedelta(hours=4)],
        )  # fmt: skip
    return journey_id


def seen_by(subject: Subject) -> set[UUID]:
    with tenant_session(subject) as session:
        return {UUID(row.journey_id) for row in session.execute(QUERY)}


# Few and long: each needs databases of its own, and a parse of the project for them.


def test_views_are_deployed_with_the_reader_s_rights_and_read_by_index(
    live: Tenant, dbt_scratch: Path
) -> None:
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        found = connection.execute(
            "select c.relname, c.relkind::text, c.reloptions from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'live'"
        ).fetchall()
        schemas = connection.execute(
            "select nspname from pg_namespace where nspname in ('staging', 'marts')"
        ).fetchall()
    assert found == [("fct_journeys_today", "v", ["security_invoker=true"])]
    assert schemas == []

    journey = add_journey(live, "VANC", TODAY)
    deploy(dbt_scratch)
    assert seen_by(live.subjects["manager"]) == {journey}, "deploying again changes nothing"

    with loader_connection() as loader:
        loader.execute(
            "insert into core.truck_journeys (client_id, id, location_id, owner_id, customer_id,"
            " journey_number, title, service_type, service_on, planned_start_at, planned_end_at)"
            " select client_id, gen_random_uuid(), location_id, owner_id, customer_id, 'J-' || n,"
            " title, service_type, service_on - n / 5, planned_start_at, planned_end_at"
            " from core.truck_journeys, generate_series(5, 5004) as n"
        )
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        connection.execute("analyze core.truck_journeys, core.business_dates")
    with tenant_session(live.subjects["manager"]) as session:
        explained = session.execute(text("explain select * from live.fct_journeys_today"))
        plan = "\n".join(str(line) for (line,) in explained)
    assert "ix_truck_journeys_client_id_location_id_service_on" in plan, plan


def test_each_reader_sees_their_own_scope_and_a_change_at_the_next_read(live: Tenant) -> None:
    vancouver = add_journey(live, "VANC", TODAY)
    own = add_journey(live, "VANC", TODAY, owner="sales_rep")
    toronto = add_journey(live, "DTOR", TODAY)
    tomorrow = add_journey(live, "VANC", TODAY + timedelta(days=1))
    assert seen_by(live.subjects["executive"]) == {vancouver, own, toronto}
    assert seen_by(live.subjects["manager"]) == {vancouver, own}
    assert seen_by(live.subjects["sales_rep"]) == {own}
    stranger = create_tenant(slug="stranger", at=TEST_NOW)
    assert seen_by(stranger.subjects["executive"]) == set()
    with engine(DatabaseRole.APP).connect() as nobody:
        assert nobody.execute(QUERY).all() == []

    with loader_connection() as loader:
        loader.execute("update core.business_dates set business_on = business_on + 1")
    assert seen_by(live.subjects["manager"]) == {tomorrow}
