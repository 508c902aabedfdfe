"""Rows of the core that the lake's tests write, and looks into the lake that they take.

Tenants come from `tests/factories.py`.
"""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from crm_core.database import loader_connection
from crm_core.ids import new_id
from tests.factories import Tenant
from transforms.lake.engine import attach_lake, connect_memory

AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def insert_leads(connection: Connection[Any], tenant: Tenant, count: int) -> list[UUID]:
    """Leads of one new customer at VANC, in the caller's transaction."""
    customer = new_id(AT)
    branch, owner = tenant.locations["VANC"], tenant.subjects["sales_rep"].user_id
    connection.execute(
        "insert into core.customers (client_id, id, location_id, owner_id, first_name, last_name,"
        " email, created_on) values (%s, %s, %s, %s, 'Robin', 'Meadow', 'robin@mail.example', %s)",
        [tenant.client_id, customer, branch, owner, date(2026, 11, 1)],
    )
    ids = [new_id(AT) for _ in range(count)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into core.leads (client_id, id, location_id, owner_id, customer_id, source,"
            " service_type, estimated_amount, created_on, received_at)"
            " values (%s, %s, %s, %s, %s, 'organic', 'LOCAL', 100.10, %s, %s)",
            [
                [tenant.client_id, lead, branch, owner, customer, date(2026, 11, 2), AT]
                for lead in ids
            ],
        )
    return ids


def add_leads(tenant: Tenant, count: int) -> list[UUID]:
    """Leads in a transaction of their own."""
    with loader_connection() as connection:
        return insert_leads(connection, tenant, count)


def in_core(statement: str, *parameters: Any) -> None:
    """One statement of the bulk loader, committed."""
    with loader_connection() as connection:
        connection.execute(statement, parameters)


def in_lake(query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the newest state of the lake."""
    with connect_memory() as connection:
        attach_lake(connection)
        return connection.execute(query).fetchall()


def lead_ids() -> set[UUID]:
    """The leads that the lake holds."""
    return {row[0] for row in in_lake("select id from lake.raw.core__leads")}
