"""Widgets over two axes and over ordered values: stacked columns, heat tables, histograms, ageing.

Tiles, tables and bars are set in `reports.widgets`, lines in `reports.timeline`.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from reports.desk import Desk
from reports.format import parts_that_add_up
from reports.result import Figures, Key, Row
from reports.setting import ask, figures, key_text, keys_of
from reports.spec import AgeingSpec, HeatSpec, HistogramSpec, StackedSpec
from reports.words import word
from transforms.metrics.arithmetic import add, ratio
from transforms.metrics.catalogue import Metric
from transforms.metrics.period import Grain, Period, shift
from transforms.metrics.query import UNASSIGNED
from transforms.metrics.result import Row as Answered
from transforms.metrics.result import Value

LAYERS = 5
"""Layers of a column that can be told apart; the rest is one layer more."""
OTHER = "other"

Order = tuple[int, Decimal, str]


def natural(desk: Desk, dimension: str, row: Answered) -> Order:
    """Numbers in their order, then words in theirs, then what has no value."""
    key = row.keys[dimension]
    if key in (None, UNASSIGNED):
        return 2, Decimal(0), ""
    text = str(key)
    # Ranges are written 0-2, 3-7, 15-30, 31+: the number they begin with says where they stand.
    if found := re.match(r"-?\d+", text):
        return 0, Decimal(found[0]), text
    return 1, Decimal(0), key_text(desk, dimension, row).casefold()


def heat(
    desk: Desk, spec: HeatSpec, period: Period, metrics: Sequence[Metric], notes: Sequence[str]
) -> Figures:
    """A row per pair of keys, the first axis in its order, then the second."""
    rows, notes = _begun(desk, _grid(desk, spec, period, metrics), notes)
    widget = figures(desk, spec, period, metrics, rows, notes, by=spec.by)
    return widget.model_copy(update={"grain": spec.grain})


def stacked(
    desk: Desk, spec: StackedSpec, period: Period, metrics: Sequence[Metric], notes: Sequence[str]
) -> Figures:
    """Layers are the metrics, or the values of `by`: the largest ones, and all others together."""
    if not spec.by or spec.grain is None:
        rows = _grid(desk, spec, period, metrics)
    else:
        rows = _layers(desk, spec, period, metrics[0], Grain(spec.grain))
    rows, notes = _begun(desk, rows, notes)
    widget = figures(desk, spec, period, metrics, rows, notes, by=spec.by)
    return widget.model_copy(update={"grain": spec.grain})


def _begun(desk: Desk, rows: list[Row], notes: Sequence[str]) -> tuple[list[Row], Sequence[str]]:
    """The rows from the first bucket with a figure on, over all groups alike."""
    with_bucket = [(row.keys[-1].on, row) for row in rows]
    starts = [on for on, row in with_bucket if on and any(cell.value for cell in row.cells)]
    every = [on for on, _ in with_bucket if on]
    if not starts or min(starts) == min(every):
        return rows, notes
    first = min(starts)
    text = next(row.keys[-1].text for on, row in with_bucket if on == first)
    kept = [row for on, row in with_bucket if on and on >= first]
    return kept, (*notes, word("begins", desk.locale, start=text))


def histogram(
    desk: Desk, spec: HistogramSpec, period: Period, metrics: Sequence[Metric], notes: Sequence[str]
) -> Figures:
    """A row per value of the dimension, in its natural order."""
    rows = _grid(desk, spec, period, metrics)
    return figures(desk, spec, period, metrics, rows, notes, by=spec.by)


def ageing(
    desk: Desk, spec: AgeingSpec, rows: Sequence[Row], widget: Figures, metrics: Sequence[Metric]
) -> Figures:
    """The table of the buckets with the share of each in the whole; shares add up to all."""
    total = next((row for row in rows if row.kind == "total"), None)
    if total is None:
        return widget
    values = [cell.value or Decimal(0) for cell in total.cells]
    whole = sum(values, Decimal(0))
    if not whole or any(metric.additivity == "non_additive" for metric in metrics):
        return widget
    parts = parts_that_add_up([(ratio(value, whole) or Decimal(0)) * 100 for value in values], 1)
    shares = tuple(desk.show.percent(part / 100) for part in parts if part is not None)
    return widget.model_copy(update={"shares": shares})


def _grid(
    desk: Desk,
    spec: HeatSpec | StackedSpec | HistogramSpec,
    period: Period,
    metrics: Sequence[Metric],
) -> list[Row]:
    by = spec.by
    grain = Grain(spec.grain) if not isinstance(spec, HistogramSpec) and spec.grain else None
    answered = ask(desk, metrics, period, by=by, grain=grain).rows

    def order(row: Answered) -> tuple[object, ...]:
        places: list[object] = [natural(desk, name, row) for name in by]
        return (*places, _start(row, grain)) if grain else tuple(places)

    return [
        Row(
            keys=(*keys_of(desk, by, row), *_bucket(desk, row, grain)),
            cells=tuple(desk.cell(m, row.values[m.name], cents=spec.cents) for m in metrics),
            is_complete=grain is None or _ended(desk, row, grain),
        )
        for row in sorted(answered, key=order)
    ]


def _layers(
    desk: Desk, spec: StackedSpec, period: Period, metric: Metric, grain: Grain
) -> list[Row]:
    """Rows of (value, bucket); values beyond the largest are added up as one."""
    by = spec.by[0]
    whole = ask(desk, (metric,), period, by=spec.by).rows
    sized = sorted(whole, key=lambda row: -abs(row.values[metric.name] or Decimal(0)))
    # One more layer is better named than called "other".
    kept = sized if len(sized) <= LAYERS + 1 else sized[:LAYERS]
    names = [row.keys[by] for row in kept]
    answered = ask(desk, (metric,), period, by=spec.by, grain=grain).rows
    rows = []
    for name in names:
        own = sorted((r for r in answered if r.keys[by] == name), key=lambda r: _start(r, grain))
        rows += [
            _layer(desk, spec, metric, keys_of(desk, spec.by, row), row, grain,
                   row.values[metric.name])
            for row in own
        ]  # fmt: skip
    rest = [row for row in answered if row.keys[by] not in names]
    for start in sorted({_start(row, grain) for row in rest}):
        same = [row for row in rest if _start(row, grain) == start]
        value = add(metric, [row.values[metric.name] for row in same], "groups")
        other = Key(dimension=by, value=OTHER, text=word("other", desk.locale))
        rows.append(_layer(desk, spec, metric, (other,), same[0], grain, value))
    return rows


def _layer(
    desk: Desk,
    spec: StackedSpec,
    metric: Metric,
    keys: tuple[Key, ...],
    row: Answered,
    grain: Grain,
    value: Value,
) -> Row:
    return Row(
        keys=(*keys, *_bucket(desk, row, grain)),
        cells=(desk.cell(metric, value, cents=spec.cents),),
        is_complete=_ended(desk, row, grain),
    )


def _start(row: Answered, grain: Grain) -> date:
    start = row.keys[grain.value]
    assert isinstance(start, date)
    return start


def _bucket(desk: Desk, row: Answered, grain: Grain | None) -> tuple[Key, ...]:
    if grain is None:
        return ()
    start = _start(row, grain)
    text = desk.show.bucket(start, grain.value)
    return (Key(dimension=grain.value, on=start, text=text),)


def _ended(desk: Desk, row: Answered, grain: Grain) -> bool:
    return shift(_start(row, grain), grain, 1) <= desk.as_of_on
