"""The business date of every branch, moved by the edge: a new day is a change like any other.

Local dates of single rows are written by the services that write the rows.
"""

from datetime import datetime

import psycopg

from crm_core import clock
from crm_core.database import loader_connection
from crm_core.services.zone_offsets import add_zone_offsets


def roll_over_all(at: datetime) -> int:
    """`roll_over` in a transaction of its own."""
    with loader_connection() as connection:
        return roll_over(connection, at)


def roll_over(connection: psycopg.Connection, at: datetime) -> int:
    """Set the business clock to `at`, and every branch whose local date differs to that date.

    Needs the loader: it moves all tenants. Returns the number of branches that rolled.
    """
    connection.execute(
        "insert into core.business_clock (is_only, as_of) values (true, %(at)s)"
        " on conflict (is_only) do update set as_of = excluded.as_of"
        " where business_clock.as_of <> excluded.as_of",
        {"at": at},
    )
    branches = connection.execute(
        "select l.client_id, l.id, l.timezone, d.business_on from core.locations l"
        " left join core.business_dates d on d.client_id = l.client_id and d.id = l.id"
    ).fetchall()
    add_zone_offsets(connection)
    rolled = [
        (client_id, location_id, clock.local_date(at, timezone))
        for client_id, location_id, timezone, business_on in branches
        if business_on != clock.local_date(at, timezone)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into core.business_dates (client_id, id, business_on) values (%s, %s, %s)"
            " on conflict (client_id, id) do update set business_on = excluded.business_on",
            rolled,
        )
    return len(rolled)
