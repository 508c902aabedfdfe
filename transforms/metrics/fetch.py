"""Components fetched at a door: one scan per mart and date column, merged by group.

What is computed from the components, and for whom, is decided in `answer`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from transforms.metrics.branches import Branches
from transforms.metrics.catalogue import BRANCH, Catalogue, Component
from transforms.metrics.compiler import Condition, Dialect, Shape, compile_shape
from transforms.metrics.errors import MoneyInexact
from transforms.metrics.period import Grain, Period
from transforms.metrics.query import UNASSIGNED, Filter
from transforms.metrics.result import Door, Key, Value

Group = tuple[Key, ...]
"""The values of `by`, in order, then the first day of the bucket when there is a grain."""

Figures = dict[Group, dict[str, Value]]
"""Components by name, for every group that has rows."""

FORECAST = "forecast"
"""The date basis of metrics that are estimates: their money may be a binary fraction."""


@dataclass(frozen=True)
class Source:
    """Where components come from."""

    door: Door
    dialect: Dialect
    catalogue: Catalogue
    branches: Branches


@dataclass(frozen=True)
class Split:
    """How the figures are split and filtered; dimensions as people name them."""

    period: Period
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    where: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters, and which components its columns are."""

    sql: str
    params: tuple[object, ...]
    shape: Shape


def statements(
    source: Source, components: Sequence[Component], split: Split
) -> Iterator[Statement]:
    """One statement per mart, date column and way of adding over time."""
    scans: dict[tuple[str, str, bool], list[Component]] = defaultdict(list)
    for part in components:
        scans[part.model, part.time_column, part.semi_additive].append(part)
    for _, parts in sorted(scans.items()):
        names = parts[0].dimensions
        conditions, values = _conditions(source.branches, names, split.where)
        shape = Shape(
            components=tuple(sorted({part.name for part in parts})),
            finest=parts[0].finest,
            grain=split.grain,
            by=tuple(names[dimension] for dimension in split.by),
            where=conditions,
        )
        yield Statement(
            compile_shape(source.catalogue.path, source.dialect, shape),
            (split.period.start, split.period.end, *values),
            shape,
        )


def fetch(source: Source, components: Sequence[Component], split: Split) -> Figures:
    """The components of every group that has rows."""
    figures: Figures = defaultdict(dict)
    for statement in statements(source, components, split):
        for row in source.door.sql(statement.sql, statement.params).iter_rows(named=True):
            if all(row[name] is None for name in statement.shape.components):
                continue  # rows of the mart that none of these components counts
            group = tuple(_keys(source.branches, statement.shape, split, row))
            for name in statement.shape.components:
                figures[group][name] = _exact(source.catalogue, name, row[name])
    return dict(figures)


def _conditions(
    known: Branches, names: Mapping[str, str], where: Sequence[Filter]
) -> tuple[tuple[Condition, ...], list[object]]:
    conditions, params = [], []
    for wanted in where:
        values = [_stored(known, wanted.dimension, v) for v in wanted.values if not _no_value(v)]
        nulls = any(_no_value(value) for value in wanted.values)
        conditions.append(Condition(names[wanted.dimension], len(values), nulls))
        params += values
    return tuple(conditions), params


def _no_value(value: str | None) -> bool:
    return value is None or value == UNASSIGNED


def _stored(known: Branches, dimension: str, value: str | None) -> object:
    """A value of a filter as the mart stores it."""
    text = value or ""
    if dimension == BRANCH:
        return known.id(text)
    if dimension.startswith(("is_", "has_")):
        return text.lower() in ("true", "yes", "1")
    return text


def _keys(known: Branches, shape: Shape, split: Split, row: Mapping[str, object]) -> Iterator[Key]:
    for dimension, column in zip(split.by, shape.by, strict=True):
        value = row[column]
        if dimension == BRANCH:
            yield known.code(value)
        elif value is None:
            yield None
        else:
            yield str(value).lower() if isinstance(value, bool) else str(value)
    if shape.time_key:
        yield _day(row[shape.time_key])


def _day(value: object) -> date | None:
    """A bucket's first day; coarser buckets than a day come back as timestamps."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _exact(catalogue: Catalogue, name: str, value: object) -> Value:
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        metric = catalogue.metrics[name]
        if metric.unit == "money" and metric.basis != FORECAST:
            raise MoneyInexact(
                f"{name}: {catalogue.parts[name].mart} returned money as a binary fraction;"
                " cast it to decimal(18,2) in the model"
            )
        # A percentile lies between two decimals: binary noise behind the twelfth digit is not its.
        return Decimal(f"{value:.12g}") if metric.basis != FORECAST else Decimal(repr(value))
    return Decimal(str(value))
