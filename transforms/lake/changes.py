"""What of the lake was written since a publication, by the lake's own list of its snapshots.

What follows from it is decided by `build`.
"""

from collections.abc import Iterable, Mapping

from duckdb import DuckDBPyConnection

from transforms.lake.engine import LAKE
from transforms.lake.publication import Publication

Snapshot = Mapping[str, list[str]]
"""Kinds of change to the tables they concern: numbers, or names for new ones."""

OWN = "ops"
"""The schema of what the lake writes about itself."""

KEEPING = frozenset({"flushed_inlined", "merge_adjacent", "rewrite_delete", "compacted_table"})
"""Upkeep: rows stay as they are. A commit that did it did nothing else."""


ROWS = frozenset(
    {"tables_inserted_into", "tables_deleted_from", "inlined_insert", "inlined_delete"}
)
"""Changes of rows alone."""


def changed_tables(connection: DuckDBPyConnection, since: Publication) -> frozenset[str] | None:
    """Raw tables ("raw.core__leads") written since; None when only a full build is right.

    That is so when tables came or went, when the list does not reach back, and when marts were
    written without being published: a run was killed between the two.
    """
    rows = connection.execute(
        f"select snapshot_id, changes from {LAKE}.snapshots() where snapshot_id >= ?",
        [since.lake_snapshot],
    ).fetchall()
    if not rows or min(number for number, _ in rows) != since.lake_snapshot:
        return None
    numbers = _written(changes for number, changes in rows if number > since.lake_snapshot)
    if numbers is None:
        return None
    names = _names(connection)
    if not numbers <= names.keys():
        return None
    found = {names[number] for number in numbers}
    if any(schema not in ("raw", OWN) for schema, _ in found):
        return None
    return frozenset(f"raw.{name}" for schema, name in found if schema == "raw")


def _written(snapshots: Iterable[Snapshot]) -> set[int] | None:
    """Numbers of the tables whose rows were written; None when anything but rows was."""
    numbers: set[int] = set()
    for changes in snapshots:
        if KEEPING & changes.keys():
            continue
        for kind, tables in changes.items():
            if kind not in ROWS:
                return None
            numbers.update(map(int, tables))
    return numbers


def _names(connection: DuckDBPyConnection) -> dict[int, tuple[str, str]]:
    """The lake's tables by number, as its catalogue keeps them."""
    rows = connection.execute(
        f"select t.table_id, s.schema_name, t.table_name from ducklake_table_info('{LAKE}') t"
        f" join __ducklake_metadata_{LAKE}.ducklake.ducklake_schema s using (schema_id)"
        " where s.end_snapshot is null"
    ).fetchall()
    return {number: (str(schema), str(name)) for number, schema, name in rows}
