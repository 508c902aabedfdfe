"""A plan, run on an instance of DuckDB in memory: models made under their contracts, and checks.

Which part of a plan is run is decided in `plan`; what passed is published by `publish`.
"""

from collections.abc import Iterable

import duckdb
from duckdb import DuckDBPyConnection

from transforms.lake import crash
from transforms.lake.engine import LAKE, identifier, said
from transforms.lake.errors import BuildFailed
from transforms.lake.plan import Check, Model

MEMORY = "memory"


def hold(connection: DuckDBPyConnection, models: Iterable[Model]) -> None:
    """What is not made anew, as the lake has it."""
    for model in models:
        _schema(connection, model)
        connection.execute(f"create or replace view {_name(model)} as from {_name(model, LAKE)}")


def make(connection: DuckDBPyConnection, models: Iterable[Model]) -> None:
    """Makes models in their order; raises `BuildFailed` for the first that cannot be made."""
    for model in models:
        _schema(connection, model)
        try:
            _make(connection, model)
        except duckdb.Error as error:
            raise BuildFailed(
                f"nothing was published, {model.name} could not be built: {said(error)}"
            ) from error
        crash.point("build.model" if model.is_published else "build.inner")


def failures(connection: DuckDBPyConnection, checks: Iterable[Check]) -> list[str]:
    """One line per check that returns rows, or that cannot be run."""
    lines = []
    for check in checks:
        try:
            row = connection.execute(f"select count(*) from (\n{check.sql}\n)").fetchone()
        except duckdb.Error as error:
            lines.append(f"{check.name}: {said(error)}")
            continue
        assert row is not None
        if row[0]:
            lines.append(f"{check.name}: {row[0]} rows fail it")
        crash.point("audit.check")
    return lines


def _make(connection: DuckDBPyConnection, model: Model) -> None:
    if model.is_view:
        connection.execute(f"create or replace view {_name(model)} as (\n{model.sql}\n)")
    elif not model.columns:
        connection.execute(f"create or replace table {_name(model)} as (\n{model.sql}\n)")
    else:
        _make_promised(connection, model)


def _make_promised(connection: DuckDBPyConnection, model: Model) -> None:
    """The table as its contract describes it: a column too many, too few or of another type fails.

    An insert alone would turn one type into another without a word.
    """
    described = ", ".join(
        f"{identifier(each.name)} {each.kind}{' not null' if each.is_required else ''}"
        for each in model.columns
    )
    connection.execute(f"create or replace table {_name(model)} ({described})")
    promised = _columns(connection, f"describe {_name(model)}")
    made = _columns(connection, f"describe (\n{model.sql}\n)")
    if differing := sorted(dict(promised.items() ^ made.items())):
        raise BuildFailed(
            f"nothing was published, {model.name} breaks its contract:"
            f" {', '.join(_difference(name, promised, made) for name in differing)}"
        )
    connection.execute(f"insert into {_name(model)} by name (\n{model.sql}\n)")


def _difference(name: str, promised: dict[str, str], made: dict[str, str]) -> str:
    if name not in made:
        return f"{name} is missing"
    if name not in promised:
        return f"{name} is not promised"
    return f"{name} is {made[name]} instead of {promised[name]}"


def _columns(connection: DuckDBPyConnection, query: str) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in connection.execute(query).fetchall()}


def _schema(connection: DuckDBPyConnection, model: Model) -> None:
    connection.execute(f"create schema if not exists {MEMORY}.{identifier(model.schema)}")


def _name(model: Model, database: str = MEMORY) -> str:
    return f"{database}.{identifier(model.schema)}.{identifier(model.name)}"
