"""A wrong row of field work cannot be written, whoever writes it; a good one goes in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, update
from sqlalchemy.exc import DBAPIError

from crm_core.database import DatabaseRole, engine
from tests.conftest import TEST_NOW
from tests.factories import Tenant, create_tenant
from tests.integration.crm_core.field_breaks import (
    COSTED_ONCE,
    EARLIER,
    UNREACHABLE,
    Break,
    all_breaks,
    declared,
    table_of,
)
from tests.integration.crm_core.field_rows import (
    BASE,
    TABLES,
    Row,
    good_row,
    row_id,
)


@pytest.fixture(scope="module")
def filled(shared_database: Path) -> Tenant:
    """A tenant with row 0 of every table."""
    made = create_tenant(slug="fieldwork", at=TEST_NOW)
    with engine(DatabaseRole.LOADER).begin() as connection:
        for table, n in BASE:
            put(connection, table, good_row(made, table, n))
    return made


@pytest.fixture
def core(filled: Tenant) -> Iterator[Connection]:
    """A transaction past row-level security that is rolled back."""
    with engine(DatabaseRole.LOADER).connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


def put(connection: Connection, table: str, row: Row) -> None:
    connection.execute(insert(table_of(table)).values(row))


def change(connection: Connection, company: Tenant, table: str, n: int, **values: object) -> None:
    held = table_of(table)
    changed = connection.execute(
        update(held)
        .where(held.c.client_id == company.client_id, held.c.id == row_id(company, table, n))
        .values(values)
    )
    assert changed.rowcount == 1


def refused_by(connection: Connection, table: str, row: Row) -> str | None:
    """The constraint that refuses a row; None when it goes in."""
    try:
        with connection.begin_nested():
            put(connection, table, row)
    except DBAPIError as error:
        return str(error.orig.diag.constraint_name)  # type: ignore[union-attr]
    return None


@pytest.mark.parametrize("table", TABLES)
def test_a_good_row_goes_in(filled: Tenant, core: Connection, table: str) -> None:
    put(core, table, good_row(filled, table, 1))


@pytest.mark.parametrize("broken", all_breaks(), ids=lambda b: b.constraint)
def test_a_broken_row_is_refused_by_its_constraint(
    filled: Tenant, core: Connection, broken: Break
) -> None:
    assert refused_by(core, broken.table, broken.row(filled)) == broken.constraint


@pytest.mark.parametrize(("key", "record"), COSTED_ONCE.items(), ids=list(COSTED_ONCE))
def test_a_record_is_costed_once(
    filled: Tenant, core: Connection, key: str, record: tuple[str, str, str]
) -> None:
    kind, column, table = record
    for n, expected in ((1, None), (2, key)):
        line = {**good_row(filled, "journey_costs", n), "kind": kind, column: row_id(filled, table)}
        assert refused_by(core, "journey_costs", line) == expected


def test_every_constraint_of_field_work_is_broken_once() -> None:
    broken = {(b.table, b.constraint) for b in all_breaks()}
    keys_with_id = {
        str(constraint.name)
        for table in TABLES
        for constraint in table_of(table).constraints
        if "id" in {c.name for c in getattr(constraint, "columns", ())}
    }
    left = {
        name
        for table in TABLES
        if table not in EARLIER
        for name in declared(table)
        if (table, name) not in broken
    }
    assert left - UNREACHABLE - keys_with_id - set(COSTED_ONCE) == set()
    assert len(broken) > 250
