"""Contents as short digests: equal exactly when every row of every table is equal.

What they are compared with is decided in `twins` and `suite`.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from duckdb import DuckDBPyConnection

from crm_core.security.permissions import Subject
from tests.factories import Tenant
from transforms.lake.access import DoorMap, Grant, door_map, grant_of
from transforms.lake.engine import identifier

READERS = ((0, "executive"), (1, "executive"), (0, "manager"))
"""Whose doors are opened: of which tenant, and in which role."""

Relations = Mapping[str, tuple[str, ...]]
Run = Callable[[str], Any]


class Tenants(Protocol):
    """Those whose marts are looked at; the reader belongs to the first."""

    @property
    def tenants(self) -> tuple[Tenant, ...]: ...


@dataclass(frozen=True)
class Marts:
    """The contents of all marts as the lake has them, by tenant, and as the readers' doors do."""

    lake: tuple[str, ...]
    doors: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """What one state of the core must be in the lake."""

    raw: tuple[str, ...]
    marts: Marts


def of_marts(run: Run, company: Tenants, relations: Relations, database: str = "lake.") -> Marts:
    """Digests of the marts that `run` reads."""
    lake = tuple(
        of_views(run, door_map(Grant.of_tenant(tenant.client_id), relations), database)
        for tenant in company.tenants
    )
    doors = tuple(
        of_views(run, door_map(grant_of(reader), relations), database)
        for reader in readers(company)
    )
    return Marts(lake, doors)


def readers(company: Tenants) -> list[Subject]:
    """Those who open doors."""
    return [company.tenants[tenant].subjects[role] for tenant, role in READERS]


def of_views(run: Run, views: DoorMap, database: str = "lake.") -> str:
    """One digest over what a door to these views holds."""
    parts = []
    for name, view in sorted(views.items()):
        schema, table = name.split(".")
        columns = ", ".join(identifier(column) for column in sorted(view.columns))
        source = f"{database}{identifier(schema)}.{identifier(table)}"
        found = run(of_rows(f"select {columns} from {source} where {view.predicate}"))
        parts.append(f"{name} {_single(found)}")
    return hashlib.md5("\n".join(parts).encode()).hexdigest()


def of_rows(query: str) -> str:
    """The query of a digest over the rows of another, whatever their order."""
    return (
        "select md5(coalesce(string_agg(line, chr(10) order by line), ''))"
        f" from (select row_::varchar as line from ({query}) row_)"
    )


def of_keys(rows: Iterable[tuple[str, ...]]) -> str:
    """A digest over keys and transaction numbers."""
    return hashlib.md5(repr(sorted(tuple(map(str, row)) for row in rows)).encode()).hexdigest()


def of_raw(connection: DuckDBPyConnection, tables: Iterable[str]) -> tuple[str, ...]:
    """Digests of keys and transaction numbers of raw tables, in one transaction."""
    connection.begin()
    try:
        return tuple(
            of_keys(
                connection.execute(
                    f"select client_id::text, id::text, changed_xid::text from lake.raw.{name}"
                ).fetchall()
            )
            for name in tables
        )
    finally:
        connection.rollback()


def _single(found: Any) -> str:
    return str(found.item() if hasattr(found, "item") else found.fetchone()[0])
