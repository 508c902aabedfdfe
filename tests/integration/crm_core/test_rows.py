"""The row factory of the tests knows every table there is, and how it is unlike the others."""

import psycopg
import pytest

from crm_core.database import DatabaseRole, conninfo
from crm_core.models import Base
from tests.factories import Tenant
from tests.integration.crm_core.world import acting_as
from tests.row_values import CLOSED, NOT_CHANGED, NOT_INSERTED, ONE_A_PLACE
from tests.rows import Place, create_row, tables

TABLES = Base.metadata.sorted_tables


def test_every_table_gets_two_rows_of_one_place(company: Tenant) -> None:
    sales = company.subjects["sales_rep"]
    place = Place(company.client_id, company.locations["VANC"], sales.user_id)
    failed, same = {}, set()
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for table in TABLES:
            try:
                with connection.transaction():
                    first = create_row(connection, table, place)
                    second = create_row(connection, table, place)
            except (psycopg.Error, LookupError, AssertionError) as error:
                failed[table.fullname] = str(error)
                continue
            if first == second:
                same.add(table.name)
            if "client_id" in first:
                assert first["client_id"] == second["client_id"] == company.client_id
    assert failed == {}
    assert same == set(ONE_A_PLACE)


def _without(privilege: str, connection: psycopg.Connection) -> set[str]:
    """The tables in which the connection's role has this privilege on no column."""
    query = "select has_any_column_privilege(%s, %s)"
    return {
        table.name
        for table in TABLES
        if connection.execute(query, [table.fullname, privilege]).fetchone() == (False,)
    }


def test_what_the_application_does_not_write_is_declared(company: Tenant) -> None:
    with acting_as(company.subjects["admin"]) as connection:
        assert _without("SELECT", connection) == CLOSED
        assert _without("INSERT", connection) == {*NOT_INSERTED, *CLOSED}
        assert _without("UPDATE", connection) == {*NOT_CHANGED, *CLOSED}


def test_tables_without_a_tenant_are_the_same_for_all_or_closed(company: Tenant) -> None:
    """The matrix of isolation has no rows of them: nobody but the platform writes there."""
    above = {table.name for table in TABLES if table not in tables()}
    assert above == {
        "business_clock", "clients", "fx_rates", "tax_rates", "zone_offsets", *CLOSED
    }  # fmt: skip
    with acting_as(company.subjects["admin"]) as connection:
        found = connection.execute("select id from core.clients").fetchall()
        assert found == [(company.client_id,)]
        for name in CLOSED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"select 1 from core.{name}".encode())
