"""From a widget's spec to its typed result: which questions to ask, in which order to set rows.

Arithmetic over metrics belongs to the metric layer; cells and comparisons are set in `setting`.
"""

from collections.abc import Sequence
from decimal import Decimal

from reports.bridge import bridge
from reports.desk import Desk
from reports.format import parts_that_add_up
from reports.narrative import changes, narrative
from reports.result import Cell, Fact, Facts, Figures, Key, Paragraph, Row, Widget
from reports.setting import (
    Answers,
    ask,
    ask_compared,
    figures,
    key_text,
    keys_of,
    like_for_like,
    totals,
    with_compared,
)
from reports.shapes import ageing, heat, histogram, stacked
from reports.spec import (
    AgeingSpec,
    BarSpec,
    BridgeSpec,
    ChangesSpec,
    FactsSpec,
    FiguresSpec,
    GaugeSpec,
    HeatSpec,
    HistogramSpec,
    LineSpec,
    NarrativeSpec,
    ReconciliationSpec,
    StackedSpec,
    TableSpec,
    TextSpec,
    TilesSpec,
    Window,
)
from reports.timeline import line
from reports.words import dimension_word, word
from transforms.metrics.arithmetic import add
from transforms.metrics.catalogue import Metric
from transforms.metrics.period import Grain, Period, floor, shift
from transforms.metrics.query import UNASSIGNED
from transforms.metrics.result import MetricResult, Value
from transforms.metrics.result import Row as Answered


def set_widget(desk: Desk, spec: FiguresSpec | FactsSpec | TextSpec, period: Period) -> Widget:
    """The typed widget of a spec for the report's period.

    Metrics whose marts are not in the door are left out and named in a note. Raises what the
    metric layer raises: `UnknownMetric`, `DimensionUnknown`, `CannotBeAdded`, …
    """
    match spec:
        case TextSpec():
            text = spec.text(desk.locale)
            return Paragraph(name=spec.name, title=spec.title(desk.locale), text=text)
        case FactsSpec():
            return _facts(desk, spec)
    allowed, notes = _allowed(desk, spec)
    asked = _period_of(desk, spec, period)
    if not allowed:
        return figures(desk, spec, asked, (), (), notes)
    match spec:
        case TilesSpec() | GaugeSpec():
            return _tiles(desk, spec, asked, allowed, notes)
        case TableSpec() | BarSpec() | AgeingSpec():
            return _ranked(desk, spec, asked, allowed, notes)
        case LineSpec():
            return line(desk, spec, asked, allowed, notes)
        case StackedSpec():
            return stacked(desk, spec, asked, allowed, notes)
        case HeatSpec():
            return heat(desk, spec, asked, allowed, notes)
        case HistogramSpec():
            return histogram(desk, spec, asked, allowed, notes)
        case BridgeSpec():
            return bridge(desk, spec, asked, allowed, notes)
        case NarrativeSpec():
            return narrative(desk, spec, asked, allowed, notes)
        case ChangesSpec():
            return changes(desk, spec, allowed, asked, notes)
        case ReconciliationSpec():
            return _reconciliation(desk, spec, asked, allowed, notes)


def _allowed(desk: Desk, spec: FiguresSpec) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    """The metrics the reader may see, and a note that names the others."""
    metrics = [desk.metric(name) for name in spec.metrics]
    hidden = [metric.label_in(desk.locale) for metric in metrics if not desk.may_read(metric)]
    notes = (word("not_available", desk.locale, metrics=", ".join(hidden)),) if hidden else ()
    return tuple(metric for metric in metrics if desk.may_read(metric)), notes


def _period_of(desk: Desk, spec: FiguresSpec, period: Period) -> Period:
    """The period of a widget by its rule; forecasts reach further than this."""
    match spec.period:
        case "report":
            return period
        case "as_of":
            return Period(desk.as_of_on, shift(desk.as_of_on, Grain.DAY, 1))
        case Window(trailing=count, unit=unit):
            grain = Grain(unit)
            end = shift(floor(period.last, grain), grain, 1)
            return Period(shift(end, grain, -count), end)


def _tiles(
    desk: Desk,
    spec: TilesSpec | GaugeSpec,
    period: Period,
    metrics: Sequence[Metric],
    notes: Sequence[str],
) -> Figures:
    plain, compared = ask_compared(desk, spec, metrics, period, ())
    cells = totals(desk, spec, metrics, plain, compared)
    aimed = tuple(
        with_compared(desk, cell, metric, {"target": goal})
        if (goal := spec.targets.get(metric.name)) is not None
        else cell
        for cell, metric in zip(cells, metrics, strict=True)
    )
    return figures(desk, spec, period, metrics, (Row(cells=aimed),), notes, compared=compared)


def _ranked(
    desk: Desk,
    spec: TableSpec | BarSpec | AgeingSpec,
    period: Period,
    metrics: Sequence[Metric],
    notes: Sequence[str],
) -> Figures:
    if spec.like_for_like:
        comparable, note = like_for_like(desk, period, spec.compare)
        desk, notes = desk.only(comparable), (*notes, note)
        if not comparable.values:
            return figures(desk, spec, period, metrics, (), notes, by=spec.by)
    plain, compared = ask_compared(desk, spec, metrics, period, spec.by)
    answered = _sorted(desk, spec, plain.rows)
    shown = answered[: spec.limit]
    totalled = isinstance(spec, AgeingSpec) or (isinstance(spec, TableSpec) and spec.total)
    has_total = totalled and bool(shown)
    adds_up = has_total and len(shown) == len(answered)
    cells = _cells(desk, spec, shown, metrics, compared, adds_up=adds_up)
    rows = [
        Row(keys=keys_of(desk, spec.by, row), cells=own)
        for row, own in zip(shown, cells, strict=True)
    ]
    if has_total:
        key = Key(dimension=spec.by[0], text=word("total", desk.locale))
        total = totals(desk, spec, metrics, plain, compared)
        rows.append(Row(kind="total", keys=(key,), cells=total))
    if len(shown) < len(answered):
        remark = "more_rows" if has_total else "more_rows_bare"
        cut = word(remark, desk.locale, shown=len(shown), all=len(answered))
        notes = (*notes, cut)
    widget = figures(desk, spec, period, metrics, rows, notes, by=spec.by, compared=compared)
    if isinstance(spec, AgeingSpec):
        return ageing(desk, spec, rows, widget, metrics)
    return widget.model_copy(update={"is_ranked": isinstance(spec, TableSpec) and spec.ranked})


