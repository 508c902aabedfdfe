"""Where pages get what they show: typed widgets, files and definitions, at the viewer's own door.

The only module of the app that opens a door; how things are drawn belongs to `app.components`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from app import memory
from app.access import locale_of
from app.doors import LiveState, SharedDoor
from app.narrow import Spec, applying, set_narrowed
from app.question import Choice, Definition, Made, Question, Stream
from crm_core import clock
from crm_core.database import tenant_session
from crm_core.enums import PermissionScope
from crm_core.enums_office import PeriodGrain
from crm_core.security.permissions import Action, Resource, Subject, require
from crm_core.services.reporting.marks import Target, targets_of
from crm_core.services.tenancy.access import Account
from reports.desk import Desk, desk_of
from reports.format import Formatter, formatter
from reports.named import Names
from reports.page import PageSpec
from reports.reader import Reader, reader_of
from reports.renderers import RenderedFile, render
from reports.result import Figures, Measure, Widget
from reports.run import compose
from reports.spec import ReportSpec
from transforms.lake.access import openings
from transforms.lake.door import Door, find_door, open_door
from transforms.metrics.answer import answer, explain
from transforms.metrics.branches import Branch, branches
from transforms.metrics.catalogue import catalogue
from transforms.metrics.compiler import Dialect
from transforms.metrics.live import live_door
from transforms.metrics.period import Grain, Period, parse_period
from transforms.metrics.query import MetricQuery
from transforms.metrics.rows import Behind, rows_behind

ROWS_SHOWN: Final = 200
"""Rows behind a figure that a page shows."""

HEALTH_MART: Final = "reporting.rpt_data_health"


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

    def widget(self, spec: Spec, question: Question) -> Widget:
        """The answer to a widget's spec, from memory where this door was asked before."""
        return memory.widget(self._key(spec.model_dump_json(), question), self, spec, question)

    def live_widget(self, spec: Spec, question: Question) -> Widget:
        """The answer of the core as it is now, asked every time."""
        with self.live_desk() as desk:
            return set_narrowed(desk, spec, question.period, question.where)

    def targets(self, question: Question) -> dict[str, Target]:
        """What metrics (by name or id) should reach in the period, where it is one month."""
        if question.period.unit is not Grain.MONTH:
            return {}
        return memory.targets(self._key("targets", question), self, question)

    def choices(self, dimension: str, metrics: Sequence[str]) -> tuple[Choice, ...]:
        """The values of a dimension that figures of the last year have, by name."""
        key = (*self._door_key, "choices", dimension, tuple(metrics))
        return memory.choices(key, self, dimension, tuple(metrics))

    def choice(self, dimension: str, value: str) -> Choice:
        """A value that was clicked, with what people read for it."""
        names = Names(self.subject)
        names.learn((dimension,), [{dimension: value}])
        return Choice(value, names.text(dimension, value, self.locale))

    def rows(self, metric: str, question: Question) -> tuple[Behind, ...]:
        """The rows behind a figure, from memory where this door was asked before."""
        return memory.rows(self._key(f"rows {metric}", question), self, metric, question)

    def sparks(self, tiles: Figures, question: Question) -> dict[str, tuple[float, ...]]:
        """The run-up to every tile, oldest first, up to the tile's period; for drawing only."""
        metrics = tuple(tiles.metrics)
        return memory.sparks(self._key(f"sparks {metrics}", question), self, metrics, question)

    def measures(self, names: tuple[str, ...]) -> dict[str, Measure]:
        """The metrics of those names, in words."""
        return memory.measures((*self._door_key, names), self, names)

    def definition(self, metric: str, question: Question) -> Definition:
        """What a figure means and how it is computed."""
        return memory.definition(self._key(metric, question), self, metric, question)

    def branches(self) -> tuple[Branch, ...]:
        """The branches of the door, by name."""
        return memory.branches(self._door_key, self)

    def health(self) -> tuple[Stream, ...]:
        """The streams of outside systems, where the viewer may know of them."""
        return memory.health(self._door_key, self) if HEALTH_MART in self.relations else ()

    def catalogue(self) -> dict[str, list[tuple[str, str]]]:
        """Every table of the door with the names and types of its columns."""
        return memory.catalogue(self._door_key, self)

    def file(self, page: PageSpec, question: Question, scope: str, kind: str) -> RenderedFile:
        """What the page shows, as a file; raises `ActionRefused`, `FormatUnknown`."""
        require(self.subject, Resource.REPORT, Action.EXPORT)
        live = page.page.live
        spec = ReportSpec.model_validate(page.model_dump(exclude={"page"}))

        def seen(_desk: Desk, widget: Spec, _period: Period) -> Widget:
            ask = self.live_widget if widget.name in live else self.widget
            return ask(widget, question)

        with self.desk() as desk:
            result = compose(spec, desk, self.reader, question.period, set_as=seen)
        header = result.header.model_copy(update={"scope": scope})
        return render(result.model_copy(update={"header": header}), kind)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The desk at the viewer's door."""
        with self.door_of_run() as door:
            yield desk_of(
                door,
                timezone=self.reader.timezone,
                locale=self.locale,
                currency=self.reader.currency,
                names=Names(self.subject),
            )

    @contextmanager
    def live_desk(self) -> Iterator[Desk]:
        """The desk at the core itself, under the viewer's row-level security."""
        with live_door(self.subject) as door:
            known = catalogue(door.publication.definitions)
            yield Desk(
                ask=partial(answer, door),
                metric=known.get,
                may_read=lambda metric: known.needs_of(metric) <= door.relations,
                publication=LiveState(door.publication),
                as_of_on=clock.local_date(door.publication.as_of, self.reader.timezone),
                timezone=self.reader.timezone,
                show=self.show,
                names=Names(self.subject),
                branches=lambda: branches(door, Dialect.LIVE).all,
            )

    def now(self) -> datetime:
        """The instant that live figures take for now."""
        with self.live_desk() as desk:
            return desk.publication.as_of

    def explained(self, metric: str, question: Question) -> str:
        """The SQL behind a figure, as it runs at the door."""
        with self.door_of_run() as door:
            return explain(door, metric, _query(door, metric, question)).sql

    def read_rows(self, metric: str, question: Question) -> tuple[Behind, ...]:
        """The rows behind a figure, read from the door."""
        with self.door_of_run() as door:
            return rows_behind(door, metric, _query(door, metric, question), ROWS_SHOWN)

    def read_targets(self, question: Question) -> dict[str, Target]:
        """Targets of a month, read from the core."""
        with tenant_session(self.subject) as session:
            return targets_of(
                session,
                self.subject,
                grain=PeriodGrain.MONTH,
                period_on=question.period.start,
                location_id=UUID(question.branch.id) if question.branch else None,
            )

    def read_branches(self) -> tuple[Branch, ...]:
        """The branches, read from the door."""
        with self.door_of_run() as door:
            found = branches(door, Dialect.DOOR).all
        return tuple(sorted(found, key=lambda branch: branch.name))

    def read_health(self) -> tuple[Stream, ...]:
        """The health of outside systems, read from the door."""
        query = (
            "select provider, stream, records_processed, records_quarantined, last_success_at"
            f' from "lake".{HEALTH_MART} order by provider, stream'
        )
        with self.door_of_run() as door:
            return tuple(Stream(*row) for row in door.sql(query).rows())

    def read_catalogue(self) -> dict[str, list[tuple[str, str]]]:
        """The tables of the door, read from it."""
        query = (
            "select table_schema || '.' || table_name, column_name, lower(data_type)"
            " from information_schema.columns where table_catalog = 'lake'"
            " order by 1, ordinal_position"
        )
        found: dict[str, list[tuple[str, str]]] = {}
        with self.door_of_run() as door:
            for relation, column, kind in door.sql(query).rows():
                found.setdefault(relation, []).append((column, kind))
        return found

    @contextmanager
    def door_of_run(self) -> Iterator[Door]:
        """The one door of this script run, or one of its own when the run is over."""
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
        relations=openings(views),
    )


def _query(door: Door, metric: str, question: Question) -> MetricQuery:
    asked = catalogue(door.publication.definitions).get(metric)
    return MetricQuery((metric,), question.period, where=applying([asked], question.where))
