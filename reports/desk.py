"""The desk at which a widget's figures are asked: a person's door, a day, a language.

What is asked there is said by the specs; `reports.widgets` turns answers into typed widgets.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, Protocol

from crm_core import clock
from reports.format import Formatter, formatter
from reports.named import Names
from reports.result import Cell, Measure, ReportResult, Span
from transforms.metrics.answer import answer
from transforms.metrics.branches import Branch, branches
from transforms.metrics.catalogue import LOCATION_MART, Catalogue, Metric, catalogue
from transforms.metrics.compiler import Dialect
from transforms.metrics.period import Period
from transforms.metrics.query import Filter, MetricQuery
from transforms.metrics.result import Door, MetricResult, Publication, Value


class Published(Publication, Protocol):
    """A publication with what was checked before it."""

    @property
    def checks(self) -> Mapping[str, Any]:
        """Outcome of the audit; `checks` counts the checks that passed."""


@dataclass(frozen=True)
class Desk:
    """Everything a widget needs to be answered and formatted."""

    ask: Callable[[MetricQuery], MetricResult]
    metric: Callable[[str], Metric]
    """A metric by name or id; raises `UnknownMetric`."""
    may_read: Callable[[Metric], bool]
    publication: Published
    as_of_on: date
    """The day named periods count from, and on which a bucket of time is still open."""
    timezone: str
    show: Formatter
    where: tuple[Filter, ...] = ()
    names: Names = field(default_factory=Names)
    branches: Callable[[], Sequence[Branch]] = tuple
    """The branches of the door."""
    before: ReportResult | None = None
    """The report of this kind that the reader had before, if any."""

    @property
    def locale(self) -> str:
        """The locale of every text."""
        return self.show.locale

    def measure(self, name: str) -> Measure:
        """A metric as its reader needs it."""
        metric = self.metric(name)
        return Measure(
            name=metric.name,
            id=metric.id or metric.name,
            label=metric.label_in(self.locale),
            unit=metric.unit,
            direction=metric.direction,
            basis=metric.basis,
            additivity=metric.additivity,
            owner=metric.owner,
            formula=metric.formula,
        )

    def span(self, period: Period) -> Span:
        """A period with its text."""
        text = self.show.period(period.start, period.end)
        return Span(start=period.start, end=period.end, text=text)

    def cell(self, metric: Metric, value: Value, *, cents: bool, shown: Value = None) -> Cell:
        """A figure and its texts; `shown` is the rounded part that is displayed, if another."""
        display = value if shown is None else shown
        return Cell(
            metric=metric.name,
            value=value,
            text=self.show.value(display, metric.unit, whole=not cents),
            bare=self.show.bare(display, metric.unit, whole=not cents),
            exact=self.show.value(value, metric.unit),
        )

    def only(self, *filters: Filter) -> "Desk":
        """The same desk with every question narrowed further."""
        return replace(self, where=(*self.where, *filters))


class PublishedDoor(Door, Protocol):
    """A door to such a publication."""

    @property
    def publication(self) -> Published:
        """The publication behind it."""


def desk_of(
    door: PublishedDoor,
    *,
    timezone: str,
    locale: str = "en-CA",
    currency: str = "CAD",
    as_of_on: date | None = None,
    where: tuple[Filter, ...] = (),
    names: Names | None = None,
    before: ReportResult | None = None,
) -> Desk:
    """The desk at a door; the day is the publication's in `timezone` unless given."""
    known = catalogue(door.publication.definitions)
    return Desk(
        ask=partial(answer, door),
        metric=known.get,
        may_read=partial(_may_read, known, door.relations),
        publication=door.publication,
        as_of_on=as_of_on or clock.local_date(door.publication.as_of, timezone),
        timezone=timezone,
        show=formatter(locale, currency),
        where=where,
        names=names or Names(),
        branches=lambda: branches(door, Dialect.DOOR).all,
        before=before,
    )


def _may_read(known: Catalogue, relations: frozenset[str], metric: Metric) -> bool:
    return {*known.needs_of(metric), LOCATION_MART} <= relations
