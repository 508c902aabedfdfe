"""Where pages get what they show: typed widgets, files and definitions, at the viewer's own door.

The only module of the app that opens a door; how things are drawn belongs to `app.components`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import TracebackType
from typing import Final, Protocol, Self

import streamlit as st

from app.access import locale_of
from crm_core import clock
from crm_core.enums import PermissionScope
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.tenancy.access import Account
from reports.desk import Desk, desk_of
from reports.format import Formatter, formatter
from reports.reader import Reader, names_for, reader_of
from reports.renderers import RenderedFile, render
from reports.result import Figures, Measure, Widget
from reports.run import compose
from reports.spec import FactsSpec, FiguresSpec, PageSpec, ReportSpec, TextSpec
from reports.widgets import set_widget
from transforms.lake.door import Door, find_door, open_door
from transforms.metrics.answer import explain
from transforms.metrics.branches import Branch, branches
from transforms.metrics.compiler import Dialect
from transforms.metrics.period import Grain, Period, floor, parse_period, shift
from transforms.metrics.query import Filter, MetricQuery

KEPT: Final = 2000
"""Answers kept in memory, over all users; the configuration bounds their size as well."""

FRESH: Final = "10m"
"""Names and zones are read from the core: none is shown longer than this after a change."""

SPARK_POINTS: Final = 13
LONGEST_WEEKLY: Final = 13
"""Sparklines of periods up to this many days run by week, of longer ones by month."""

HEALTH_MART: Final = "reporting.rpt_data_health"


@dataclass(frozen=True)
class Question:
    """What the filters of a page ask for."""

    period: Period
    where: tuple[Filter, ...] = ()
    branch: Branch | None = None

    @property
    def key(self) -> str:
        """The question as part of a cache key."""
        return f"{self.period} {self.period.within} {self.where}"


@dataclass(frozen=True)
class Stream:
    """One stream of an outside system."""

    provider: str
    stream: str
    processed: int
    refused: int
    last_success_at: datetime | None


@dataclass(frozen=True)
class Definition:
    """All that is said about a figure."""

    measure: Measure
    sql: str


class Made(Protocol):
    """What pages say of a publication."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def definitions(self) -> str:
        """Hash of the definitions."""

    @property
    def as_of(self) -> datetime:
        """The instant of its data."""


@dataclass
class SharedDoor:
    """The door of one script run: opened when it is first needed, closed when the run is over."""

    door: Door | None = None
    is_over: bool = False

    def close(self) -> None:
        """Lets go of the door; what is asked later opens one of its own."""
        self.is_over = True
        if self.door is not None:
            self.door.close()


