"""The rows behind a figure: those of its mart in the period, under the filters, newest first.

Figures are answered in `answer`; what a door holds at all is decided by the door.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from transforms.metrics.branches import branches
from transforms.metrics.catalogue import (
    BRANCH,
    LOCATION_DIMENSIONS,
    Component,
    catalogue,
)
from transforms.metrics.compiler import Dialect
from transforms.metrics.definitions import Manifest, read_manifest
from transforms.metrics.errors import MetricNotAllowed
from transforms.metrics.query import UNASSIGNED, Filter, MetricQuery
from transforms.metrics.result import Door

INNER = ("client_id", "access_location_id")
"""Columns that say who may see a row: nobody reads them."""


@dataclass(frozen=True)
class Behind:
    """Rows of one mart; `is_cut` when there are more than were asked for."""

    mart: str
    rows: pl.DataFrame
    is_cut: bool


def rows_behind(door: Door, metric: str, query: MetricQuery, limit: int) -> tuple[Behind, ...]:
    """Per mart of a metric, its rows by the metric's date that a query is about.

    Of figures as of a day, the rows of the period's last day. Branches stand there by code.
    Raises `UnknownMetric`, `DimensionUnknown` and `MetricNotAllowed`.
    """
    known = catalogue(door.publication.definitions)
    parts = {p.mart: p for p in known.components_of(known.get(metric))}
    for needed in sorted(known.needs_of(known.get(metric)) - door.relations):
        raise MetricNotAllowed.of(metric, needed)
    columns = _columns_of(read_manifest(known.path))
    return tuple(_behind(door, part, columns[part.model], query, limit) for part in parts.values())


def _columns_of(manifest: Manifest) -> dict[str, dict[str, str]]:
    """Per semantic model, the SQL of each of its dimensions."""
    return {
        model["name"]: {each["name"]: each["expr"] or each["name"] for each in model["dimensions"]}
        for model in manifest["semantic_models"]
    }


def _behind(
    door: Door, part: Component, columns: dict[str, str], query: MetricQuery, limit: int
) -> Behind:
    relation, day = Dialect.DOOR.relation(part.mart), columns[part.time_column]
    params: list[object] = [query.period.start, query.period.end]
    asked = [f"{day} >= $1", f"{day} < $2"]
    for condition in query.where:
        if condition.dimension in part.dimensions:
            asked.append(_condition(door, columns, condition, params))
    if part.semi_additive:
        within = " and ".join(asked[:2])
        asked.append(f"{day} = (select max({day}) from {relation} where {within})")
    # The order of the date alone leaves ties as they stand in the file, the same every time.
    sql = (
        f"select * from {relation} where {' and '.join(asked)}"
        f" order by {day} desc limit {limit + 1}"
    )
    found = door.sql(sql, tuple(params))
    return Behind(part.mart, _readable(door, found.head(limit)), found.height > limit)


def _condition(door: Door, columns: dict[str, str], condition: Filter, params: list[object]) -> str:
    if condition.dimension in LOCATION_DIMENSIONS:
        matching = [b.id for b in branches(door, Dialect.DOOR).all if b.matches(condition)]
        return _one_of("location_id", matching, UNASSIGNED in condition.values, params)
    values = [v for v in condition.values if v is not None and v != UNASSIGNED]
    column = f"cast({columns[condition.dimension]} as varchar)"
    return _one_of(column, values, len(values) < len(condition.values), params)


def _one_of(column: str, values: Sequence[str], or_none: bool, params: list[object]) -> str:
    marks = []
    for value in values:
        params.append(value)
        marks.append(f"${len(params)}")
    parts = [f"{column} in ({', '.join(marks)})"] if marks else []
    return f"({' or '.join([*parts, *([f'{column} is null'] * or_none)]) or 'false'})"


def _readable(door: Door, rows: pl.DataFrame) -> pl.DataFrame:
    if "location_id" in rows.columns:
        codes = branches(door, Dialect.DOOR)
        named = [codes.code(value) for value in rows["location_id"]]
        rows = rows.with_columns(pl.Series("location_id", named, dtype=pl.String))
        rows = rows.rename({"location_id": BRANCH})
    return rows.drop([name for name in INNER if name in rows.columns])
