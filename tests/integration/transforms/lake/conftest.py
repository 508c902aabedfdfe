"""A published lake of two tenants, made by hand without dbt, for tests that only read it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from crm_core.postgres import ServerAddress
from tests.conftest import WORKER, _create_databases, _drop_databases, installation
from tests.factories import Tenant, create_tenant
from tests.integration.transforms.lake.lake_rows import AT
from transforms.lake import audit, publication, publish, state
from transforms.lake.catalogue import ensure_catalogue
from transforms.lake.engine import attach_lake, connect_memory
from transforms.lake.extract import run_extract
from transforms.lake.publication import Publication
from transforms.lake.writer import writing


@dataclass(frozen=True)
class PublishedLake:
    """Two tenants with the same shape of rows; texts of the second carry a canary."""

    publication: Publication
    acme: Tenant
    other: Tenant
    canary: str
    var: Path


CANARY = "canary-b7f3"
SUFFIX = f"{WORKER}_lake"


def fill_marts(connection: DuckDBPyConnection, acme: Tenant, other: Tenant) -> None:
    """Marts in memory: per tenant ten bookings at each branch, one owned by its sales rep."""
    connection.execute("create schema memory.marts; create schema memory.reporting")
    connection.execute(
        "create table memory.marts.dim_locations (client_id varchar, location_id varchar,"
        " access_location_id varchar, branch_code varchar)"
    )
    connection.execute(
        "create table memory.marts.fct_bookings (client_id varchar, booking_id varchar,"
        " access_location_id varchar, owner_id varchar, source varchar, booked_on date,"
        " booked_amount decimal(18,2))"
    )
    connection.execute(
        "create table memory.marts.fct_forecasts (client_id varchar, access_location_id varchar,"
        " month_on date, yhat double)"
    )
    connection.execute("create table memory.marts.dim_dates as select date '2026-11-01' as day")
    connection.execute(
        "create table memory.reporting.rpt_data_health (client_id varchar, stream varchar)"
    )
    for tenant, text in ((acme, "organic"), (other, CANARY)):
        client, seller = str(tenant.client_id), str(tenant.subjects["sales_rep"].user_id)
        for code, location in tenant.locations.items():
            connection.execute(
                "insert into memory.marts.dim_locations values (?, ?, ?, ?)",
                [client, str(location), str(location), code],
            )
            connection.execute(
                "insert into memory.marts.fct_bookings select ?, ? || i, ?,"
                " case when i = 3 then ? end, ?, date '2026-11-01' + i::int, 100.10 * i"
                " from range(10) r(i)",
                [client, f"{tenant.slug}-{code}-", str(location), seller, text],
            )
        connection.execute(
            "insert into memory.marts.fct_forecasts values (?, null, date '2026-12-01', 1)",
            [client],
        )
        connection.execute(
            "insert into memory.reporting.rpt_data_health values (?, ?)", [client, text]
        )


def publish_by_hand(acme: Tenant, other: Tenant) -> Publication:
    """One publication of hand-made marts; what `build` does, without dbt."""
    ensure_catalogue()
    with writing("test") as writer, connect_memory() as connection:
        attach_lake(connection)
        extracted = state.newest(connection)
        assert extracted is not None
        fill_marts(connection, acme, other)
        marts = publish.relations(connection)
        assert audit.findings(connection, marts) == []
        written = publish.write_marts(connection, writer, marts)
    return publication.publish(
        lake_snapshot=written.lake_snapshot,
        generation=extracted.generation,
        fence=extracted.fence,
        definitions="by-hand",
        relations=marts,
        checks={"rows": written.rows},
        as_of=AT,
        at=AT,
    )


@pytest.fixture(scope="module")
def published(
    cluster: ServerAddress, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PublishedLake]:
    """The published lake of one test module."""
    var = tmp_path_factory.mktemp("published") / "var"
    shutil.copytree(template / "keys", var / "keys")
    _create_databases(cluster, SUFFIX)
    with installation(var, cluster, SUFFIX):
        acme, other = create_tenant("acme"), create_tenant("birch")
        run_extract(at=AT)
        yield PublishedLake(publish_by_hand(acme, other), acme, other, CANARY, var)
    _drop_databases(cluster, SUFFIX)