@dataclass(frozen=True)
class Source:
    """One viewer at one publication; answers are shared by everybody with the same door.

    A context manager: whatever is asked inside the block shares one open door.
    """

    subject: Subject
    locale: str
    reader: Reader
    publication: Made
    door: str
    """Hash of what the door holds; with the publication it names the door's file."""
    relations: frozenset[str]
    shared: SharedDoor = field(default_factory=SharedDoor, compare=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shared.close()

    @property
    def show(self) -> Formatter:
        """The formatter of the viewer's locale and the tenant's currency."""
        return formatter(self.locale, self.reader.currency)

    @property
    def as_of_on(self) -> date:
        """The day that named periods count from."""
        return clock.local_date(self.publication.as_of, self.reader.timezone)

    @property
    def sees_company(self) -> bool:
        """Whether the viewer sees the whole company."""
        return self.subject.scope is PermissionScope.CLIENT

    @property
    def sees_own_only(self) -> bool:
        """Whether the viewer sees nothing but their own records."""
        return self.subject.scope is PermissionScope.OWN

    def period(self, words: str) -> Period:
        """The period in words; raises `UnknownPeriod`."""
        return parse_period(words, self.as_of_on)

    def widget(self, spec: FiguresSpec | FactsSpec | TextSpec, question: Question) -> Widget:
        """The answer to a widget's spec, from memory where this door was asked before."""
        return _widget(self._key(spec.model_dump_json(), question), self, spec, question)

    def sparks(self, tiles: Figures, question: Question) -> dict[str, tuple[float, ...]]:
        """The run-up to every tile, oldest first, up to the tile's period; for drawing only."""
        metrics = tuple(tiles.metrics)
        return _sparks(self._key(f"sparks {metrics}", question), self, metrics, question)

    def measures(self, names: tuple[str, ...]) -> dict[str, Measure]:
        """The metrics of those names, in words."""
        return _measures((*self._door_key, names), self, names)

    def definition(self, metric: str, question: Question) -> Definition:
        """What a figure means and how it is computed."""
        return _definition(self._key(metric, question), self, metric, question)

    def branches(self) -> tuple[Branch, ...]:
        """The branches of the door, by name."""
        return _branches(self._door_key, self)

    def health(self) -> tuple[Stream, ...]:
        """The streams of outside systems, where the viewer may know of them."""
        return _health(self._door_key, self) if HEALTH_MART in self.relations else ()

    def catalogue(self) -> dict[str, list[tuple[str, str]]]:
        """Every table of the door with the names and types of its columns."""
        return _catalogue(self._door_key, self)

    def file(self, page: PageSpec, question: Question, file_format: str) -> RenderedFile:
        """The whole page as a file; raises `ActionRefused`, `FormatUnknown`."""
        require(self.subject, Resource.REPORT, Action.EXPORT)
        spec = ReportSpec.model_validate(page.model_dump())
        reader = self.reader
        if question.branch is not None and not self.sees_own_only:
            reader = replace(
                reader, scope=PermissionScope.LOCATION, branches=(question.branch.name,)
            )
        split = {name for widget in spec.widgets for name in getattr(widget, "by", ())}
        with self.desk(split) as desk:
            result = compose(spec, desk.only(*question.where), reader, question.period)
        return render(result, file_format)

    @contextmanager
    def desk(self, split: Collection[str] = ()) -> Iterator[Desk]:
        """The desk at the viewer's door, with the names of what figures are split by."""
        with self._opened() as door:
            yield desk_of(
                door,
                timezone=self.reader.timezone,
                locale=self.locale,
                currency=self.reader.currency,
                names=names_for(door, self.subject, split),
            )

    def explained(self, metric: str, question: Question) -> str:
        """The SQL behind a figure, as it runs at the door."""
        query = MetricQuery((metric,), question.period, where=question.where)
        with self._opened() as door:
            return explain(door, metric, query).sql

    def read_branches(self) -> tuple[Branch, ...]:
        """The branches, read from the door."""
        with self._opened() as door:
            found = branches(door, Dialect.DOOR).all
        return tuple(sorted(found, key=lambda branch: branch.name))

    def read_health(self) -> tuple[Stream, ...]:
        """The health of outside systems, read from the door."""
        query = (
            "select provider, stream, records_processed, records_quarantined, last_success_at"
            f' from "lake".{HEALTH_MART} order by provider, stream'
        )
        with self._opened() as door:
            return tuple(Stream(*row) for row in door.sql(query).rows())

    def read_catalogue(self) -> dict[str, list[tuple[str, str]]]:
        """The tables of the door, read from it."""
        query = (
            "select table_schema || '.' || table_name, column_name, lower(data_type)"
            " from information_schema.columns where table_catalog = 'lake'"
            " order by 1, ordinal_position"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        with self._opened() as door:
            for relation, column, kind in door.sql(query).rows():
                found.setdefault(relation, []).append((column, kind))
        return found

    @contextmanager
    def _opened(self) -> Iterator[Door]:
        if self.shared.is_over:
            with open_door(self.subject, self.publication.id) as door:
                yield door
            return
        if self.shared.door is None:
            self.shared.door = open_door(self.subject, self.publication.id)
        yield self.shared.door

    @property
    def _door_key(self) -> tuple[object, ...]:
        # Tenant and scope are in the door's hash; nothing else of the viewer changes an answer.
        return (
            self.publication.id, self.door, self.locale, self.reader.timezone,
            self.reader.currency,
        )  # fmt: skip

    def _key(self, what: str, question: Question) -> tuple[object, ...]:
        return (*self._door_key, what, question.key)


def open_source(account: Account) -> Source:
    """The source of an account at the newest publication.

    Raises `NothingPublished` and `DoorRefused`.
    """
    made, path, views = find_door(account.subject)
    return Source(
        subject=account.subject,
        locale=locale_of(account),
        reader=reader_of(account.subject),
        publication=made,
        door=path.stem,
        relations=frozenset(views),
    )


# Cached answers: the key alone decides, arguments with an underscore are not part of it.


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def _widget(
    key: tuple[object, ...],
    _source: Source,
    _spec: FiguresSpec | FactsSpec | TextSpec,
    _question: Question,
) -> Widget:
    with _source.desk(getattr(_spec, "by", ())) as desk:
        return set_widget(desk.only(*_question.where), _spec, _question.period)


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def _sparks(
    key: tuple[object, ...], _source: Source, _metrics: tuple[str, ...], _question: Question
) -> dict[str, tuple[float, ...]]:
    grain = Grain.WEEK if _question.period.days <= LONGEST_WEEKLY else Grain.MONTH
    end = shift(floor(_question.period.last, grain), grain, 1)
    window = Period(shift(end, grain, -SPARK_POINTS), end)
    with _source.desk() as desk:
        answer = desk.ask(MetricQuery(_metrics, window, grain=grain, where=_question.where))
    return {
        name: tuple(float(value) for row in answer.rows if (value := row.values[name]) is not None)
        for name in _metrics
    }


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def _measures(
    key: tuple[object, ...], _source: Source, _names: tuple[str, ...]
) -> dict[str, Measure]:
    with _source.desk() as desk:
        return {name: desk.measure(name) for name in _names}


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def _definition(
    key: tuple[object, ...], _source: Source, _metric: str, _question: Question
) -> Definition:
    measure = _source.measures((_metric,))[_metric]
    return Definition(measure, _source.explained(_metric, _question))


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def _branches(key: tuple[object, ...], _source: Source) -> tuple[Branch, ...]:
    return _source.read_branches()


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def _health(key: tuple[object, ...], _source: Source) -> tuple[Stream, ...]:
    return _source.read_health()


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def _catalogue(key: tuple[object, ...], _source: Source) -> dict[str, list[tuple[str, str]]]:
    return _source.read_catalogue()
