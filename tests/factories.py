"""Rows that tests need, with sensible defaults: `create_<entity>(...)`.

Whole companies are made by `crm_core.simulation`.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from psycopg import Connection

from crm_core import clock
from crm_core.database import loader_connection
from crm_core.enums import UserRole
from crm_core.ids import new_id
from crm_core.security.permissions import Subject, scope_of

BRANCHES = (
    ("VANC", "Vancouver", "BC", "America/Vancouver", True, 11),
    ("DTOR", "Downtown Toronto", "ON", "America/Toronto", True, 6),
)


@dataclass(frozen=True)
class Tenant:
    """A tenant of a test: who may act in it, and where."""

    client_id: UUID
    slug: str
    subjects: dict[str, Subject] = field(repr=False)
    """By role name in lower case (manager, sales_rep, …): LOCATION and OWN roles sit at VANC."""
    locations: dict[str, UUID]
    """Branch ids by code."""


def create_tenant(
    slug: str = "acme", at: datetime = datetime(2026, 11, 20, 18, tzinfo=UTC)
) -> Tenant:
    """A tenant with two branches and one active user per role."""
    client_id = new_id(at)
    locations = {branch[0]: new_id(at) for branch in BRANCHES}
    with loader_connection() as connection:
        connection.execute(
            "insert into core.clients (id, slug, name) values (%s, %s, %s)",
            [client_id, slug, f"{slug.title()} Movers"],
        )
        for code, name, province, zone, is_corporate, trucks in BRANCHES:
            connection.execute(
                "insert into core.locations (client_id, id, code, name, city, province, timezone,"
                " is_corporate, truck_count, opened_on) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                [client_id, locations[code], code, name, name, province, zone, is_corporate, trucks,
                 date(2020, 1, 1)],
            )  # fmt: skip
            connection.execute(
                "insert into core.business_dates (client_id, id, business_on) values (%s,%s,%s)",
                [client_id, locations[code], clock.local_date(at, zone)],
            )
        subjects = {
            role.value.lower(): _create_user(
                connection, client_id, slug, role, locations["VANC"], at
            )
            for role in UserRole
            if role not in (UserRole.SUPER_ADMIN, UserRole.DB_ADMIN, UserRole.OPERATIONAL_MANAGER)
        }
    return Tenant(client_id, slug, subjects, locations)


def _create_user(
    connection: Connection, client_id: UUID, slug: str, role: UserRole, home: UUID, at: datetime
) -> Subject:
    user_id = new_id(at)
    email = f"{role.value.lower()}@{slug}.example"
    connection.execute(
        "insert into core.users (client_id, id, location_id, role, name, email)"
        " values (%s,%s,%s,%s,%s,%s)",
        [client_id, user_id, home, role.value, role.value.replace("_", " ").title(), email],
    )
    connection.execute(
        "insert into core.user_locations (client_id, id, user_id, location_id)"
        " values (%s,%s,%s,%s)",
        [client_id, new_id(at), user_id, home],
    )
    return Subject(client_id, user_id, role, scope_of(role), frozenset({home}))
