"""The door: one read-only file that holds what one subject may see of one publication.

What that is, is decided in `access`; SQL of people who are not us runs in `workbench`.
"""

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from crm_core import clock
from crm_core.config import settings
from crm_core.security.permissions import Subject
from transforms.lake import crash, publication, slices
from transforms.lake.access import (
    DoorMap,
    Grant,
    View,
    door_map,
    grant_of,
    map_hash,
    openings,
)
from transforms.lake.door_sweep import KEPT
from transforms.lake.engine import (
    LAKE,
    attach_lake,
    connect_memory,
    identifier,
    quoted,
    said,
    scratch_dir,
)
from transforms.lake.errors import DoorUnreadable, QueryFailed
from transforms.lake.plan import Model
from transforms.lake.publication import Publication
from transforms.lake.publish import MEMORY
from transforms.lake.turn import turn

NOTE, DOOR = ".json", ".duckdb"
"""Beside a door lies whose it is; the time of that file says when the door was last used."""

UNUSED = timedelta(days=7)
"""A door that nobody opened for so long is not made ahead any more."""

WARMED = 200
"""At most so many doors are made ahead of their use."""

LOCKED: tuple[str, ...] = (
    "set TimeZone = 'UTC'",
    "set enable_external_access = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set python_enable_replacements = false",
    "set lock_configuration = true",
)
"""The order matters: afterwards nothing can be attached, read from a file, or set."""


@dataclass(frozen=True)
class Change:
    """What a publication changed of the one before; everything else is the same there."""

    base: Publication
    replaced: frozenset[str]
    merged: tuple[Model, ...]


