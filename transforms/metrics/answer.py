"""Answers to metric queries: what is allowed, which figures, dense rows, totals, comparisons.

SQL is compiled in `compiler` and run in `fetch`; exact arithmetic is in `arithmetic`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product

from transforms.metrics.arithmetic import difference, ratio, settle
from transforms.metrics.branches import Branches, branches
from transforms.metrics.catalogue import (
    BRANCH,
    LOCATION_DIMENSIONS,
    LOCATION_MART,
    Catalogue,
    Metric,
    Terms,
    catalogue,
)
from transforms.metrics.compiler import Dialect, with_literals
from transforms.metrics.errors import (
    CannotBeAdded,
    DimensionUnknown,
    GrainImpossible,
    MetricNotAllowed,
    MetricNotLive,
    closest,
)
from transforms.metrics.fetch import (
    FORECAST,
    Figures,
    Group,
    Source,
    Split,
    fetch,
    statements,
)
from transforms.metrics.intervals import bounds
from transforms.metrics.live import LiveDoor, live_door
from transforms.metrics.period import Period
from transforms.metrics.query import UNASSIGNED, MetricQuery
from transforms.metrics.result import Door, Explanation, Key, MetricResult, Row, Value

__all__ = ["answer", "explain", "live_door"]

Answers = dict[Group, dict[str, Value]]
"""Metrics by name, for every group that has rows; a metric may be missing in a group."""


def answer(door: Door, query: MetricQuery) -> MetricResult:
    """The figures of a query as the owner of `door`, a file or a live one, may see them.

    Raises `UnknownMetric`, `DimensionUnknown`, `GrainImpossible`, `MetricNotAllowed`,
    `MetricNotLive` and `CannotBeAdded`, each with one line for people.
    """
    source, metrics = _prepare(door, query)
    earlier = query.compare.of(query.period) if query.compare else None
    found = _answers(source, metrics, _split(query, query.period))
    before = _answers(source, metrics, _split(query, earlier)) if earlier else {}
    return MetricResult(
        query=query,
        metrics=metrics,
        rows=_rows(source, metrics, query, found, earlier, before),
        totals=_total(source, metrics, query, query.period, found),
        compared_totals=_total(source, metrics, query, earlier, before) if earlier else {},
        compared_period=earlier,
        publication=door.publication,
    )


def explain(door: Door, metric: str, query: MetricQuery) -> Explanation:
    """How one metric of a query comes about: words, SQL that runs at the door as it stands."""
    source, _ = _prepare(door, query)
    asked = source.catalogue.get(metric)
    written = statements(source, source.catalogue.components_of(asked), _split(query, query.period))
    return Explanation(
        metric=asked,
        formula=asked.formula,
        sql=";\n\n".join(with_literals(s.sql, s.params) for s in written) + ";",
        publication=door.publication,
    )


# what may be asked


def _prepare(door: Door, query: MetricQuery) -> tuple[Source, tuple[Metric, ...]]:
    dialect = Dialect.LIVE if isinstance(door, LiveDoor) else Dialect.DOOR
    known = catalogue(door.publication.definitions)
    metrics = tuple({m.name: m for m in map(known.get, query.metrics)}.values())
    used = {*query.by, *(condition.dimension for condition in query.where)}
    for metric in metrics:
        _check(known, metric, used, query, door.relations, dialect)
    about_branches = bool(used & LOCATION_DIMENSIONS.keys())
    shown = branches(door, dialect) if about_branches else Branches(())
    return Source(door, dialect, known, shown), metrics


def _check(
    known: Catalogue,
    metric: Metric,
    used: set[str],
    query: MetricQuery,
    relations: frozenset[str],
    dialect: Dialect,
) -> None:
    for dimension in sorted(used):
        if dimension not in metric.dimensions:
            close = closest(dimension, metric.dimensions)
            meant = f", did you mean {close}" if close else ""
            raise DimensionUnknown(
                f"{metric.name} has no dimension {dimension!r}{meant}:"
                f" it has {', '.join(metric.dimensions)}"
            )
    if query.grain is not None and query.grain.order < metric.finest.order:
        raise GrainImpossible(
            f"{metric.name} is known by {metric.finest}, not by {query.grain}:"
            f" use the grain {metric.finest} or a coarser one"
        )
    marts = list(known.marts_of(metric))
    # Live, the branches come from the core itself; only what is joined must be a live view.
    joined = used & LOCATION_DIMENSIONS.keys() - ({BRANCH} if dialect is Dialect.LIVE else set())
    if joined:
        marts.append(LOCATION_MART)
    for mart in marts:
        if dialect is Dialect.LIVE and mart not in known.live_marts:
            raise MetricNotLive(
                f"{metric.name} needs {mart}, which is not kept live: ask without --live"
            )
        if mart not in relations:
            raise MetricNotAllowed.of(metric.name, mart)
    for column in sorted(known.needs_of(metric) - relations):
        raise MetricNotAllowed.of(metric.name, column)


# figures


def _split(query: MetricQuery, period: Period) -> Split:
    return Split(period, query.by, query.grain, query.where)


def _answers(source: Source, metrics: Sequence[Metric], split: Split) -> Answers:
    plain = [metric for metric in metrics if not metric.single_row]
    bounded = [metric for metric in metrics if metric.single_row]
    parts = {p.name: p for metric in plain for p in source.catalogue.components_of(metric)}
    figures = fetch(source, list(parts.values()), split)
    found: Answers = {}
    for group, values in figures.items():
        start = group[-1] if split.grain else split.period.start
        found[group] = {m.name: _value(source, m, values, start) for m in plain}
    for metric in plain:
        if metric.share_of in split.by or _is_filtered(split, metric.share_of):
            _share(source, metric, split, figures, found)
    if bounded:
        for group, values in bounds(source, bounded, split).items():
            settled = {m.name: settle(values.get(m.name), m.unit) for m in bounded}
            found.setdefault(group, {}).update(settled)
    return found


def _is_filtered(split: Split, dimension: str | None) -> bool:
    return any(condition.dimension == dimension for condition in split.where)


def _share(source: Source, metric: Metric, split: Split, figures: Figures, found: Answers) -> None:
    """Replace the figures of a share by what each is of all members together."""
    place = split.by.index(metric.share_of) if metric.share_of in split.by else None
    others = tuple(each for each in split.by if each != metric.share_of)
    where = tuple(each for each in split.where if each.dimension != metric.share_of)
    whole = Split(split.period, others, split.grain, where)
    part = metric.components[0]
    wholes = fetch(source, source.catalogue.components_of(metric), whole)
    for group, values in figures.items():
        rest = group if place is None else (*group[:place], *group[place + 1 :])
        share = ratio(values.get(part), wholes.get(rest, {}).get(part))
        found[group][metric.name] = settle(share, metric.unit)


def _value(source: Source, metric: Metric, figures: Mapping[str, Value], start: Key) -> Value:
    """A metric from the components of one group.

    A sum over no rows is zero, unless its time begins after the data ends: then it is unknown.
    """
    ahead = isinstance(start, date) and start > source.door.publication.as_of.date()

    def total(terms: Terms) -> Value:
        added = Decimal(0)
        for sign, part in terms:
            value = figures.get(part)
            if value is None:
                if ahead or not _zero_when_empty(source, metric, part):
                    return None
                continue
            added += sign * value
        return added

    over = total(metric.numerator)
    if metric.share_of is not None:
        # Not split by it, everything is the whole of itself.
        return settle(ratio(over, over), metric.unit)
    under = total(metric.denominator) if metric.is_ratio else Decimal(metric.per)
    found = ratio(over, under)
    if metric.less is not None:
        found = difference(found, ratio(*map(total, metric.less)))
    return settle(found, metric.unit)


def _zero_when_empty(source: Source, metric: Metric, part: str) -> bool:
    return metric.basis != FORECAST and source.catalogue.parts[part].sums


def _total(
    source: Source, metrics: Sequence[Metric], query: MetricQuery, period: Period, found: Answers
) -> dict[str, Value]:
    """Every metric over the whole period, asked anew if it was split; None where there is none."""
    if not query.by and query.grain is None:
        return {m.name: _cell(source, m, found.get((), {}), period.start) for m in metrics}
    whole = Split(period, where=query.where)
    plain = [metric for metric in metrics if not metric.single_row]
    totals = _answers(source, plain, whole).get((), {})
    for metric in metrics:
        if metric.single_row:
            try:
                totals |= _answers(source, [metric], whole).get((), {})
            except CannotBeAdded:
                continue
    return {m.name: _cell(source, m, totals, period.start) for m in metrics}


# rows


def _rows(
    source: Source,
    metrics: Sequence[Metric],
    query: MetricQuery,
    found: Answers,
    earlier: Period | None,
    before: Answers,
) -> list[Row]:
    """Dense rows: every bucket of the period, and every open branch where split by branch alone.

    Buckets are compared by their position in the period.
    """
    starts = _starts(query, query.period)
    earlier_starts = _starts(query, earlier) if earlier else []
    rows = []
    for group, position in product(_groups(source, query, found, before), range(len(starts))):
        start = starts[position]
        values = found.get((*group, *start), {})
        first_day = start[0] if start else query.period.start
        compared: dict[str, Value] = {}
        if earlier:
            compared = dict.fromkeys((m.name for m in metrics), None)
            if position < len(earlier_starts):
                then = earlier_starts[position]
                day = then[0] if then else earlier.start
                figures = before.get((*group, *then), {})
                compared = {m.name: _cell(source, m, figures, day) for m in metrics}
        keys: dict[str, Key] = dict(zip(query.by, group, strict=True))
        if query.grain:
            keys[query.grain.value] = first_day
        rows.append(
            Row(
                keys=keys,
                values={m.name: _cell(source, m, values, first_day) for m in metrics},
                compared=compared,
                labels=_labels(source, keys),
            )
        )
    return rows


def _starts(query: MetricQuery, period: Period) -> list[tuple[date, ...]]:
    """The first day of every bucket, each as the end of a group; one empty end without a grain."""
    if query.grain is None:
        return [()]
    return [(bucket.start,) for bucket in period.buckets(query.grain)]


def _groups(
    source: Source, query: MetricQuery, found: Answers, before: Answers
) -> list[tuple[Key, ...]]:
    """The values of `by` that have rows in either period, sorted; rows without a value last."""
    width = len(query.by)
    if not width:
        return [()]
    groups = {group[:width] for group in [*found, *before]}
    if query.by == (BRANCH,):
        codes = source.branches.open_codes(query.period, query.where)
        groups |= {(code,) for code in codes}
    return sorted(groups, key=lambda group: [_order(value) for value in group])


def _order(value: Key) -> tuple[bool, bool, str]:
    return (value is None, value == UNASSIGNED, str(value))


def _cell(source: Source, metric: Metric, values: Mapping[str, Value], first_day: date) -> Value:
    """A figure of a group that may have no rows."""
    if metric.name in values:
        return values[metric.name]
    return None if metric.single_row else _value(source, metric, {}, first_day)


def _labels(source: Source, keys: Mapping[str, Key]) -> dict[str, str]:
    name = source.branches.name(str(keys[BRANCH])) if BRANCH in keys else None
    return {BRANCH: name} if name else {}
