"""The row factory of the tests makes a valid row of every table there is."""

import psycopg

from crm_core.database import DatabaseRole, conninfo
from tests.factories import Tenant
from tests.rows import Place, create_row, tables


def test_every_table_gets_two_rows_of_one_place(company: Tenant) -> None:
    sales = company.subjects["sales_rep"]
    place = Place(company.client_id, company.locations["VANC"], sales.user_id)
    failed = {}
    with psycopg.connect(conninfo(DatabaseRole.OWNER)) as connection:
        for table in tables():
            try:
                with connection.transaction():
                    first = create_row(connection, table, place)
                    second = create_row(connection, table, place)
            except (psycopg.Error, LookupError, AssertionError) as error:
                failed[table.fullname] = str(error)
                continue
            assert first["client_id"] == second["client_id"] == company.client_id
    assert failed == {}
