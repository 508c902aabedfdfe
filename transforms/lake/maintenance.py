"""The upkeep of the lake, beside its readers: old publications expire, small files become large.

Door files are swept by `door_sweep`; raw rows are reconciled by `reconcile`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import duckdb
from duckdb import DuckDBPyConnection

from transforms.lake import crash, publication
from transforms.lake.catalogue import ensure_catalogue
from transforms.lake.door_sweep import sweep_doors
from transforms.lake.engine import LAKE, connect_writer, current_snapshot, said
from transforms.lake.errors import BuildFailed
from transforms.lake.writer import writing

KEPT = 30
"""Publications that can be read again by their number, at least."""

DAYS = timedelta(days=7)
"""How long every publication can be read again."""

GRACE = timedelta(hours=6)
"""How long the files of an expired version stay for those who are still reading it."""

DELETED = 0.01
"""Share of deleted rows from which a file is written anew: one with any is never merged, and a
table changed in small steps is hundreds of small files that lost a row or two each."""


@dataclass(frozen=True)
class Kept:
    """What one run of the upkeep did."""

    publications: int
    """Expired."""
    snapshots: int
    """Expired: those of the publications, and of the extracts between them."""
    files_written: int
    files_removed: int

    @property
    def payload(self) -> Mapping[str, int]:
        """The counts by name."""
        return asdict(self)

    @property
    def line(self) -> str:
        """One line for people."""
        return (
            f"{self.publications} publications and {self.snapshots} snapshots expired,"
            f" {self.files_written} files compacted, {self.files_removed} removed"
        )


def maintain(
    at: datetime,
    *,
    kept: int = KEPT,
    days: timedelta = DAYS,
    grace: timedelta = GRACE,
    wait: float = 0.0,
) -> Kept:
    """Expires what is neither among the last `kept` publications nor younger than `days`.

    Readers keep what they have open: a version that is kept loses nothing, and the files of one
    that expired stay for `grace`. Raises `WriterBusy`, `BuildFailed`.
    """
    with writing("maintenance", wait=wait) as writer:
        ensure_catalogue()
        expired = publication.expire(kept, at - days)
        crash.point("maintain.expired")
        connection = connect_writer()
        try:
            snapshots = _expire(connection)
            crash.point("maintain.snapshots")
            writer.confirm()
            written = _compact(connection)
            crash.point("maintain.compacted")
            removed = _clean_up(connection, at - grace)
        except duckdb.Error as error:
            raise BuildFailed(f"the upkeep of the lake was interrupted: {said(error)}") from error
        finally:
            connection.close()
        sweep_doors()
        return Kept(expired, snapshots, written, removed)


def _expire(connection: DuckDBPyConnection) -> int:
    """Snapshots that no publication names, but for those after the newest one.

    What came after it says what changed since: the next build needs it.
    """
    named = publication.snapshots()
    newest = max(named, default=current_snapshot(connection))
    rows = connection.execute(
        f"select snapshot_id from {LAKE}.snapshots() where snapshot_id < ?", [newest]
    ).fetchall()
    free = sorted({int(number) for (number,) in rows} - set(named))
    if free:
        connection.execute(f"call ducklake_expire_snapshots('{LAKE}', versions => {free})")
    return len(free)


def _compact(connection: DuckDBPyConnection) -> int:
    """Rows kept in the catalogue go to files, deleted rows out of them, small files together."""
    count = 0
    for step, options in (
        ("flush_inlined_data", ""),
        ("rewrite_data_files", f", delete_threshold => {DELETED}"),
        ("merge_adjacent_files", ""),
    ):
        count += len(connection.execute(f"call ducklake_{step}('{LAKE}'{options})").fetchall())
        crash.point(f"maintain.{step}")
    return count


def _clean_up(connection: DuckDBPyConnection, before: datetime) -> int:
    """Files of expired versions, and those a killed writer left; both only when old enough."""
    older = f"older_than => timestamptz '{before.isoformat()}'"
    count = 0
    for step in ("cleanup_old_files", "delete_orphaned_files"):
        count += len(connection.execute(f"call ducklake_{step}('{LAKE}', {older})").fetchall())
        crash.point(f"maintain.{step}")
    return count