def _cells(
    desk: Desk,
    spec: TableSpec | BarSpec | AgeingSpec,
    answered: Sequence[Answered],
    metrics: Sequence[Metric],
    compared: Answers,
    *,
    adds_up: bool,
) -> list[tuple[Cell, ...]]:
    """The cells of each row; where `adds_up`, rounded money still adds up to its total."""
    earlier = {
        basis: {_group(spec, row): row.compared for row in result.rows}
        for basis, result in compared.items()
    }
    columns: list[list[Cell]] = []
    for metric in metrics:
        values = [row.values[metric.name] for row in answered]
        rounded = metric.unit == "money" and not spec.cents and metric.additivity != "non_additive"
        parts = parts_that_add_up(values, 0) if rounded and adds_up else values
        cells = []
        for row, value, part in zip(answered, values, parts, strict=True):
            cell = desk.cell(metric, value, cents=spec.cents, shown=part)
            group = _group(spec, row)
            before = {b: rows.get(group, {}).get(metric.name) for b, rows in earlier.items()}
            cells.append(with_compared(desk, cell, metric, before))
        columns.append(cells)
    return list(zip(*columns, strict=True))


def _group(spec: TableSpec | BarSpec | AgeingSpec, row: Answered) -> tuple[object, ...]:
    return tuple(row.keys[name] for name in spec.by)


def _sorted(
    desk: Desk, spec: TableSpec | BarSpec | AgeingSpec, rows: Sequence[Answered]
) -> list[Answered]:
    """By the sort metric, missing values last; ties and tables without one by their keys."""

    def by_name(row: Answered) -> list[tuple[bool, str, str]]:
        texts = [(name, key_text(desk, name, row)) for name in spec.by]
        return [(row.keys[name] in (None, UNASSIGNED), t.casefold(), t) for name, t in texts]

    ordered = sorted(rows, key=by_name)
    if spec.sort is None or any(spec.sort not in row.values for row in rows):
        return ordered
    metric, sign = spec.sort, -1 if spec.descending else 1
    known = [(value, row) for row in ordered if (value := row.values[metric]) is not None]
    known.sort(key=lambda pair: sign * pair[0])
    return [row for _, row in known] + [row for row in ordered if row.values[metric] is None]


def _reconciliation(
    desk: Desk,
    spec: ReconciliationSpec,
    period: Period,
    metrics: Sequence[Metric],
    notes: Sequence[str],
) -> Figures:
    """Parts, unassigned, their sum, the total asked apart from them, and the difference.

    Raises `CannotBeAdded` for a metric whose parts are not its whole.
    """
    plain = ask(desk, metrics, period, by=(spec.by,))
    lines: dict[str, list[Cell]] = {
        name: [] for name in ("parts", "unassigned", "sum", "whole", "difference")
    }
    for metric in metrics:
        for cells, value in zip(lines.values(), _proof(plain, metric, spec.by), strict=True):
            cells.append(desk.cell(metric, value, cents=spec.cents))
    labels = {name: word(name, desk.locale) for name in lines}
    if spec.by != "branch":
        dimension = dimension_word(spec.by, desk.locale)
        labels["parts"] = word("parts_of", desk.locale, dimension=dimension)
    rows = [
        Row(
            kind="total" if name == "difference" else "row",
            keys=(Key(dimension="line", value=name, text=labels[name]),),
            cells=tuple(cells),
        )
        for name, cells in lines.items()
    ]
    return figures(desk, spec, period, metrics, rows, notes, by=(spec.by,))


def _proof(plain: MetricResult, metric: Metric, by: str) -> tuple[Decimal, ...]:
    """Sum of the assigned parts, the unassigned, both together, the whole, what is missing."""
    assigned: list[Value] = []
    rest: list[Value] = []
    for row in plain.rows:
        home = rest if row.keys[by] in (None, UNASSIGNED) else assigned
        home.append(row.values[metric.name])
    parts = add(metric, assigned, "groups") or Decimal(0)
    unassigned = add(metric, rest, "groups") or Decimal(0)
    whole = plain.totals[metric.name] or Decimal(0)
    return parts, unassigned, parts + unassigned, whole, parts + unassigned - whole


def _facts(desk: Desk, spec: FactsSpec) -> Facts:
    """Data as of, publication, definitions, and how many checks stood before publishing."""
    made = desk.publication
    texts = {
        "as_of": desk.show.instant(made.as_of, desk.timezone),
        "publication": str(made.id),
        "definitions_version": made.definitions[:12],
    }
    if passed := made.checks.get("checks"):
        texts["checks"] = desk.show.count(passed)
    facts = [
        Fact(name=name, label=word(name, desk.locale), text=text) for name, text in texts.items()
    ]
    return Facts(name=spec.name, title=spec.title(desk.locale), facts=tuple(facts))
