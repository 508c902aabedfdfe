"""Which filters of a page narrow which widget, and what the widget then says of the others.

A widget split by a dimension keeps all of its values: it is where the choice is made.
"""

from collections.abc import Sequence

from app.words import word
from reports.desk import Desk
from reports.result import Figures, Widget
from reports.spec import FactsSpec, FiguresSpec, LineSpec, TextSpec
from reports.widgets import set_widget
from reports.words import dimension_word
from transforms.metrics.catalogue import Metric
from transforms.metrics.period import Period
from transforms.metrics.query import Filter

Spec = FiguresSpec | FactsSpec | TextSpec


def set_narrowed(desk: Desk, spec: Spec, period: Period, where: Sequence[Filter]) -> Widget:
    """The widget under the filters it knows.

    Figures that do not know a filter are left out beside others that do, and named; where none
    does, the filter is left out and named.
    """
    if isinstance(spec, FactsSpec | TextSpec):
        return set_widget(desk, spec, period)
    own = split_of(spec)
    asked = [each for each in where if each.dimension not in own]
    metrics = [desk.metric(name) for name in spec.metrics]
    kept = [metric for metric in metrics if all(_knows(metric, each) for each in asked)]
    notes: list[str] = []
    if not kept:
        usable = applying(metrics, asked)
        unknown = [dimension_word(f.dimension, desk.locale) for f in asked if f not in usable]
        notes.append(word("not_narrowed", desk.locale, filters=", ".join(unknown)))
        kept, asked = metrics, list(usable)
    elif len(kept) < len(metrics):
        names = ", ".join(m.label_in(desk.locale) for m in metrics if m not in kept)
        notes.append(word("left_out", desk.locale, metrics=names))
    made = _in_order(set_widget(desk.only(*asked), _only(desk, spec, kept, asked), period), spec)
    if isinstance(made, Figures) and notes:
        return made.model_copy(update={"notes": (*made.notes, *notes)})
    return made


def _in_order(made: Widget, spec: FiguresSpec) -> Widget:
    """Rows by the number in their key, where that is what they are about: 9 before 10."""
    if not isinstance(made, Figures) or len(made.by) != 1 or getattr(spec, "sort", None):
        return made
    if not all(row.keys[0].value and row.keys[0].value.isdigit() for row in made.data_rows):
        return made
    ordered = sorted(made.rows, key=lambda row: (row.kind == "total", int(row.keys[0].value or 0)))
    return made.model_copy(update={"rows": tuple(ordered)})


def applying(metrics: Sequence[Metric], where: Sequence[Filter]) -> tuple[Filter, ...]:
    """The filters that every one of the metrics knows."""
    return tuple(each for each in where if all(_knows(metric, each) for metric in metrics))


def split_of(spec: FiguresSpec) -> tuple[str, ...]:
    """The dimensions a widget is split by."""
    by: str | tuple[str, ...] = getattr(spec, "by", ())
    return (by,) if isinstance(by, str) else by


def _only(
    desk: Desk, spec: FiguresSpec, kept: Sequence[Metric], asked: Sequence[Filter]
) -> FiguresSpec:
    names = {metric.name for metric in kept}
    update: dict[str, object] = {}
    if len(names) < len(spec.metrics):
        update["metrics"] = tuple(name for name in spec.metrics if name in names)
        if getattr(spec, "sort", None) not in (None, *names):
            update["sort"] = None
    if isinstance(spec, LineSpec) and spec.forecast is not None:
        ahead = desk.metric(spec.forecast)
        if not all(_knows(ahead, each) for each in asked):
            update["forecast"] = None
    return spec.model_copy(update=update) if update else spec


def _knows(metric: Metric, condition: Filter) -> bool:
    return condition.dimension in metric.dimensions