class Door:
    """An open door; a context manager. SQL names `marts.x`, `reporting.x` or `lake.marts.x`."""

    def __init__(self, made: Publication, path: Path, views: DoorMap) -> None:
        self.publication = made
        self.path = path
        self.views = views
        self._turn = threading.Lock()
        self._connection = _open(path)

    @property
    def relations(self) -> frozenset[str]:
        """What can be read here: "marts.fct_leads" and so on, see `openings`."""
        return openings(self.views)

    def sql(self, query: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        """The rows of our own SQL, with `?` for parameters; raises `QueryFailed`."""
        with self._turn:
            try:
                return self._connection.execute(query, list(params) or None).pl()
            except duckdb.Error as error:
                raise QueryFailed(f"the query did not run: {said(error)}") from error

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()

    def __enter__(self) -> "Door":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_door(subject: Subject, publication_id: int | None = None) -> Door:
    """The subject's door to a publication (the newest without a number), made if need be.

    Raises `NothingPublished`, `DoorRefused`, `LakeUnreachable`, `DoorUnreadable`.
    """
    made, path, views = find_door(subject, publication_id)
    try:
        return Door(made, path, views)
    except DoorUnreadable:
        if path.exists():
            raise
        # It was swept away between being found and being opened.
        return Door(*find_door(subject, publication_id))


def find_door(
    subject: Subject, publication_id: int | None = None
) -> tuple[Publication, Path, DoorMap]:
    """The file of the subject's door without opening it; errors as `open_door`."""
    grant = grant_of(subject)
    made = publication.get(publication_id)
    views = door_map(grant, made.relations)
    path = _path(made, views)
    if not path.exists():
        with connect_memory() as connection:
            attach_lake(connection, made.lake_snapshot)
            try:
                make_door(connection, LAKE, grant, views, path)
            except duckdb.Error as error:
                raise DoorUnreadable(f"the door could not be made: {said(error)}") from error
    with suppress(FileNotFoundError):
        os.utime(path.with_suffix(NOTE))
    return made, path, views


def warm_doors(
    connection: DuckDBPyConnection, made: Publication, change: Change | None = None
) -> int:
    """Makes the doors that are in use from the marts in memory; returns how many.

    With `change`, files of whole tenants are copies of the last ones with the change applied.
    """
    wanted = dict.fromkeys(_whole_tenants(connection, made), 0.0)
    for grant, used in _in_use(before=made.id):
        wanted[grant] = max(used, wanted.get(grant, 0.0))
    count = 0
    for grant in sorted(wanted, key=Grant.to_json)[:WARMED]:
        views = door_map(grant, made.relations)
        path = _path(made, views)
        if not path.exists():
            try:
                make_door(connection, MEMORY, grant, views, path, change)
            except (OSError, duckdb.Error):
                # No reason to hold the publication back: it is made, or fails, when asked for.
                continue
            if wanted[grant]:
                # Made ahead is not used: it keeps the time of the one before.
                os.utime(path.with_suffix(NOTE), (wanted[grant],) * 2)
            crash.point("door.warmed")
            count += 1
    return count


def _open(path: Path) -> DuckDBPyConnection:
    connection = duckdb.connect(
        ":memory:",
        config={"threads": 2, "memory_limit": "1GB", "temp_directory": str(scratch_dir())},
    )
    try:
        connection.execute(f"attach {quoted(str(path))} as {LAKE} (read_only)")
        connection.execute(f"use {LAKE}")
        for statement in LOCKED:
            connection.execute(statement)
    except duckdb.Error as error:
        connection.close()
        raise DoorUnreadable(
            f"the file of the door cannot be read: {said(error)}: delete it, it is made again"
        ) from error
    return connection


def _path(made: Publication, views: DoorMap) -> Path:
    return settings().doors_dir / str(made.id) / f"{map_hash(views)}{DOOR}"


def make_door(
    connection: DuckDBPyConnection,
    source: str,
    grant: Grant,
    views: DoorMap,
    path: Path,
    change: Change | None = None,
) -> None:
    """Writes the file under a name of its own and renames it; one process does, others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    crash.point("door.folder")
    with turn(path):
        crash.point("door.turn")
        if path.exists():
            return
        draft = path.with_suffix(f".{os.getpid()}.draft")
        for left in (draft, draft.with_name(f"{draft.name}.wal")):  # by a killed namesake
            left.unlink(missing_ok=True)
        # Rows that left a branch would linger in the free space of a copy; none leaves its tenant.
        is_whole = grant == Grant.of_tenant(grant.client_id)
        last = _path(change.base, views) if change and is_whole else None
        copied = last is not None and _copied(last, draft)
        crash.point("door.drafted")
        connection.execute(f"attach {quoted(str(draft))} as door")
        crash.point("door.attached")
        try:
            if copied and change:
                _apply(connection, source, views, change)
            else:
                _fill(connection, source, views)
            crash.point("door.filled")
        finally:
            connection.execute("detach door")
        crash.point("door.written")
        path.with_suffix(NOTE).write_text(grant.to_json())
        crash.point("door.noted")
        draft.rename(path)
    crash.point("door.made")


def _copied(last: Path, draft: Path) -> bool:
    try:
        shutil.copyfile(last, draft)
    except FileNotFoundError:
        return False
    return True


def _apply(connection: DuckDBPyConnection, source: str, views: DoorMap, change: Change) -> None:
    """What changed since the file was made: some relations whole, of merged ones the rows."""
    connection.begin()
    try:
        for model in change.merged:
            if view := views.get(model.relation):
                target = f"door.{model.relation}"
                connection.execute(f"delete from {target} where {slices.gone(model, '')}")
                columns = ", ".join(map(identifier, view.columns))
                connection.execute(
                    f"insert into {target} by name"
                    f" select {columns} from {slices.rows(model)} where {view.predicate}"
                )
                crash.point("door.merged")
        for name in change.replaced & views.keys():
            _take(connection, source, name, views[name])
            crash.point("door.replaced")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _fill(connection: DuckDBPyConnection, source: str, views: DoorMap) -> None:
    connection.begin()
    try:
        for schema in sorted({name.split(".")[0] for name in views}):
            connection.execute(f"create schema door.{identifier(schema)}")
        for name, view in views.items():
            _take(connection, source, name, view)
        crash.point("door.taken")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _take(connection: DuckDBPyConnection, source: str, name: str, view: View) -> None:
    schema, table = map(identifier, name.split("."))
    connection.execute(
        f"create or replace table door.{schema}.{table} as"
        f" select {', '.join(map(identifier, view.columns))}"
        f" from {source}.{schema}.{table} where {view.predicate}"
    )


def _whole_tenants(connection: DuckDBPyConnection, made: Publication) -> Iterator[Grant]:
    """The door of those who see everything of a tenant, for every tenant."""
    if "marts.dim_locations" not in made.relations:
        return
    found = connection.execute("select distinct client_id from memory.marts.dim_locations")
    for (client_id,) in found.fetchall():
        yield Grant.of_tenant(UUID(client_id))


def _in_use(before: int) -> Iterator[tuple[Grant, float]]:
    """The grants behind the doors of the publication before, and when each was last used."""
    earlier = [each.id for each in publication.recent(KEPT) if each.id < before]
    still = clock.now().timestamp() - UNUSED.total_seconds()
    for number in earlier[:1]:
        for note in (settings().doors_dir / str(number)).glob(f"*{NOTE}"):
            used = note.stat().st_mtime
            # What another version wrote is made when it is asked for.
            if used >= still and note.with_suffix(DOOR).exists():
                with suppress(ValueError):
                    yield Grant.from_json(note.read_text()), used
