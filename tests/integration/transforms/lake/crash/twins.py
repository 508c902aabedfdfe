"""Two lakes of one core, the one killed and the other not: every row of both must be the same.

When they are compared, and with what else, is decided in `suite`.
"""

from collections.abc import Iterable
from typing import Any

from duckdb import DuckDBPyConnection

from tests.integration.transforms.lake.crash import digests
from tests.integration.transforms.lake.crash.ground import Ground, Side
from transforms.lake import publication
from transforms.lake.engine import attach_lake, connect_memory

SHOWN = 3
"""Rows named of a table that differs."""

Contents = dict[str, str]
"""Full name of a table of the lake to a digest of its rows."""


class Disagreement(AssertionError):
    """What was killed is not what it would have been."""


def require_equal(ground: Ground) -> int:
    """Every raw row and every published row, main against twin; returns how many tables.

    Raises `Disagreement` with the tables that differ and some of their rows.
    """
    main, twin = _contents(ground.main), _contents(ground.twin)
    differing = sorted(name for name in {*main, *twin} if main.get(name) != twin.get(name))
    if differing:
        raise Disagreement("; ".join(_difference(ground, name) for name in differing))
    return len(main)


def _contents(side: Side) -> Contents:
    with side.at_hand():
        raw, marts = _reading(None), _reading(publication.get().lake_snapshot)
        with raw, marts:
            found = _tables(raw, ("raw",)) | _tables(marts, ("marts", "reporting"))
    return found


def _reading(snapshot: int | None) -> DuckDBPyConnection:
    connection = connect_memory()
    attach_lake(connection, snapshot)
    return connection


def _tables(connection: DuckDBPyConnection, schemas: Iterable[str]) -> Contents:
    names = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = 'lake' and schema_name in (select unnest(?))",
        [list(schemas)],
    ).fetchall()
    return {name: str(_one(connection, digests.of_rows(f"from lake.{name}"))) for (name,) in names}


def _one(connection: DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _difference(ground: Ground, name: str) -> str:
    rows = [_rows(side, name) for side in (ground.main, ground.twin)]
    lost, more = (
        [line for line in mine if theirs.count(line) < mine.count(line)]
        for mine, theirs in (rows[::-1], rows)
    )
    return (
        f"{name}: {len(rows[0])} rows, the twin has {len(rows[1])};"
        f" lacks {lost[:SHOWN]}, has too many of {more[:SHOWN]}"
    )


def _rows(side: Side, name: str) -> list[str]:
    with side.at_hand():
        is_raw = name.startswith("raw.")
        with _reading(None if is_raw else publication.get().lake_snapshot) as connection:
            return [
                str(line)
                for (line,) in connection.execute(
                    f"select t::varchar from (from lake.{name}) t order by 1"
                ).fetchall()
            ]
