"""dbt on a raw layer of a test, as the pipeline runs it, and the tables it made.

Rows come from `companies`; nothing here knows what they mean.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from crm_core.config import PROJECT
from tests.integration.dbt_project.raw_lake import RawLake
from transforms.forecasting.ledger import COLUMNS, DESCRIBED
from transforms.insight.publish import TABLES as FINDINGS
from transforms.scoring.publish import TABLES as SCORES
from transforms.tables import write_tables

DBT_PROJECT = PROJECT / "dbt_project"


class DbtFailed(Exception):
    """A dbt command failed; the message holds one line per failed node."""


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Environment variables for the time of a dbt command."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def dbt(scratch: Path, *arguments: str, target: str = "build") -> Sequence[Any]:
    """One dbt command in this process, its result per node; raises `DbtFailed`."""
    result = dbtRunner().invoke(
        [
            *arguments,
            "--project-dir", str(DBT_PROJECT),
            "--profiles-dir", str(DBT_PROJECT),
            "--target", target,
            "--target-path", str(scratch / f"target_{target}"),
            "--log-path", str(scratch / "logs"),
            "--log-level", "none",
        ]
    )  # fmt: skip
    results: Sequence[Any] = getattr(result.result, "results", ())
    if not result.success:
        if result.exception is not None:
            raise DbtFailed(str(result.exception)) from result.exception
        raise DbtFailed("\n".join(failed_lines(results)))
    return results


def failed_lines(results: Sequence[Any]) -> list[str]:
    """What failed, by name, with its message."""
    return [
        f"{result.node.name}: {result.status} {result.message}"
        for result in results
        if result.status in ("error", "fail", "runtime error")
    ]


@dataclass(frozen=True)
class Built:
    """The tables of a build, kept in a file of their own."""

    file: Path
    nodes: list[str]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.sql(query).fetchall()

    def records(self, query: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            found = connection.sql(query)
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def build_in_memory(lake: RawLake, scratch: Path, name: str) -> Built:
    """Everything up to the forecasts, two forecasts, and what reads them; tests included."""
    with lake_attached(lake, scratch):
        first = dbt(scratch, "build", "--selector", "before_forecasts")
        client, branch = first_branch()
        month = date(2026, 11, 1)
        hand_back_forecasts(forecast_row(client, None, month), forecast_row(client, branch, month))
        second = dbt(scratch, "build", "--selector", "after_forecasts")
        kept = _keep(scratch / f"{name}.duckdb")
    return Built(kept, [r.node.unique_id for run in (first, second) for r in run])


@contextmanager
def lake_attached(lake: RawLake, scratch: Path) -> Iterator[None]:
    """A new memory database for dbt, with this lake as its source.

    The lake always has the same path: another one would cost a new parse of the project.
    """
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    with environment(CRM_LAKE_ATTACH=str(lake.write_duckdb(scratch / "lake.duckdb"))):
        yield
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _memory() -> Any:
    return DuckDBConnectionManager.env().handle().cursor()  # type: ignore[no-untyped-call]


def forecast_row(client: str, location: str | None, month: date, **other: Any) -> dict[str, Any]:
    """A row of `transforms.forecasts`: five bookings in a month, of a branch or the company."""
    return {
        "client_id": client, "location_id": location, "province": None,
        "level": "branch" if location else "company", "metric_name": "bookings",
        "cadence": "month", "kind": "current", "origin_on": month, "period_on": month,
        "horizon": 1, "model": "naive", "version": 1, "yhat": 5.0, "lo_80": 3.0, "hi_80": 7.0,
        "lo_95": 2.0, "hi_95": 8.0, "naive": 4.0, "scale": 2.0, "actual": None,
    } | other  # fmt: skip


def hand_back_forecasts(*rows: dict[str, Any]) -> None:
    """Fill `transforms.forecasts` as the forecasting step does; the rest of Python's stays empty."""
    memory = _memory()
    memory.execute("create schema if not exists transforms")
    memory.execute(f"create or replace table transforms.forecasts ({DESCRIBED})")
    write_tables(memory, {**SCORES, **FINDINGS}, {})
    for row in rows:
        marks = ", ".join("?" * len(COLUMNS))
        values = [row[name] for name in COLUMNS]
        memory.execute(f"insert into transforms.forecasts values ({marks})", values)


def first_branch() -> tuple[str, str]:
    """(client, location) of one branch of the memory database."""
    row: tuple[str, str] = (
        _memory()
        .execute("select client_id, location_id from marts.dim_locations order by 1, 2 limit 1")
        .fetchone()
    )
    return row


def _keep(file: Path) -> Path:
    """Copy the tables of the memory database to a file; views would miss the lake there."""
    memory = _memory()
    tables = memory.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'memory'"
        " and schema_name in ('intermediate', 'marts', 'reporting')"
    ).fetchall()
    memory.execute(f"attach '{file}' as kept")
    for schema, table in tables:
        memory.execute(f"create schema if not exists kept.{schema}")
        memory.execute(f"create table kept.{schema}.{table} as from memory.{schema}.{table}")
    memory.execute("detach kept")
    return file
