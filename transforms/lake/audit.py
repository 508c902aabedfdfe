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
    return [
        line
        for name, columns in relations.items()
        if "client_id" in columns
        for line in _of_relation(connection, name, columns)
    ]


def _of_relation(connection: DuckDBPyConnection, name: str, columns: tuple[str, ...]) -> list[str]:
    schema, table = name.split(".")
    source = f"memory.{identifier(schema)}.{identifier(table)}"
    clients = "select id::varchar from lake.raw.core__clients"
    strangers = _count(
        connection, f"from {source} where client_id is null or client_id not in ({clients})"
    )
    crash.point("audit.tenants")
    lines = [f"{name}: {strangers} rows belong to no tenant"] if strangers else []
    if "access_location_id" in columns:
        branches = "select (client_id::varchar, id::varchar) from lake.raw.core__locations"
        lost = _count(
            connection,
            f"from {source} where access_location_id is not null"
            f" and (client_id, access_location_id) not in ({branches})",
        )
        crash.point("audit.branches")
        lines += [f"{name}: {lost} rows are in the care of no branch"] if lost else []
    crash.point("audit.relation")
    return lines


def _count(connection: DuckDBPyConnection, rest: str) -> int:
    row = connection.execute(f"select count(*) {rest}").fetchone()
    assert row is not None
    return int(row[0])
