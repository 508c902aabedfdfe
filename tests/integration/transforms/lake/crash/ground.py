"""An installation and its twin: one core, two lakes, each with a folder and a catalogue of its own.

What lives in the core is in `company`; runs on either side are made by `runs`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from crm_core import config, database
from crm_core.postgres import ServerAddress
from tests.conftest import WORKER, _create_databases, _drop_databases, installation
from tests.integration.transforms.lake.crash.company import SMALL, Company
from tests.integration.transforms.lake.crash.runs import Order

RAW = frozenset(
    "core__" + name
    for name in (
        *("business_clock", "business_dates", "clients", "customers", "leads", "locations"),
        *("quotes", "user_locations", "users"),
    )
)
"""The raw views that a small core keeps: all of them cost four times as much in every run."""


@dataclass(frozen=True)
class Side:
    """One of the two lakes."""

    var: Path
    lake: str

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """This process looks at this side."""
        named, before = database.database_name, os.environ["CRM_VAR"]
        os.environ["CRM_VAR"] = str(self.var)
        config.settings.cache_clear()
        database.database_name = lambda name: self.lake if name == "lake" else named(name)
        try:
            yield
        finally:
            os.environ["CRM_VAR"] = before
            config.settings.cache_clear()
            database.database_name = named

    def order(self, project: Path | None) -> Order:
        """A run of this side that nothing disturbs."""
        return Order(str(self.var), self.lake, project and str(project))


@dataclass(frozen=True)
class Ground:
    """What a suite of kills stands on."""

    company: Company
    main: Side
    twin: Side
    project: Path | None
    """None is the real dbt project."""


@contextmanager
def ground(
    cluster: ServerAddress, keys: Path, folder: Path, name: str, is_small: bool = True
) -> Iterator[Ground]:
    """Databases, folders and a company of one suite, with `settings()` pointing at the main side.

    `is_small`: a core of nine raw tables, and the small dbt project.
    """
    suffix = f"{WORKER}_{name}"
    main, twin = (folder / side / "var" for side in ("main", "twin"))
    for var in (main, twin):
        shutil.copytree(keys, var / "keys")
    _create_databases(cluster, suffix)
    twin_lake = f"lake{suffix}_twin"
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as server:
        server.execute(
            sql.SQL("create database {} template {} owner crm_lake").format(
                sql.Identifier(twin_lake), sql.Identifier(f"lake{suffix}")
            )
        )
    with installation(main, cluster, suffix):
        if is_small:
            _narrow(cluster)
        yield Ground(
            Company.found(),
            Side(main, database.database_name("lake")),
            Side(twin, twin_lake),
            SMALL if is_small else None,
        )
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(twin_lake)))
    _drop_databases(cluster, suffix)


def _narrow(cluster: ServerAddress) -> None:
    with psycopg.connect(cluster.conninfo(database.database_name("crm"))) as core:
        views = core.execute(
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where nspname = 'raw' and relkind = 'v'"
        ).fetchall()
        for (view,) in views:
            if view not in RAW:
                core.execute(sql.SQL("drop view raw.{} cascade").format(sql.Identifier(view)))
