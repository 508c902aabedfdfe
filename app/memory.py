"""Answers kept in memory, shared by everybody with the same door at the same publication.

The key alone decides, arguments with an underscore are not part of it; what is asked, and of which
door, is said in `app.source`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import streamlit as st

from app.narrow import Spec, applying, set_narrowed
from app.question import Choice, Definition, Question, Stream
from crm_core.services.reporting.marks import Target
from reports.result import Figures, Measure, Widget
from reports.spec import TableSpec
from transforms.metrics.branches import Branch
from transforms.metrics.period import Grain, Period, floor, shift
from transforms.metrics.query import MetricQuery
from transforms.metrics.result import Value
from transforms.metrics.rows import Behind

if TYPE_CHECKING:
    from app.source import Source

KEPT: Final = 2000
"""Answers kept in memory, over all users; the configuration bounds their size as well."""

FRESH: Final = "10m"
"""Names and zones are read from the core: none is shown longer than this after a change."""

SPARK_POINTS: Final = 13
LONGEST_WEEKLY: Final = 13
"""Sparklines of periods up to this many days run by week, of longer ones by month."""


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def widget(key: tuple[object, ...], _source: "Source", _spec: Spec, _question: Question) -> Widget:
    with _source.desk() as desk:
        return set_narrowed(desk, _spec, _question.period, _question.where)


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def sparks(
    key: tuple[object, ...], _source: "Source", _metrics: tuple[str, ...], _question: Question
) -> dict[str, tuple[float, ...]]:
    grain = Grain.WEEK if _question.period.days <= LONGEST_WEEKLY else Grain.MONTH
    end = shift(floor(_question.period.last, grain), grain, 1)
    window = Period(shift(end, grain, -SPARK_POINTS), end)
    with _source.desk() as desk:
        known = [
            metric for metric in map(desk.metric, _metrics) if metric.finest.order <= grain.order
        ]
        if not known:
            return {}
        where = applying(known, _question.where)
        names = tuple(metric.name for metric in known)
        found = desk.ask(MetricQuery(names, window, grain=grain, where=where))
    return {name: _run_up([row.values[name] for row in found.rows]) for name in names}


def _run_up(values: Sequence[Value]) -> tuple[float, ...]:
    """The values from the first one other than nought on: before it there was no company."""
    known = [float(value) for value in values if value is not None]
    first = next((index for index, value in enumerate(known) if value), 0)
    return tuple(known[first:])


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def targets(key: tuple[object, ...], _source: "Source", _question: Question) -> dict[str, Target]:
    return _source.read_targets(_question)


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def choices(
    key: tuple[object, ...], _source: "Source", _dimension: str, _metrics: tuple[str, ...]
) -> tuple[Choice, ...]:
    today = shift(floor(_source.as_of_on, Grain.MONTH), Grain.MONTH, 1)
    year = Period(shift(today, Grain.MONTH, -12), today)
    with _source.desk() as desk:
        known = [m for m in map(desk.metric, _metrics) if desk.may_read(m)]
        splitting = [m for m in known if _dimension in m.dimensions]
        if not splitting:
            return ()
        spec = TableSpec.model_validate(
            {"kind": "table", "name": "choices", "title_en": "-", "title_fr": "-", "total": False,
             "metrics": [splitting[0].name], "by": [_dimension]}
        )  # fmt: skip
        found = set_narrowed(desk, spec, year, ())
    return (
        tuple(
            Choice(row.keys[0].value, row.keys[0].text)
            for row in found.rows
            if row.keys[0].value is not None
        )
        if isinstance(found, Figures)
        else ()
    )


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def rows(
    key: tuple[object, ...], _source: "Source", _metric: str, _question: Question
) -> tuple[Behind, ...]:
    return _source.read_rows(_metric, _question)


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def measures(
    key: tuple[object, ...], _source: "Source", _names: tuple[str, ...]
) -> dict[str, Measure]:
    with _source.desk() as desk:
        return {name: desk.measure(name) for name in _names}


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def definition(
    key: tuple[object, ...], _source: "Source", _metric: str, _question: Question
) -> Definition:
    measure = _source.measures((_metric,))[_metric]
    return Definition(measure, _source.explained(_metric, _question))


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def branches(key: tuple[object, ...], _source: "Source") -> tuple[Branch, ...]:
    return _source.read_branches()


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def health(key: tuple[object, ...], _source: "Source") -> tuple[Stream, ...]:
    return _source.read_health()


@st.cache_data(max_entries=KEPT, ttl=FRESH, show_spinner=False)
def catalogue(key: tuple[object, ...], _source: "Source") -> dict[str, list[tuple[str, str]]]:
    return _source.read_catalogue()
