"""Bridges: from an opening figure over signed steps to a closing one, nothing left out.

What the steps are is said in the specs; drawing the waterfall belongs to the renderers.
"""

from collections.abc import Sequence
from decimal import Decimal

from reports.desk import Desk
from reports.format import parts_that_add_up
from reports.result import Figures, Key, Row
from reports.setting import ask, figures
from reports.spec import BridgeSpec, Step
from reports.words import word
from transforms.metrics.catalogue import Metric
from transforms.metrics.period import Period
from transforms.metrics.query import Filter
from transforms.metrics.result import Value


def bridge(
    desk: Desk, spec: BridgeSpec, period: Period, metrics: Sequence[Metric], notes: Sequence[str]
) -> Figures:
    """A row for the opening, one per step, and a total row for the closing figure.

    The steps' cells hold what they add, with its sign; what they do not explain is in a note.
    """
    if len(metrics) < len(set(spec.metrics)):
        # A bridge with a hidden step would not close.
        return figures(desk, spec, period, (), (), notes)
    values: list[Value] = []
    lines: list[tuple[str, Metric, int, str]] = []
    if spec.opening is not None:
        metric = desk.metric(spec.opening)
        values.append(_value(desk, metric, period))
        lines.append((metric.name, metric, 1, metric.label_in(desk.locale)))
    for step in spec.steps:
        metric, sign = desk.metric(step.metric), -1 if step.less else 1
        value = _value(desk.only(*_filters(step)), metric, period)
        values.append(None if value is None else sign * value)
        name = "/".join([metric.name, *(v for found in step.only.values() for v in found)])
        lines.append((name, metric, sign, step.title(desk.locale)))
    closing = desk.metric(spec.closing)
    end = _value(desk, closing, period)
    shown = values if spec.cents else parts_that_add_up(values, 0)
    rows = [
        Row(
            keys=(Key(dimension="step", value=name, text=title),),
            cells=(desk.cell(metric, value, cents=spec.cents, shown=part),),
            sign=1 if sign == 1 else -1,
            kind="opening" if name == spec.opening else "row",
        )
        for (name, metric, sign, title), value, part in zip(lines, values, shown, strict=True)
    ]
    key = Key(dimension="step", value=closing.name, text=closing.label_in(desk.locale))
    rows.append(Row(kind="total", keys=(key,), cells=(desk.cell(closing, end, cents=spec.cents),)))
    known = sum((value for value in values if value is not None), Decimal(0))
    rest = known - (end or Decimal(0))
    text = desk.show.value(rest, closing.unit)
    notes = (*notes, word("unexplained", desk.locale, amount=text))
    return figures(desk, spec, period, metrics, rows, notes, by=("step",))


def _value(desk: Desk, metric: Metric, period: Period) -> Value:
    return ask(desk, (metric,), period).totals[metric.name]


def _filters(step: Step) -> tuple[Filter, ...]:
    return tuple(Filter(name, values) for name, values in step.only.items())
