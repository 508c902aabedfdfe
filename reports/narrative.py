"""Figures in words: what changed and where, and what changed in figures the reader already has.

Every number of a sentence is also a cell of the widget, so that it can be checked like any other.
"""

from collections.abc import Sequence
from decimal import Decimal

from reports.desk import Desk
from reports.result import Cell, Compared, Figures, Key, ReportResult, Row, Span
from reports.setting import ask, ask_compared, figures, key_text, keys_of, totals, with_compared
from reports.spec import ChangesSpec, ComparisonName, NarrativeSpec
from reports.words import word
from transforms.metrics.arithmetic import difference
from transforms.metrics.catalogue import Metric
from transforms.metrics.period import Period
from transforms.metrics.query import UNASSIGNED
from transforms.metrics.result import MetricResult
from transforms.metrics.result import Row as Answered

WHOLE = ("tiles", "gauge", "narrative", "table", "ageing")
"""Kinds of widgets that show metrics over their whole period."""

MOVERS = 2
"""Values of a dimension that are named as having moved a figure."""


def narrative(
    desk: Desk, spec: NarrativeSpec, period: Period, metrics: Sequence[Metric], notes: Sequence[str]
) -> Figures:
    """A sentence per metric: its level, its change, and who moved it most."""
    plain, compared = ask_compared(desk, spec, metrics, period, ())
    basis = spec.compare[0]
    span = _span(desk, compared[basis])
    cells = totals(desk, spec, metrics, plain, compared)
    rows, sentences = [Row(kind="total", cells=cells)], []
    for metric, cell in zip(metrics, cells, strict=True):
        sentence = _sentence(desk, metric, cell, span)
        if spec.by and metric.additivity != "non_additive":
            movers = _movers(desk, spec, metric, period, basis, cell)
            rows += movers
            sentence += _named(desk, movers)
        sentences.append(sentence)
    widget = figures(desk, spec, period, metrics, rows, notes, by=spec.by, compared=compared)
    return widget.model_copy(update={"sentences": tuple(sentences)})


def _span(desk: Desk, result: MetricResult) -> Span:
    assert result.compared_period is not None
    return desk.span(result.compared_period)


def _sentence(desk: Desk, metric: Metric, cell: Cell, span: Span) -> str:
    label, locale = metric.label_in(desk.locale), desk.locale
    if cell.value is None:
        return word("told_unknown", locale, label=label)
    item = cell.compared[0]
    if item.value is None:
        return word("told_alone", locale, label=label, value=cell.text)
    if item.change is None:
        key = "told_from_nothing"
    elif not item.change:
        key = "told_same"
    else:
        key = "told_up" if item.change > 0 else "told_down"
    size = "" if item.change is None else desk.show.change(abs(item.change), metric.unit)
    return word(
        key, locale, label=label, value=cell.text, change=size.removeprefix("+"),
        span=span.text, earlier=_plain(desk, metric, item),
    )  # fmt: skip


def _plain(desk: Desk, metric: Metric, item: Compared) -> str:
    """The earlier figure without cents: a sentence is read, not added up."""
    return desk.show.value(item.value, metric.unit, whole=True)


def _movers(
    desk: Desk,
    spec: NarrativeSpec,
    metric: Metric,
    period: Period,
    basis: ComparisonName,
    whole: Cell,
) -> list[Row]:
    """The values that moved the figure most in its own direction, largest first."""
    moved = difference(whole.value, whole.compared[0].value) if whole.compared else None
    if not moved or not whole.compared[0].value:
        return []
    sign = 1 if moved > 0 else -1
    answered = ask(desk, (metric,), period, by=spec.by, compare=basis).rows

    def change(row: Answered) -> Decimal:
        now, before = row.values[metric.name], row.compared.get(metric.name)
        return ((now or Decimal(0)) - (before or Decimal(0))) * sign

    owned = [row for row in answered if row.keys[spec.by[0]] not in (None, UNASSIGNED)]
    # A single branch is the whole: naming it would say nothing.
    if len(owned) < 2:
        return []
    ordered = sorted(owned, key=lambda row: (-change(row), key_text(desk, spec.by[0], row)))
    rows = []
    for row in ordered[:MOVERS]:
        if change(row) <= 0:
            break
        cell = desk.cell(metric, row.values[metric.name], cents=spec.cents)
        cell = with_compared(desk, cell, metric, {basis: row.compared.get(metric.name)})
        rows.append(Row(keys=keys_of(desk, spec.by, row), cells=(cell,)))
    return rows


def _named(desk: Desk, movers: Sequence[Row]) -> str:
    """Who moved it, with the figures now and before."""
    if not movers:
        return ""
    parts = [
        word("told_mover", desk.locale, name=row.keys[0].text, value=row.cells[0].text,
             earlier=_plain(desk, desk.metric(row.cells[0].metric), row.cells[0].compared[0]))
        for row in movers
    ]  # fmt: skip
    return " " + word("told_movers", desk.locale, names=word("and", desk.locale).join(parts))


def changes(
    desk: Desk, spec: ChangesSpec, metrics: Sequence[Metric], period: Period, notes: Sequence[str]
) -> Figures:
    """Figures of the report the reader had before, where they are not what they were."""
    before = desk.before
    if before is None:
        first = (*notes, word("changes_first", desk.locale))
        return figures(desk, spec, period, metrics, (), first)
    header = before.header
    earlier = Period(header.period.start, header.period.end)
    printed = _printed(before)
    known = [metric for metric in metrics if metric.name in printed]
    now = ask(desk, known, earlier).totals if known else {}
    rows = []
    for metric in known:
        then, value = printed[metric.name], now[metric.name]
        if then == value:
            continue
        cell = with_compared(
            desk, desk.cell(metric, value, cents=spec.cents), metric, {"published": then}
        )
        key = Key(dimension="line", value=metric.name, text=metric.label_in(desk.locale))
        rows.append(Row(keys=(key,), cells=(cell,)))
    text = word(
        "changes_some" if rows else "changes_none", desk.locale, count=len(rows), all=len(known),
        period=header.period.text, publication=header.publication_id,
    )  # fmt: skip
    return figures(desk, spec, earlier, metrics, rows, (*notes, text), by=("line",))


def _printed(before: ReportResult) -> dict[str, Decimal | None]:
    """What that report said of metrics over its whole period."""
    period = before.header.period
    found: dict[str, Decimal | None] = {}
    for figure in before.figures():
        span, row = figure.widget.span, figure.row
        if (span.start, span.end) != (period.start, period.end) or figure.widget.kind not in WHOLE:
            continue
        if not row.keys or (row.kind == "total" and figure.widget.kind in ("table", "ageing")):
            found.setdefault(figure.cell.metric, figure.cell.value)
    return found
