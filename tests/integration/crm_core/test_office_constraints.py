"""The database refuses every wrong office row by the name of the rule, and takes the good one."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import CheckConstraint, Integer, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint

from crm_core.database import DatabaseRole, conninfo, tenant_session
from crm_core.ids import new_id
from crm_core.models import Base
from tests.conftest import TEST_NOW
from tests.factories import create_tenant
from tests.integration.crm_core.flow import an_issued_invoice, paid
from tests.integration.crm_core.office_breaks import BESIDE, BREAKS, CHANGES, SECOND
from tests.integration.crm_core.office_rows import GOOD, PARENTS, Row

# A wrong value that would break another rule first, with what keeps that rule.
ALSO: dict[str, Row] = {
    "ck_late_fee_policies_maximum_amount_not_negative": {"minimum_amount": -2},
    "ck_surveys_status_known": {"answered_at": None, "answered_on": None},
}


@pytest.fixture(scope="module")
def ground(shared_database: Path) -> dict[str, UUID]:
    """Ids of a finished sale and of one parent row per table, by name."""
    company = create_tenant(slug="office", at=TEST_NOW)
    admin, branch = company.subjects["admin"], company.locations["VANC"]
    with tenant_session(admin) as session:
        invoice = an_issued_invoice(session, admin, branch)
        payment = paid(session, admin, invoice, Decimal(100))
    assert admin.user_id and invoice.journey_id and invoice.quote_id
    found = {
        "client": company.client_id, "location": branch, "user": admin.user_id,
        "customer": invoice.customer_id, "journey": invoice.journey_id, "quote": invoice.quote_id,
        "invoice": invoice.id, "payment": payment.id,
        "integration": new_id(TEST_NOW), "second_home": new_id(TEST_NOW),
    }  # fmt: skip
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        (found["lead"],) = connection.execute(
            "select lead_id from core.quotes where id = %s", [invoice.quote_id]
        ).fetchall()[0]
        connection.execute(
            "update core.user_locations set is_primary = true where user_id = %s", [admin.user_id]
        )
        second = {"user_id": admin.user_id, "location_id": company.locations["DTOR"]}
        _insert(connection, "user_locations", found, found["second_home"], second)
        _insert(
            connection,
            "integrations",
            found,
            found["integration"],
            {"provider": "square", "name": "Square"},
        )
        for table in GOOD:
            if table in PARENTS:
                found[table] = new_id(TEST_NOW)
                _insert(connection, table, found, found[table], GOOD[table] | PARENTS[table])
    return found


@pytest.fixture
def connection(ground: dict[str, UUID]) -> Iterator[psycopg.Connection]:
    """A transaction of the owner, undone at the end."""
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as opened:
        yield opened
        opened.rollback()


def _insert(
    connection: psycopg.Connection,
    table: str,
    ground: Mapping[str, UUID],
    row_id: UUID,
    values: Row,
) -> None:
    columns = Base.metadata.tables[f"core.{table}"].columns
    own = {"client_id": ground["client"], "id": row_id}
    row = {k: v for k, v in own.items() if k in columns} | values
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("core", table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() for _ in row),
        ),
        [_value(ground, row_id, value) for value in row.values()],
    )


def _value(ground: Mapping[str, UUID], row_id: UUID, value: Any) -> Any:
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, str) and value.startswith("@"):
        return row_id if value == "@self" else ground[value[1:]]
    return value


def _table(name: str) -> Table:
    return Base.metadata.tables[f"core.{name}"]


def _checks(table: str, ending: str) -> Iterator[tuple[str, str, str]]:
    """(table, column, rule) of the checks that are named for their column."""
    for constraint in sorted(_table(table).constraints, key=lambda c: str(c.name)):
        name = str(constraint.name)
        column = name.removeprefix(f"ck_{table}_").removesuffix(ending)
        if isinstance(constraint, CheckConstraint) and name.endswith(ending):
            yield table, column, name


def _refused_by(caught: pytest.ExceptionInfo[psycopg.Error]) -> str | None:
    return caught.value.diag.constraint_name


@pytest.mark.parametrize("table", GOOD)
def test_the_good_row_goes_in(
    connection: psycopg.Connection, ground: dict[str, UUID], table: str
) -> None:
    _insert(connection, table, ground, new_id(TEST_NOW), GOOD[table])
    row = connection.execute(
        sql.SQL("select count(*) from {}").format(sql.Identifier("core", table))
    ).fetchone()
    assert row is not None and row[0] >= 1


@pytest.mark.parametrize(("table", "wrong", "rule"), BREAKS)
def test_a_wrong_row_is_refused(
    connection: psycopg.Connection, ground: dict[str, UUID], table: str, wrong: Row, rule: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        _insert(connection, table, ground, new_id(TEST_NOW), GOOD[table] | wrong)
    assert _refused_by(caught) == rule


@pytest.mark.parametrize(
    ("table", "column", "rule"), [case for table in GOOD for case in _checks(table, "_known")]
)
def test_a_value_outside_its_set_is_refused(
    connection: psycopg.Connection, ground: dict[str, UUID], table: str, column: str, rule: str
) -> None:
    kind = _table(table).columns[column].type
    wrong: Any = ["XXX"] if isinstance(kind, ARRAY) else 0 if isinstance(kind, Integer) else "XXX"
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        _insert(
            connection,
            table,
            ground,
            new_id(TEST_NOW),
            GOOD[table] | {column: wrong} | ALSO.get(rule, {}),
        )
    assert _refused_by(caught) == rule


@pytest.mark.parametrize(
    ("table", "column", "rule"),
    [case for table in GOOD for case in _checks(table, "_not_negative")],
)
def test_a_negative_value_is_refused(
    connection: psycopg.Connection, ground: dict[str, UUID], table: str, column: str, rule: str
) -> None:
    wrong = {column: -1} | ALSO.get(rule, {})
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        _insert(connection, table, ground, new_id(TEST_NOW), GOOD[table] | wrong)
    assert _refused_by(caught) == rule


@pytest.mark.parametrize(("table", "other", "rule"), SECOND)
def test_a_second_row_is_refused(
    connection: psycopg.Connection, ground: dict[str, UUID], table: str, other: Row, rule: str
) -> None:
    _insert(connection, table, ground, new_id(TEST_NOW), GOOD[table])
    with pytest.raises(psycopg.errors.IntegrityError) as caught:
        _insert(connection, table, ground, new_id(TEST_NOW), GOOD[table] | other)
    assert _refused_by(caught) == rule


@pytest.mark.parametrize(("table", "other"), BESIDE)
def test_a_second_row_stands_beside_the_first(
    connection: psycopg.Connection, ground: dict[str, UUID], table: str, other: Row
) -> None:
    count = sql.SQL("select count(*) from {}").format(sql.Identifier("core", table))
    before = connection.execute(count).fetchall()[0][0]
    _insert(connection, table, ground, new_id(TEST_NOW), GOOD[table])
    _insert(connection, table, ground, new_id(TEST_NOW), GOOD[table] | other)
    assert connection.execute(count).fetchall() == [(before + 2,)]


@pytest.mark.parametrize(("table", "row", "wrong", "rule"), CHANGES)
def test_a_wrong_change_is_refused(
    connection: psycopg.Connection,
    ground: dict[str, UUID],
    table: str,
    row: str,
    wrong: Row,
    rule: str,
) -> None:
    with pytest.raises(psycopg.errors.IntegrityError) as caught:
        connection.execute(
            sql.SQL("update {} set {} where id = %s").format(
                sql.Identifier("core", table),
                sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(c)) for c in wrong),
            ),
            [*(_value(ground, ground[row], v) for v in wrong.values()), ground[row]],
        )
    assert _refused_by(caught) == rule


def test_every_rule_of_the_office_tables_has_its_case() -> None:
    tested = {rule for *_, rule in BREAKS} | {rule for *_, rule in SECOND}
    rules = set()
    for table in map(_table, GOOD):
        rules |= {
            str(c.name)
            for c in table.constraints
            if isinstance(c, CheckConstraint | UniqueConstraint | ExcludeConstraint)
            and not str(c.name).endswith(("_known", "_not_negative"))
        }
        rules |= {str(index.name) for index in table.indexes if index.unique}
    untested = rules - tested - {
        "uq_storage_bookings_source", "uq_storage_units_source",
        # The deferred sums: test_office_sums.py.
        "uq_financial_transactions_transfer_leg",
        "uq_financial_transactions_reversal",
    }  # fmt: skip
    assert untested == set()


def test_the_database_holds_every_constraint_of_the_models(
    connection: psycopg.Connection,
) -> None:
    held = {
        name
        for (name,) in connection.execute(
            "select conname from pg_constraint where convalidated"
            " union select indexname from pg_indexes where schemaname in ('core', 'landing')"
        )
    }
    declared = {
        str(part.name)
        for table in Base.metadata.sorted_tables
        for part in (*table.constraints, *table.indexes)
    }
    # A name of more than 63 letters keeps its beginning.
    assert {name[:55] for name in declared} - {name[:55] for name in held} == set()
