"""What must hold of every relation that is published, whatever dbt's own tests say.

Without these, the predicates of the doors would not mean what they say.
"""

from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from transforms.lake import crash
from transforms.lake.engine import identifier

Relations = Mapping[str, tuple[str, ...]]
"""Schema and name of a relation ("marts.fct_leads") to its columns."""


def findings(connection: DuckDBPyConnection, relations: Relations) -> list[str]:
    """One line per relation with rows of no known tenant or branch; tables are read in memory."""
    connection.execute(KNOWN)
    return [
        line
        for name, columns in relations.items()
        if "client_id" in columns
        for line in _of_relation(connection, name, columns)
    ]


# Copied once: every relation looks there, and reading the lake costs more than the look.
KNOWN = """
create or replace temp table known_clients as
    select id::varchar as client_id from lake.raw.core__clients;
create or replace temp table known_branches as
    select client_id::varchar as client_id, id::varchar as location_id
    from lake.raw.core__locations;
"""


def _of_relation(connection: DuckDBPyConnection, name: str, columns: tuple[str, ...]) -> list[str]:
    schema, table = name.split(".")
    source = f"memory.{identifier(schema)}.{identifier(table)}"
    strangers = _count(
        connection,
        f"from {source} where client_id is null"
        " or client_id not in (select client_id from known_clients)",
    )
    crash.point("audit.tenants")
    lines = [f"{name}: {strangers} rows belong to no tenant"] if strangers else []
    if "access_location_id" in columns:
        lost = _count(
            connection,
            f"from {source} where access_location_id is not null and (client_id,"
            " access_location_id) not in (select (client_id, location_id) from known_branches)",
        )
        crash.point("audit.branches")
        lines += [f"{name}: {lost} rows are in the care of no branch"] if lost else []
    crash.point("audit.relation")
    return lines


def _count(connection: DuckDBPyConnection, rest: str) -> int:
    row = connection.execute(f"select count(*) {rest}").fetchone()
    assert row is not None
    return int(row[0])
