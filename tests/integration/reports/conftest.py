"""A copy of the demo company that deliveries may write to; the shared one stays as it is."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from crm_core import database
from crm_core.postgres import ServerAddress
from tests.conftest import WORKER, Demo, installation
from tests.integration.crm_core.conftest import company, shared_database

__all__ = ["company", "shared_database"]

SUFFIX = f"{WORKER}_delivery"


@pytest.fixture(scope="module")
def own_demo(cluster: ServerAddress, demo_installation: Demo) -> Iterator[Demo]:
    """The demo's databases, copied; files of the lake are shared, they are never changed."""
    database.forget_connections()
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        for name, owner in (("crm", "crm_owner"), ("lake", "crm_lake")):
            source = name + demo_installation.suffix
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                [source],
            )
            connection.execute(
                sql.SQL("create database {} template {} owner {}").format(
                    sql.Identifier(name + SUFFIX), sql.Identifier(source), sql.Identifier(owner)
                )
            )
    with installation(demo_installation.var, cluster, SUFFIX):
        yield Demo(demo_installation.var, demo_installation.as_of, SUFFIX)
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as connection:
        for name in ("crm", "lake"):
            statement = sql.SQL("drop database if exists {} with (force)")
            connection.execute(statement.format(sql.Identifier(name + SUFFIX)))
