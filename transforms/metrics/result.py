"""What the metric layer answers: exact values in rows, totals, and where they come from.

How a value is shown belongs to the views.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import polars as pl

from transforms.metrics.catalogue import Metric
from transforms.metrics.period import Period, shift
from transforms.metrics.query import MetricQuery

Key = str | date | None
Value = Decimal | None


class Publication(Protocol):
    """What the metric layer must know of a publication."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def definitions(self) -> str:
        """Hash of the definitions it was built with."""

    @property
    def as_of(self) -> datetime:
        """The instant its numbers stand for, aware."""


class Door(Protocol):
    """What the metric layer needs of a door: SQL in, a frame out, and what is inside."""

    @property
    def publication(self) -> Publication:
        """The publication behind it."""

    @property
    def relations(self) -> frozenset[str]:
        """Schema and name of everything in it, e.g. marts.fct_leads; and guarded columns."""

    def sql(self, query: str, params: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of a query; `$1` is the first of `params`."""


@dataclass(frozen=True)
class Row:
    """One group: its keys (a value per `by`, the first day per grain) and its figures."""

    keys: Mapping[str, Key]
    values: Mapping[str, Value]
    compared: Mapping[str, Value] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """What to print for a key where that differs: the name of a branch beside its code."""

    def text(self, dimension: str) -> str:
        """A key as a person reads it; empty for rows without a value."""
        return self.labels.get(dimension) or str(self.keys[dimension] or "")


@dataclass(frozen=True)
class MetricResult:
    """The answer to a query; every value is exact and already rounded to its unit's last digit."""

    query: MetricQuery
    metrics: tuple[Metric, ...]
    rows: list[Row]
    totals: Mapping[str, Value]
    """For the whole period, asked anew, never added up; None where no such figure exists."""
    compared_totals: Mapping[str, Value]
    compared_period: Period | None
    publication: Publication

    @property
    def columns(self) -> tuple[str, ...]:
        """The keys of every row, then its metrics."""
        keys = (*self.query.by, *((self.query.grain.value,) if self.query.grain else ()))
        return (*keys, *(metric.name for metric in self.metrics))

    @property
    def period(self) -> Period:
        """The period asked for."""
        return self.query.period

    def is_mature(self, name: str, row: Row) -> bool:
        """Whether the cohort of a row's bucket, or of the whole period, no longer changes."""
        metric = self.metric(name)
        grain = self.query.grain
        start = row.keys[grain.value] if grain else None
        end = shift(start, grain, 1) if grain and isinstance(start, date) else self.period.end
        return end + timedelta(days=metric.matures_days) <= self.publication.as_of.date()

    def metric(self, name: str) -> Metric:
        """The metric of that name in this answer; KeyError when it was not asked."""
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(name)


@dataclass(frozen=True)
class Explanation:
    """How a figure comes about: its formula in words, SQL that runs at the door, the version."""

    metric: Metric
    formula: str
    sql: str
    publication: Publication
