"""Two tenants with a row in every table at every place, and what a subject may reach of them.

The attempts to reach more stand in `test_isolation_matrix.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Table

from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.enums import PermissionScope
from crm_core.security.permissions import Subject
from crm_core.security.resources import scope_columns
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.row_values import ONE_A_PLACE
from tests.rows import Place, Values, create_row, fresh_values, tables
from tests.subjects import subject_with

Key = tuple[Any, ...]


class _Undo(Exception):
    """Takes a transaction back."""


@dataclass
class World:
    """Everything there is to be reached."""

    tenants: tuple[Tenant, Tenant]
    places: dict[str, list[Place]] = field(default_factory=dict)
    rows: dict[str, list[Values]] = field(default_factory=dict)
    fresh: dict[str, list[Values]] = field(default_factory=dict)
    """Rows that could be written, by table: valid, every place its own; not there yet unless the
    table has one row a place."""

    def subject(self, number: int, scope: PermissionScope) -> Subject:
        """The seller of a tenant's first branch, seeing one scope."""
        tenant = self.tenants[number]
        seller = tenant.subjects["sales_rep"]
        return subject_with(tenant.client_id, seller.user_id, scope, [tenant.locations["VANC"]])

    def reachable(self, table: Table, subject: Subject) -> set[Key]:
        """The keys of the rows that are not foreign to a subject."""
        rows = self.rows[table.fullname]
        return {key_of(table, row) for row in rows if self.is_own(table, row, subject)}

    def foreign(self, table: Table, subject: Subject) -> list[Values]:
        """The rows that a subject must not reach."""
        return [row for row in self.rows[table.fullname] if not self.is_own(table, row, subject)]

    def foreign_fresh(self, table: Table, subject: Subject) -> list[Values]:
        """Rows that a subject must not write."""
        return [row for row in self.fresh[table.fullname] if not self.is_own(table, row, subject)]

    def is_own(self, table: Table, row: Values, subject: Subject) -> bool:
        """Whether a row is the subject's to reach: an oracle of its own, not the product's rule."""
        if row["client_id"] != subject.client_id:
            return False
        rule = scope_columns(table)
        if subject.scope in (PermissionScope.CLIENT, PermissionScope.ALL):
            return True
        if subject.scope is PermissionScope.OWN and rule.owner is not None:
            crew = self._crew_of(row[rule.journey]) if rule.journey else []
            return row.get(rule.owner) == subject.user_id or subject.user_id in crew
        return rule.location is None or row.get(rule.location) in subject.location_ids

    def _crew_of(self, journey_id: Any) -> list[Any]:
        """Whom the journey counts on."""
        return [
            member["user_id"]
            for member in self.rows["core.assigned_crew"]
            if member["journey_id"] == journey_id
            and member["status"] not in ("DECLINED", "CANCELLED")
        ]


def key_of(table: Table, row: Values) -> Key:
    return tuple(row[column.name] for column in table.primary_key)


def make_world() -> World:
    """Two tenants, three places each: the seller's, a colleague's, and another branch."""
    tenants = (create_tenant("north", at=TEST_NOW), create_tenant("south", at=TEST_NOW))
    world = World(tenants)
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for tenant in tenants:
            who = {role: subject.user_id for role, subject in tenant.subjects.items()}
            world.places[tenant.slug] = [
                Place(tenant.client_id, tenant.locations["VANC"], who["sales_rep"]),
                Place(tenant.client_id, tenant.locations["VANC"], who["manager"]),
                Place(tenant.client_id, tenant.locations["DTOR"], who["finance"]),
            ]
            for place in world.places[tenant.slug]:
                for table in tables():
                    row = create_row(connection, table, place)
                    world.rows.setdefault(table.fullname, []).append(row)
                    values = fresh_values(connection, table, place)
                    if values is None:
                        assert table.name in ONE_A_PLACE
                        values = {column.name: row[column.name] for column in table.columns
                                  if not column.name.startswith(("created_at", "updated_at",
                                                                 "changed_xid"))}  # fmt: skip
                    world.fresh.setdefault(table.fullname, []).append(values)
    world.rows = {name: _everything(name) for name in world.rows}
    return world


def _everything(name: str) -> list[Values]:
    """All rows of a table, those of the tenants' own making included."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        cursor = connection.execute(f"select * from {name}".encode())
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


@contextmanager
def acting_as(subject: Subject) -> Iterator[psycopg.Connection]:
    """The driver's connection inside the product's own transaction; everything is taken back."""
    try:
        with tenant_session(subject) as session:
            driver = session.connection().connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            yield driver
            raise _Undo
    except _Undo:
        pass


def attempt(connection: psycopg.Connection, act: Callable[[], Any]) -> Any:
    """What an act answers, or the error of the database; either way it is taken back."""
    try:
        with connection.transaction(force_rollback=True):
            return act()
    except psycopg.Error as error:
        return error
