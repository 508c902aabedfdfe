"""Ten thousand decisions: the permission function, the oracle and the database say the same.

Real rows of two companies, real policies under the application role; subjects with random roles,
branches and overrides. Cases of one subject share a transaction and are rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Table, delete, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from crm_core.database import DatabaseRole, engine, tenant_session
from crm_core.enums import Action, CrewRole, CrewStatus, UserRole
from crm_core.ids import new_id
from crm_core.models import Base
from crm_core.models.base import Scope
from crm_core.security.permissions import CREW, Override, Subject, can, effective, scope_of
from crm_core.security.resources import scope_columns
from tests import permission_oracle
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.flow import an_issued_invoice, paid

CASES = 10_000
SUBJECTS = 64
COPIES = 9

# Per table: a column that conditions are about, its values, and what a copy must not share.
CONDITION = {
    "customers": ("type", ["RESIDENTIAL", "COMMERCIAL"]),
    "leads": ("priority", ["LOW", "HIGH"]),
    "quotes": ("origin_province", ["BC", "ON"]),
    "quote_items": ("category", ["MOVING_SERVICES"]),
    "truck_journeys": ("origin_province", ["BC", "ON"]),
    "journey_steps": ("status", ["COMPLETED"]),
    "invoices": ("tax_province", ["BC", "ON"]),
    "invoice_items": ("category", ["MOVING_SERVICES"]),
    "payments": ("payment_method", ["CASH", "CREDIT_CARD"]),
}
HEAD = {"quote_items": ("quotes", "quote_id"), "invoice_items": ("invoices", "invoice_id")}
JOURNEY = {"truck_journeys": "id", "journey_steps": "journey_id"}
"""Where the journey stands whose crew owns the row too."""
NUMBERS = ("quote_number", "journey_number", "invoice_number", "idempotency_key")
TABLES = [*CONDITION, "users"]


@dataclass
class World:
    """Two companies with rows of every kind, by table."""

    tenants: list[Tenant]
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    patterns: dict[tuple[UUID, str], dict[str, Any]] = field(default_factory=dict)
    """One good row per company and table to copy."""
    crews: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)
    """Who was ever assigned to a journey."""


def table_of(name: str) -> Table:
    return Base.metadata.tables[f"core.{name}"]


@pytest.fixture(scope="module")
def world(shared_database: Path) -> World:
    made = World([create_tenant(slug=slug, at=TEST_NOW) for slug in ("agree", "rival")])
    for tenant in made.tenants:
        admin = tenant.subjects["admin"]
        with tenant_session(admin) as session:
            invoice = an_issued_invoice(session, admin, tenant.locations["VANC"])
            paid(session, admin, invoice, invoice.total_amount, key="first")
    random = Random(1)
    with engine(DatabaseRole.LOADER).begin() as loader:
        for tenant in made.tenants:
            for name in TABLES:
                query = select(table_of(name)).where(table_of(name).c.client_id == tenant.client_id)
                found = [dict(row) for row in loader.execute(query).mappings()]
                made.patterns[tenant.client_id, name] = found[0]
                if name == "users":
                    made.rows.setdefault(name, []).extend(found)
                    continue
                copies = [_copy(made, tenant, name, random, number) for number in range(COPIES)]
                loader.execute(insert(table_of(name)), copies)
                made.rows.setdefault(name, []).extend(copies)
            _assign(made, tenant, random, loader)
    with engine(DatabaseRole.OWNER).begin() as owner:  # cancelling is not deleting: not granted
        for name in TABLES:
            owner.execute(text(f"grant delete on core.{name} to crm_app"))
    return made


def _assign(world: World, tenant: Tenant, random: Random, loader: Connection) -> None:
    """People on the crews of some journeys; some of them declined or were taken off."""
    for day, journey in enumerate(_of(world, "truck_journeys", tenant)[:6]):
        for user_id in random.sample([each for each in _people(tenant) if each], 2):
            status = random.choice(list(CrewStatus))
            begin = TEST_NOW + timedelta(days=day)
            row = {
                "client_id": tenant.client_id,
                "id": new_id(TEST_NOW),
                "journey_id": journey["id"],
                "user_id": user_id,
                "crew_role": CrewRole.HELPER,
                "status": status,
                "assigned_at": TEST_NOW,
                "planned_start_at": begin,
                "planned_end_at": begin + timedelta(hours=4),
                "confirmed_at": TEST_NOW,
                "declined_at": TEST_NOW,
                "started_at": begin,
                "ended_at": begin + timedelta(hours=4),
            }
            loader.execute(insert(table_of("assigned_crew")).values(**row))
            world.crews.setdefault(journey["id"], []).append(row)


def _copy(
    world: World, tenant: Tenant, name: str, random: Random, number: int = COPIES
) -> dict[str, Any]:
    """A row of its own: random branch, owner and condition column, all keys fresh."""
    row = dict(world.patterns[tenant.client_id, name])
    for stamp in ("changed_xid", "created_at", "updated_at"):
        row.pop(stamp)
    row["id"] = new_id(TEST_NOW)
    row["location_id"] = random.choice([*tenant.locations.values(), None])
    row["owner_id"] = random.choice(_people(tenant))
    column, values = CONDITION[name]
    row[column] = random.choice(values)
    for column in NUMBERS:
        if row.get(column) is not None:
            row[column] = row["id"].hex[-20:]
    if name in HEAD:
        above, key = HEAD[name]
        head = random.choice(_of(world, above, tenant)[:5])
        row[key] = head["id"]
        if random.random() < 0.5:  # a line mostly stands where its head does, but need not
            row |= {"location_id": head["location_id"], "owner_id": head["owner_id"]}
    if name == "quotes":
        row |= {"family_id": row["id"], "parent_quote_id": None, "version": 1}
        row |= {"public_token_hash": None, "status": "DRAFT"}  # nothing else may be deleted
    if name == "truck_journeys":
        row["sequence"] = random.randrange(100, 1_000_000)
    if name == "journey_steps":
        row["journey_id"] = _of(world, "truck_journeys", tenant)[number % 4]["id"]
        row["step_number"] = number // 4 + 1 if number < COPIES else 4
    if name == "invoices":
        row["journey_id"] = None
    return row


def _of(world: World, name: str, tenant: Tenant) -> list[dict[str, Any]]:
    return [row for row in world.rows[name] if row["client_id"] == tenant.client_id]


def _people(tenant: Tenant) -> list[UUID | None]:
    names = ("sales_rep", "driver", "manager")
    return [*(tenant.subjects[name].user_id for name in names), None]


def _override(random: Random) -> dict[str, Any]:
    name = random.choice(list(CONDITION))
    column, values = CONDITION[HEAD[name][0] if name in HEAD else name]
    is_allowed = random.random() < 0.75
    expires_at: list[datetime | None] = [None, TEST_NOW, TEST_NOW + timedelta(hours=1)]
    return {
        "resource": permission_oracle.KIND[name],
        "action": random.choice(["READ", "CREATE", "UPDATE", "DELETE"]),
        "allow": is_allowed,
        "scope": random.choice(["OWN", "LOCATION", "CLIENT"]) if is_allowed else None,
        "conditions": {column: values[:1]} if is_allowed and random.random() < 0.4 else {},
        "expires_at": random.choice(expires_at),
    }


def _unique(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(r["resource"], r["action"], r["allow"]): r for r in rows}.values())


def _person(world: World, random: Random) -> tuple[Subject, dict[str, Any]]:
    """Somebody of the first company, as the product and as the oracle know them."""
    tenant = world.tenants[0]
    role = random.choice(list(UserRole))
    branches = frozenset(random.sample(list(tenant.locations.values()), random.randrange(3)))
    rows = [_unique([_override(random) for _ in range(random.randrange(12))]) for _ in range(2)]
    tenant_rows, personal_rows = rows
    user_id = random.choice(_people(tenant)[:3])
    as_overrides = [
        [
            Override(
                r["resource"], r["action"], r["allow"], r["scope"], r["conditions"], r["expires_at"]
            )
            for r in level
        ]
        for level in rows
    ]
    grants = effective(role, *as_overrides, TEST_NOW)
    subject = Subject(tenant.client_id, user_id, role, scope_of(role), branches, grants=grants)
    who = {
        "client_id": tenant.client_id, "user_id": user_id, "role": role, "location_ids": branches,
        "tenant_rows": tenant_rows, "personal_rows": personal_rows,
    }  # fmt: skip
    return subject, who


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    step = connection.begin_nested()
    try:
        yield
    finally:
        step.rollback()


def _reached(connection: Connection, name: str, action: Action, ids: list[UUID]) -> set[UUID]:
    """The rows that the database lets the subject read, update or delete."""
    table = table_of(name)
    if action is Action.READ:
        return set(connection.scalars(select(table.c.id).where(table.c.id.in_(ids))))
    change = (
        update(table).values(updated_at=table.c.updated_at)
        if action is Action.UPDATE
        else delete(table)
    )
    with _undone(connection):
        return set(connection.scalars(change.where(table.c.id.in_(ids)).returning(table.c.id)))


def _inserted(connection: Connection, name: str, row: dict[str, Any]) -> bool:
    with _undone(connection):
        try:
            connection.execute(insert(table_of(name)).values(**row))
        except ProgrammingError as error:
            assert isinstance(error.orig, InsufficientPrivilege), error
            assert "row-level security" in str(error)
            return False
        return True


def _without_children(world: World, name: str) -> list[dict[str, Any]]:
    """Rows that no other row of this test hangs off: they can be deleted."""
    keys = {"quotes": ("quote_items", "quote_id"), "invoices": ("invoice_items", "invoice_id"),
            "truck_journeys": ("journey_steps", "journey_id")}  # fmt: skip
    if name not in keys:
        return world.rows[name]
    lines, key = keys[name]
    used = {line[key] for line in world.rows[lines]} | set(world.crews)
    return [row for row in world.rows[name] if row["id"] not in used]


def _opinions(
    subject: Subject, who: dict[str, Any], world: World, name: str, action: Action, row: Any
) -> tuple[bool, bool]:
    """What the function and the oracle say of one row."""
    head = None
    if name in HEAD:
        above, key = HEAD[name]
        head = next(r for r in world.rows[above] if r["id"] == row[key])
    kind = permission_oracle.KIND[name]
    scope: Scope = scope_columns(table_of(name))
    own = {k: row[k] for k in ("client_id", scope.location, scope.owner) if k}
    crew = world.crews.get(row[JOURNEY[name]], []) if name in JOURNEY else []
    standing = {m["user_id"] for m in crew if m["status"] in CrewStatus.standing()}
    facts = (row if head is None else {**head, **own}) | {CREW: standing}
    return (
        bool(can(subject, kind, action, facts, scope)),
        permission_oracle.allowed(who, name, action.value, row, TEST_NOW, head, crew),
    )


def test_function_oracle_and_database_agree(world: World) -> None:
    random = Random(20261122)
    cases, allowed, differing = 0, 0, []
    for _ in range(SUBJECTS):
        subject, who = _person(world, random)
        with tenant_session(subject) as session:
            connection = session.connection()
            for name in TABLES:
                asked = []
                for action in (Action.READ, Action.UPDATE, Action.DELETE):
                    if name == "users" and action is Action.DELETE:
                        continue
                    is_deleting = action is Action.DELETE
                    rows = _without_children(world, name) if is_deleting else world.rows[name]
                    rows = random.sample(rows, min(6, len(rows)))
                    reached = _reached(connection, name, action, [row["id"] for row in rows])
                    asked += [(action, row, row["id"] in reached) for row in rows]
                for _ in range(0 if name == "users" else 2):
                    row = _copy(world, random.choice(world.tenants), name, random)
                    asked.append((Action.CREATE, row, _inserted(connection, name, row)))
                for action, row, by_database in asked:
                    by_function, by_oracle = _opinions(subject, who, world, name, action, row)
                    cases += 1
                    allowed += by_database
                    if not by_function == by_oracle == by_database:
                        differing.append((subject.role, name, action, by_function, by_oracle, row))
    assert differing == []
    assert cases >= CASES
    assert cases / 10 < allowed < cases * 9 / 10


def test_what_a_head_tells_its_lines_ends_at_the_tenant(world: World) -> None:
    with tenant_session(world.tenants[0].subjects["driver"]) as session:
        for above, _ in HEAD.values():
            told = text(f"select core.facts_of_{above}(:id) ->> 'status'")
            mine, foreign = (_of(world, above, tenant)[0] for tenant in world.tenants)
            assert session.scalar(told, {"id": mine["id"]}) == mine["status"]
            assert session.scalar(told, {"id": foreign["id"]}) is None


def test_a_row_may_not_be_moved_out_of_reach(world: World) -> None:
    tenant = world.tenants[0]
    manager = tenant.subjects["manager"]
    table = table_of("leads")
    with tenant_session(manager) as session:
        connection = session.connection()
        mine = connection.scalars(select(table.c.id)).all()
        assert mine
        for change in (
            {"location_id": tenant.locations["DTOR"]},
            {"location_id": None},
            {"client_id": world.tenants[1].client_id},
        ):
            with _undone(connection), pytest.raises(ProgrammingError, match="row-level security"):
                connection.execute(update(table).where(table.c.id == mine[0]).values(**change))
