"""How an answer of the metric layer is set: keys, cells, comparisons, and the figures around them.

Which questions a widget asks is said in `reports.widgets` and `reports.timeline`.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from reports.desk import Desk
from reports.result import Basis, Cell, Compared, Figures, Key, Row, Span, Tone
from reports.spec import ComparisonName, FiguresSpec
from reports.words import dimension_word, word
from transforms.metrics.arithmetic import difference, relative_change, settle
from transforms.metrics.catalogue import BRANCH, LOCATION_DIMENSIONS, Metric
from transforms.metrics.errors import UnknownMetric
from transforms.metrics.period import Grain, Period
from transforms.metrics.query import Comparison, Filter, MetricQuery
from transforms.metrics.result import MetricResult, Value
from transforms.metrics.result import Row as Answered

Answers = Mapping[ComparisonName, MetricResult]
"""Per comparison, the answer that holds the earlier figures beside its own."""


def ask(
    desk: Desk,
    metrics: Iterable[Metric],
    period: Period,
    *,
    by: tuple[str, ...] = (),
    grain: Grain | None = None,
    compare: ComparisonName | None = None,
) -> MetricResult:
    """One question at the desk, under its filters; the names of what is in the answer with it."""
    names = tuple(metric.name for metric in metrics)
    comparison = Comparison(compare) if compare else None
    found = desk.ask(MetricQuery(names, period, by, grain, desk.where, comparison))
    desk.names.learn(by, [row.keys for row in found.rows])
    return found


def ask_compared(
    desk: Desk, spec: FiguresSpec, metrics: Sequence[Metric], period: Period, by: tuple[str, ...]
) -> tuple[MetricResult, dict[ComparisonName, MetricResult]]:
    """The answer, and per comparison of the spec the same answer beside that earlier period."""
    compared = {basis: ask(desk, metrics, period, by=by, compare=basis) for basis in spec.compare}
    plain = next(iter(compared.values()), None) or ask(desk, metrics, period, by=by)
    return plain, compared


def like_for_like(
    desk: Desk, period: Period, compare: Sequence[ComparisonName]
) -> tuple[Filter, str]:
    """The branches that were open for all of the period and of those compared with; and a note.

    Among the branches open in the period at all, and under the filters of the desk.
    """
    periods = [period, *(Comparison(basis).of(period) for basis in compare)]
    about = [each for each in desk.where if each.dimension in LOCATION_DIMENSIONS]
    shown = [
        branch
        for branch in desk.branches()
        if branch.was_open(period) and all(branch.matches(each) for each in about)
    ]
    kept = [branch for branch in shown if all(map(branch.was_open_throughout, periods))]
    note = word("like_for_like", desk.locale, count=len(kept), all=len(shown))
    if left_out := ", ".join(branch.name for branch in shown if branch not in kept):
        note += " " + word("left_out", desk.locale, names=left_out)
    return Filter(BRANCH, tuple(branch.code for branch in kept)), note


def figures(
    desk: Desk,
    spec: FiguresSpec,
    period: Period,
    metrics: Sequence[Metric],
    rows: Sequence[Row],
    notes: Sequence[str],
    *,
    by: tuple[str, ...] = (),
    compared: Answers | None = None,
) -> Figures:
    """The widget around its rows."""
    spans: dict[ComparisonName, Span] = {
        basis: desk.span(result.compared_period)
        for basis, result in (compared or {}).items()
        if result.compared_period is not None
    }
    return Figures(
        kind=spec.kind,
        name=spec.name,
        title=spec.title(desk.locale),
        span=desk.span(period),
        metrics=tuple(metric.name for metric in metrics),
        by=by,
        by_labels=tuple(dimension_word(name, desk.locale) for name in by),
        rows=tuple(rows),
        compared_spans=spans,
        notes=tuple(notes),
    )


def keys_of(desk: Desk, by: tuple[str, ...], row: Answered) -> tuple[Key, ...]:
    """The keys of a row, with what a person reads for them."""
    return tuple(
        Key(
            dimension=name,
            value=None if (key := row.keys[name]) is None else str(key),
            text=key_text(desk, name, row),
        )
        for name in by
    )


def key_text(desk: Desk, dimension: str, row: Answered) -> str:
    """A name, a code in words, or the word for rows without a value."""
    key = row.keys[dimension]
    if dimension == "metric_name" and isinstance(key, str):
        with suppress(UnknownMetric):
            return desk.metric(key).label_in(desk.locale)
    return row.labels.get(dimension) or desk.names.text(dimension, key, desk.locale)


def totals(
    desk: Desk, spec: FiguresSpec, metrics: Sequence[Metric], plain: MetricResult, compared: Answers
) -> tuple[Cell, ...]:
    """A cell per metric over the whole period, as the metric layer answered it."""
    cells = []
    for metric in metrics:
        cell = desk.cell(metric, plain.totals[metric.name], cents=spec.cents)
        earlier = {basis: r.compared_totals.get(metric.name) for basis, r in compared.items()}
        cells.append(with_compared(desk, cell, metric, earlier))
    return tuple(cells)


def with_compared(desk: Desk, cell: Cell, metric: Metric, earlier: Mapping[Any, Value]) -> Cell:
    """The cell beside the figures of other bases, and how far it is from each."""
    compared = tuple(
        _compared(desk, metric, cell.value, value, basis) for basis, value in earlier.items()
    )
    return cell.model_copy(update={"compared": (*cell.compared, *compared)}) if compared else cell


def _compared(desk: Desk, metric: Metric, value: Value, earlier: Value, basis: Basis) -> Compared:
    """A difference for rates and durations, else the share of the earlier figure."""
    if metric.unit in ("percent", "days", "hours", "minutes", "seconds"):
        change = difference(value, earlier)
    else:
        change = settle(relative_change(value, earlier), "ratio")
    made = Compared(
        basis=basis,
        value=earlier,
        text=desk.show.value(earlier, metric.unit),
        change=change,
        change_text=desk.show.change(change, metric.unit),
        tone=_tone(metric, change),
    )
    # What is shown as no change is neither good nor bad.
    return made if made.is_seen else made.model_copy(update={"tone": "neutral"})


def _tone(metric: Metric, change: Value) -> Tone:
    if not change or metric.direction == "none":
        return "neutral"
    return "good" if (change > 0) == (metric.direction == "up") else "bad"
