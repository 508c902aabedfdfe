"""Running a report: its spec answered widget by widget at the reader's own door.

Turning the result into files belongs to `reports.render`, sending it to `reports.delivery`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from crm_core import clock
from crm_core.security.permissions import Action, Resource, Subject, require
from reports.capsule import digest_of
from reports.desk import Desk, desk_of
from reports.errors import ParameterUnknown, PeriodUnfit
from reports.named import Names
from reports.reader import Reader, reader_of
from reports.result import Figures, Header, Measure, ReportResult, Section, Widget
from reports.shelf import find
from reports.spec import FactsSpec, FiguresSpec, ReportSpec, SectionSpec, TextSpec
from reports.widgets import set_widget
from reports.words import dimension_word
from transforms.lake.door import open_door
from transforms.metrics.period import Period, parse_period
from transforms.metrics.query import Filter

Before = Callable[[Period], ReportResult | None]
"""From the period of a report to the report its reader had before."""


def no_report(_: Period) -> ReportResult | None:
    """No report before: the first of its kind."""
    return None


NOTHING: Mapping[str, str] = MappingProxyType({})
SetWidget = Callable[[Desk, FiguresSpec | FactsSpec | TextSpec, Period], Widget]
"""How a widget is answered at a desk."""


def run_report(
    subject: Subject,
    report: str | ReportSpec,
    period: str | Period | None = None,
    locale: str = "en-CA",
    publication_id: int | None = None,
    *,
    parameters: Mapping[str, str] = NOTHING,
    before: Before = no_report,
) -> ReportResult:
    """A report, by its name or its spec, as `subject` may see it, from one publication.

    `period` is in the words of `parse_period`; without one the report's own. `parameters` narrow
    it by the dimensions its spec allows; `before` finds the report the reader had last. Raises
    `ReportNotFound`, `SpecInvalid`, `LocaleUnknown`, `ActionRefused`, `PeriodUnfit`,
    `ParameterUnknown`, and what door and metric layer raise.
    """
    spec = find(subject, report).require_spec() if isinstance(report, str) else report
    require(subject, Resource.REPORT, Action.READ)
    filters = _filters(spec, parameters)
    reader = reader_of(subject)
    with open_door(subject, publication_id) as door:
        today = clock.local_date(door.publication.as_of, reader.timezone)
        about = as_period(period or spec.period, today)
        desk = desk_of(
            door,
            timezone=reader.timezone,
            locale=locale,
            currency=reader.currency,
            where=filters,
            names=Names(subject),
            before=before(about),
        )
        return compose(spec, desk, reader, about)


def as_period(period: str | Period, as_of_on: date) -> Period:
    """A period as such, or in words; raises `UnknownPeriod`."""
    return parse_period(period, as_of_on) if isinstance(period, str) else period


def _filters(spec: ReportSpec, parameters: Mapping[str, str]) -> tuple[Filter, ...]:
    for name in parameters:
        if name not in spec.parameters:
            known = ", ".join(spec.parameters) or "nothing"
            raise ParameterUnknown(f"{spec.name} cannot be narrowed by {name!r}, only by {known}")
    return tuple(Filter.parse(f"{name}={value}") for name, value in sorted(parameters.items()))


def compose(
    spec: ReportSpec, desk: Desk, reader: Reader, period: Period, set_as: SetWidget = set_widget
) -> ReportResult:
    """Every widget of the spec, answered at the desk, under the header."""
    if spec.whole is not None and period.unit != spec.whole:
        raise PeriodUnfit(f"{spec.name} is made for one {spec.whole}; {period} is none")
    sections = [
        Section(
            name=section.name,
            title=section.title(desk.locale),
            widgets=tuple(_answered(desk, section, period, set_as)),
        )
        for section in spec.sections
    ]
    kept = tuple(section for section in sections if section.widgets)
    return ReportResult(
        header=_header(spec, desk, reader, period),
        sections=kept,
        measures=_measures(desk, kept),
    )


def _answered(
    desk: Desk, section: SectionSpec, period: Period, set_as: SetWidget
) -> Iterator[Widget]:
    """The section's widgets, without those that hide while they have nothing to show."""
    for spec in section.widgets:
        widget = set_as(desk, spec, period)
        empty = isinstance(widget, Figures) and not any(
            cell.value for row in widget.rows for cell in row.cells
        )
        if not (empty and spec.when_empty == "hide"):
            yield widget


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
        before=digest_of(desk.before) if desk.before else "",
        filters=" · ".join(
            f"{dimension_word(f.dimension, desk.locale)}: "
            + ", ".join(desk.names.text(f.dimension, value, desk.locale) for value in f.values)
            for f in desk.where
        ),
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
