"""Live metrics: the same compiler in the Postgres dialect, under the core's row-level security."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from crm_core.database import DatabaseRole, conninfo
from tests.factories import Tenant
from transforms.metrics.answer import answer, live_door
from transforms.metrics.errors import MetricNotLive
from transforms.metrics.period import Period
from transforms.metrics.query import Filter, MetricQuery

TODAY = Period(date(2026, 11, 20), date(2026, 11, 21))

# One planned journey per visible branch: what is proved here is who sees what, not the mart.
VIEW = """
create schema if not exists live;
grant usage on schema live to crm_app;
drop view if exists live.fct_journeys_today;
create view live.fct_journeys_today with (security_invoker = true) as
select cast(id as text) as journey_id, cast(id as text) as location_id,
       date '2026-11-20' as service_on, 'SCHEDULED' as status, '100% Moving' as service_type,
       'studio' as move_size, cast(null as text) as owner_id, false as is_cancelled,
       false as is_completed
from core.locations;
grant select on live.fct_journeys_today to crm_app;
"""


@pytest.fixture
def live(parsed: Path, tenant: Tenant) -> Tenant:
    """A tenant whose core has the live view."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        connection.execute(VIEW)
    return tenant


def test_everyone_sees_their_own_branches(live: Tenant) -> None:
    query = MetricQuery(("jobs_today",), TODAY, ("branch",))
    with live_door(live.subjects["executive"]) as door:
        everything = answer(door, query)
    with live_door(live.subjects["manager"]) as door:
        own = answer(door, query)
    assert everything.totals == {"jobs_today": Decimal(len(live.locations))}
    assert own.totals == {"jobs_today": Decimal(1)}
    assert [row.values["jobs_today"] for row in own.rows] == [Decimal(1)]


def test_filters_are_parameters_in_postgres_too(live: Tenant) -> None:
    def count(value: str) -> Decimal | None:
        where = (Filter("service_type", (value,)),)
        with live_door(live.subjects["executive"]) as door:
            return answer(door, MetricQuery(("jobs_today",), TODAY, where=where)).totals[
                "jobs_today"
            ]

    assert count("100% Moving") == len(live.locations)
    assert count("x' or '1'='1") == 0


def test_what_is_not_live_is_refused(live: Tenant) -> None:
    with live_door(live.subjects["executive"]) as door:
        with pytest.raises(MetricNotLive, match=r"bookings needs marts\.fct_bookings"):
            answer(door, MetricQuery(("bookings",), TODAY))
        with pytest.raises(MetricNotLive, match=r"needs marts\.dim_locations"):
            answer(door, MetricQuery(("jobs_today",), TODAY, ("province",)))


def test_views_that_are_not_deployed_are_named(parsed: Path, tenant: Tenant) -> None:
    with (
        live_door(tenant.subjects["executive"]) as door,
        pytest.raises(MetricNotLive, match="deployed"),
    ):
        answer(door, MetricQuery(("jobs_today",), TODAY))
