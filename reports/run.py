"""Running a report: its spec answered widget by widget at the reader's own door.

Turning the result into files belongs to `reports.render`, sending it to `reports.delivery`.
"""

from collections.abc import Callable
from datetime import date

from crm_core.security.permissions import Action, Resource, Subject, require
from reports.desk import Desk, Names, PublishedDoor, desk_of
from reports.reader import Reader, reader_of, staff_names
from reports.result import Figures, Header, Measure, ReportResult, Section, Widget
from reports.spec import FactsSpec, FiguresSpec, ReportSpec, TextSpec, load_report
from reports.widgets import set_widget
from transforms.lake.door import open_door
from transforms.metrics.period import Period, parse_period
from transforms.metrics.query import Filter

SetWidget = Callable[[Desk, FiguresSpec | FactsSpec | TextSpec, Period], Widget]
"""How a widget is answered at a desk."""


def run_report(
    subject: Subject,
    name: str,
    period: str | Period | None = None,
    locale: str = "en-CA",
    publication_id: int | None = None,
) -> ReportResult:
    """The report of that name as `subject` may see it, from one publication.

    `period` is in the words of `parse_period`; without one the report's own. Raises
    `ReportNotFound`, `SpecInvalid`, `LocaleUnknown`, `ActionRefused`, and what door and metric
    layer raise.
    """
    spec = load_report(name)
    require(subject, Resource.REPORT, Action.READ)
    reader = reader_of(subject)
    split = {name for widget in spec.widgets for name in getattr(widget, "by", ())}
    with open_door(subject, publication_id) as door:
        desk = desk_of(
            door,
            timezone=reader.timezone,
            locale=locale,
            currency=reader.currency,
            names=staff_names(door, subject, split),
        )
        return compose(spec, desk, reader, as_period(period or spec.period, desk.as_of_on))


def as_period(period: str | Period, as_of_on: date) -> Period:
    """A period as such, or in words; raises `UnknownPeriod`."""
    return parse_period(period, as_of_on) if isinstance(period, str) else period


def compose(
    spec: ReportSpec, desk: Desk, reader: Reader, period: Period, set_as: SetWidget = set_widget
) -> ReportResult:
    """Every widget of the spec, answered at the desk, under the header."""
    sections = tuple(
        Section(
            name=section.name,
            title=section.title(desk.locale),
            widgets=tuple(set_as(desk, widget, period) for widget in section.widgets),
        )
        for section in spec.sections
    )
    return ReportResult(
        header=_header(spec, desk, reader, period),
        sections=sections,
        measures=_measures(desk, sections),
    )


def build_widget(
    door: PublishedDoor,
    widget: FiguresSpec | FactsSpec | TextSpec,
    period: str | Period,
    *,
    timezone: str,
    locale: str = "en-CA",
    currency: str = "CAD",
    as_of_on: date | None = None,
    where: tuple[Filter, ...] = (),
    names: Names | None = None,
) -> Widget:
    """One widget at an open door, for the pages of the app; `where` narrows it further."""
    desk = desk_of(
        door,
        timezone=timezone,
        locale=locale,
        currency=currency,
        as_of_on=as_of_on,
        where=where,
        names=names,
    )
    return set_widget(desk, widget, as_period(period, desk.as_of_on))


def _header(spec: ReportSpec, desk: Desk, reader: Reader, period: Period) -> Header:
    made = desk.publication
    return Header(
        report=spec.name,
        title=spec.title(desk.locale),
        description=spec.description(desk.locale),
        company=reader.company,
        scope=reader.scope_text(desk.locale),
        locale=desk.locale,
        currency=desk.show.currency,
        period=desk.span(period),
        as_of=made.as_of,
        as_of_text=desk.show.instant(made.as_of, desk.timezone),
        timezone=desk.timezone,
        publication_id=made.id,
        definitions=made.definitions,
        generated_for=reader.sign_in,
        paper=spec.paper,
        formats=spec.formats,
    )


def _measures(desk: Desk, sections: tuple[Section, ...]) -> tuple[Measure, ...]:
    names = {
        name
        for section in sections
        for widget in section.widgets
        if isinstance(widget, Figures)
        for name in widget.metrics
    }
    return tuple(desk.measure(name) for name in sorted(names))
