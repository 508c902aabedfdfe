"""Beside every instant that is reported by day stands the branch's own day, by the pinned zones."""

from datetime import UTC, date, datetime

import psycopg
import pytest
from sqlalchemy import Date, select

from crm_core import clock
from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.migrations.local_time import local_columns
from crm_core.models import Base, Location, StatusEvent
from crm_core.services.zone_offsets import rows_of
from tests.factories import Tenant
from tests.integration.crm_core.flow import a_lead

# Western Canada stays on its summer time from November 2026: the server's own data disagree.
EDGES = [
    datetime(2026, 7, 2, 6, 59, 59, tzinfo=UTC),
    datetime(2026, 7, 2, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    datetime(2026, 12, 2, 7, 30, tzinfo=UTC),
    datetime(2024, 1, 15, 7, 30, tzinfo=UTC),
]


@pytest.mark.parametrize("zone", ["America/Vancouver", "America/St_Johns", "Europe/Lisbon"])
def test_the_offsets_are_those_of_the_clock(zone: str) -> None:
    rows = sorted(rows_of(zone))
    for at in EDGES:
        offset = next(seconds for _, since, seconds in reversed(rows) if since <= at)
        assert offset == clock.offset_at(at, zone)


@pytest.mark.parametrize("at", EDGES)
def test_the_database_says_what_the_clock_says(company: Tenant, at: datetime) -> None:
    branch = company.locations["VANC"]
    with tenant_session(company.subjects["admin"]) as session:
        zone = session.scalar(select(Location.timezone).where(Location.id == branch))
    assert zone is not None
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        found = connection.execute(
            "select core.local_at(%s, %s, %s), core.local_at(%s, null, %s)",
            [company.client_id, branch, at, company.client_id, at],
        ).fetchone()
    assert found is not None
    assert found[0] == clock.local_naive(at, zone)
    assert found[1] is not None


def test_a_status_carries_the_day_of_its_branch(company: Tenant) -> None:
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        lead = a_lead(session, admin, branch, at=datetime(2026, 11, 10, 6, 30, tzinfo=UTC))
        days = session.scalars(
            select(StatusEvent.occurred_on).where(StatusEvent.entity_id == lead.id)
        ).all()
    assert days == [date(2026, 11, 9)]


def test_what_is_declared_names_an_instant_and_its_kind() -> None:
    declared = {
        (table.name, column.name, at, isinstance(column.type, Date))
        for table in Base.metadata.sorted_tables
        for column, at in local_columns(table).items()
    }
    assert ("equipment_assignments", "start_local_at", "start_at", False) in declared
    for table, name, at, is_day in declared:
        assert f"core.{table}" in Base.metadata.tables
        assert at in Base.metadata.tables[f"core.{table}"].columns
        assert name.endswith("_on" if is_day else "_local_at")


def test_a_changed_instant_changes_its_local_day(company: Tenant) -> None:
    person = company.subjects["manager"].user_id
    days = []
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for at in (datetime(2026, 7, 2, 6, 59, 59, tzinfo=UTC), None):
            row = connection.execute(
                "update core.users set last_login_at = %s where client_id = %s and id = %s"
                " returning last_login_on",
                [at, company.client_id, person],
            ).fetchone()
            assert row is not None
            days.append(row[0])
    assert days == [date(2026, 7, 1), None]
