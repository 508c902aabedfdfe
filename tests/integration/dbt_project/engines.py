"""The models on Postgres: a database with the raw layer of a test, and dbt's target `engines`.

The same raw layer in DuckDB is built by `builds`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from crm_core.postgres import ServerAddress
from tests.integration.dbt_project.builds import dbt, environment
from tests.integration.dbt_project.raw_lake import RawLake


@dataclass(frozen=True)
class BuiltOnPostgres:
    """The tables of a build in their database."""

    conninfo: str
    nodes: list[str]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.conninfo) as connection:
            # The tests' own text; nothing comes from outside.
            return connection.execute(query.encode()).fetchall()


@contextmanager
def build_on_postgres(
    lake: RawLake, cluster: ServerAddress, scratch: Path, name: str = "engines"
) -> Iterator[BuiltOnPostgres]:
    """Build and test every model of the core there; the database is dropped afterwards."""
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        with psycopg.connect(cluster.conninfo(name)) as connection:
            lake.write_postgres(connection)
        with environment(
            CRM_ENGINES_HOST=str(cluster.host),
            CRM_ENGINES_PORT=str(cluster.port),
            CRM_ENGINES_USER=cluster.superuser,
            CRM_ENGINES_DBNAME=name,
        ):
            run = dbt(scratch, "build", "--selector", "core_only", target="engines")
        yield BuiltOnPostgres(cluster.conninfo(name), [r.node.unique_id for r in run])
    finally:
        with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )
