"""Publications: which snapshot of the lake readers see, and what was checked before they could.

Building what is published is in `build`; who sees which part of it is decided in `access`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from transforms.lake.catalogue import catalogue_session
from transforms.lake.errors import NothingPublished

COLUMNS = "id, lake_snapshot, generation, fence, definitions, relations, checks, as_of, created_at"


@dataclass(frozen=True)
class Publication:
    """One audited state of all marts."""

    id: int
    lake_snapshot: int
    generation: int
    fence: int
    definitions: str
    """Hash of the dbt project that made it; its manifests are kept under that name."""
    relations: Mapping[str, tuple[str, ...]] = field(repr=False)
    """What can be read: "marts.fct_leads" to its columns."""
    checks: Mapping[str, Any] = field(repr=False)
    as_of: datetime
    """The instant that the branches took for now when the core was read."""
    created_at: datetime


def current() -> Publication | None:
    """The newest publication; None when nothing was ever published."""
    found = _select("order by id desc limit 1", [])
    return found[0] if found else None


def get(publication_id: int | None = None) -> Publication:
    """A publication by its number, the newest without one; raises `NothingPublished`."""
    if publication_id is None:
        newest = current()
        if newest is None:
            raise NothingPublished("nothing is published yet: run `crm pipeline run`")
        return newest
    found = _select("where id = %s", [publication_id])
    if not found:
        raise NothingPublished(
            f"there is no publication {publication_id}: it was never made, or has expired"
        )
    return found[0]


def recent(count: int) -> list[Publication]:
    """The newest publications, newest first."""
    return _select("order by id desc limit %s", [count])


def snapshots() -> frozenset[int]:
    """The snapshots of the lake that publications still name."""
    with catalogue_session() as session:
        rows = session.execute("select lake_snapshot from platform.publications").fetchall()
    return frozenset(number for (number,) in rows)


def expire(kept: int, before: datetime) -> int:
    """Forgets publications that are neither among the last `kept` nor made since `before`."""
    with catalogue_session() as session:
        return session.execute(
            "delete from platform.publications where created_at <= %s and id not in"
            " (select id from platform.publications order by id desc limit %s)",
            [before, max(kept, 1)],
        ).rowcount


def reserve() -> int:
    """The number of the next publication: its doors can be made before anybody can ask for them.

    A number whose run is killed is never used again.
    """
    with catalogue_session() as session:
        row = session.execute(
            "select nextval(pg_get_serial_sequence('platform.publications', 'id'))"
        ).fetchone()
    assert row is not None
    return int(row[0])


def publish(
    *,
    lake_snapshot: int,
    generation: int,
    fence: int,
    definitions: str,
    relations: Mapping[str, tuple[str, ...]],
    checks: Mapping[str, Any],
    as_of: datetime,
    at: datetime,
) -> Publication:
    """Makes a snapshot of the lake the one that readers see, at once."""
    made = Publication(
        reserve(), lake_snapshot, generation, fence, definitions, relations, checks, as_of, at
    )
    return announce(made)


def announce(made: Publication) -> Publication:
    """Makes a publication with a reserved number the one that readers see."""
    with catalogue_session() as session:
        row = session.execute(
            f"insert into platform.publications ({COLUMNS}) overriding system value"
            f" values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning {COLUMNS}",
            [
                made.id,
                made.lake_snapshot,
                made.generation,
                made.fence,
                made.definitions,
                Jsonb({name: list(columns) for name, columns in made.relations.items()}),
                Jsonb(dict(made.checks), dumps=lambda value: json.dumps(value, default=str)),
                made.as_of,
                made.created_at,
            ],
        ).fetchone()
    assert row is not None
    return _publication(row)


def _select(rest: str, parameters: list[Any]) -> list[Publication]:
    with catalogue_session() as session:
        try:
            found = session.execute(
                f"select {COLUMNS} from platform.publications {rest}", parameters
            ).fetchall()
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            return []
    return [_publication(row) for row in found]


def _publication(row: tuple[Any, ...]) -> Publication:
    held = dict(zip(COLUMNS.split(", "), row, strict=True))
    held["relations"] = {
        name: tuple(columns) for name, columns in sorted(held["relations"].items())
    }
    for moment in ("as_of", "created_at"):
        held[moment] = held[moment].astimezone(UTC)
    return Publication(**held)
