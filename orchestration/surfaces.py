"""Generated reports over random users, periods and dimensions, held against the metric layer.

Reading files back is in `reports.surfaces`; the metrics themselves are proved by `truth`.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, partial
from typing import Any

from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from orchestration.surfaces_office import has_formulas, recalculated
from orchestration.surfaces_specs import Maker
from reports.desk import desk_of
from reports.format import formatter
from reports.named import Names
from reports.reader import reader_of
from reports.renderers import render
from reports.result import Cell, Figures, ReportResult, Row
from reports.run import run_report
from reports.spec import BridgeSpec, ReportSpec
from reports.surfaces import PRINTED, Mismatch, add_up, check_file
from reports.widgets import set_widget
from transforms.lake.door import open_door
from transforms.metrics.answer import answer
from transforms.metrics.catalogue import catalogue
from transforms.metrics.period import Grain, Period
from transforms.metrics.query import Comparison, Filter, MetricQuery
from transforms.metrics.result import MetricResult

FORMATS = ("pdf", "xlsx", "csv", "json")
CHANGED_IN_PRINT = frozenset(PRINTED) - {"narrative"}
"""Kinds whose every figure is printed from its cell; a narrative's stand in its sentences."""
Ask = Callable[[MetricQuery], MetricResult]


class SurfacesDiffer(CrmError):
    """A rendering shows another figure than the metric layer has."""


@dataclass
class Surfaces:
    """What was compared, and what differed."""

    reports: int = 0
    figures: int = 0
    metrics: set[str] = field(default_factory=set)
    users: Counter[str] = field(default_factory=Counter)
    mutations: int = 0
    found: int = 0
    recalculated: int = 0
    differences: list[Mismatch] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def verify_surfaces(
    subjects: dict[str, Subject],
    count: int,
    seed: int,
    tell: Callable[[str], None],
    *,
    recalculate: int = 10,
) -> Surfaces:
    """`count` generated reports in every format, each once more with one cent changed in one.

    `recalculate` of the workbooks, the first ones with formulas, go through LibreOffice as well.
    """
    rng = random.Random(seed)
    done = Surfaces()
    books: list[bytes] = []
    maker = Maker(rng)
    everybody = sorted(subjects)
    for number in range(count):
        email = everybody[number % len(everybody)]
        subject = subjects[email]
        with open_door(subject) as door:
            spec = maker.make(catalogue(door.publication.definitions), door, number)
        result = run_report(subject, spec, None, rng.choice(("en-CA", "fr-CA")))
        done.reports += 1
        done.users[email] += 1
        done.metrics |= {each.cell.metric for each in result.figures() if each.cell.value}
        done.differences += _against_metrics(subject, spec, result, done)
        done.differences += add_up(result)
        for file_format in FORMATS:
            file = render(result, file_format)
            done.differences += check_file(result, file_format, file)
            is_wanted = file_format == "xlsx" and len(books) < recalculate
            if is_wanted and has_formulas(file.content):
                books.append(file.content)
        _mutate(rng, result, FORMATS[number % len(FORMATS)], done)
        if (number + 1) % 20 == 0:
            tell(
                f"{number + 1} reports, {len(done.metrics)} metrics, {len(done.differences)} differ"
            )
    for each in recalculated(books):
        done.recalculated += 1
        if not each.is_same:
            done.differences.append(
                Mismatch("recalculated", each.place, each.carried, each.computed)
            )
    return done


# against the metric layer


def _against_metrics(
    subject: Subject, spec: ReportSpec, result: ReportResult, done: Surfaces
) -> Iterator[Mismatch]:
    """Every figure asked anew, by a question made of what the widget shows; and as page data."""
    asked = {widget.name: widget for widget in spec.widgets}
    reader = reader_of(subject)
    period = Period(result.header.period.start, result.header.period.end)
    with open_door(subject, result.header.publication_id) as door:
        ask = cache(partial(answer, door))
        desk = replace(
            desk_of(
                door, timezone=reader.timezone, locale=result.header.locale,
                currency=reader.currency, names=Names(subject),
            ),
            ask=ask,
        )  # fmt: skip
        for section in result.sections:
            for widget in section.widgets:
                if not isinstance(widget, Figures) or not widget.rows:
                    continue
                done.figures += sum(len(row.cells) for row in widget.rows)
                wanted = asked[widget.name]
                yield from _figures(ask, wanted, widget)
                if set_widget(desk, wanted, period) != widget:
                    yield Mismatch("page", widget.name, "the report's figures", "others")


def _figures(ask: Ask, spec: Any, widget: Figures) -> Iterator[Mismatch]:
    period = Period(widget.span.start, widget.span.end)
    if isinstance(spec, BridgeSpec):
        yield from _bridge(ask, spec, widget, period)
        return
    by = () if widget.kind in ("reconciliation", "tiles", "gauge", "narrative") else widget.by
    grain = Grain(widget.grain) if widget.grain else None
    answers: dict[str, MetricResult] = {}
    for basis in ("", *widget.compared_spans):
        query = MetricQuery(
            widget.metrics, period, by, grain, compare=Comparison(basis) if basis else None
        )
        answers[basis] = ask(query)
    for row in widget.rows:
        if any(key.value == "other" for key in row.keys):
            continue
        for cell in row.cells:
            yield from _cell(widget, row, cell, by, grain, answers)


def _cell(
    widget: Figures, row: Row, cell: Cell, by: tuple[str, ...], grain: Grain | None,
    answers: dict[str, MetricResult],
) -> Iterator[Mismatch]:  # fmt: skip
    place = f"{widget.name}/{cell.metric}/{'/'.join(key.text for key in row.keys)}"
    for basis, found in answers.items():
        compared = {item.basis: item.value for item in cell.compared}
        if basis and basis not in compared:
            continue
        have = compared[basis] if basis else cell.value  # type: ignore[index]
        values = found.compared_totals if basis else found.totals
        if by or grain:
            if row.kind != "total":
                match = _row(row, by, grain, found)
                # A group that only the earlier period has: no figure now.
                values = {} if match is None else match.compared if basis else match.values
        elif widget.kind == "reconciliation" and row.keys[0].value != "whole":
            if row.keys[0].value == "difference" and have != 0:
                yield Mismatch("metrics", place, "0", str(have))
            continue
        elif widget.kind == "narrative" and row.kind != "total":
            continue
        if (values.get(cell.metric) or Decimal(0)) != (have or Decimal(0)):
            yield Mismatch("metrics", place, str(values.get(cell.metric)), str(have))


def _row(row: Row, by: tuple[str, ...], grain: Grain | None, found: MetricResult) -> Any:
    keys = {key.dimension: (key.on or key.value) for key in row.keys}
    for candidate in found.rows:
        mine = {name: candidate.keys[name] for name in by}
        if all(keys[n] == (None if v is None else str(v)) for n, v in mine.items()) and (
            grain is None or candidate.keys[grain.value] == keys[grain.value]
        ):
            return candidate
    return None


def _bridge(ask: Ask, spec: BridgeSpec, widget: Figures, period: Period) -> Iterator[Mismatch]:
    parts: list[tuple[str, int, tuple[Filter, ...]]] = []
    if spec.opening:
        parts.append((spec.opening, 1, ()))
    for step in spec.steps:
        only = tuple(Filter(name, values) for name, values in step.only.items())
        parts.append((step.metric, -1 if step.less else 1, only))
    parts.append((spec.closing, 1, ()))
    for row, (metric, sign, only) in zip(widget.rows, parts, strict=True):
        value = ask(MetricQuery((metric,), period, where=only)).totals[metric]
        if (value or Decimal(0)) * sign != (row.cells[0].value or Decimal(0)):
            yield Mismatch("metrics", f"{widget.name}/{metric}", str(value), row.cells[0].text)


# one cent


def _mutate(rng: random.Random, result: ReportResult, file_format: str, done: Surfaces) -> None:
    """One figure changed by a cent in one renderer only must be found there."""
    in_print = file_format == "pdf"
    places = [
        (s, w, r, c)
        for s, section in enumerate(result.sections)
        for w, widget in enumerate(section.widgets)
        if isinstance(widget, Figures) and (not in_print or widget.kind in CHANGED_IN_PRINT)
        for r, row in enumerate(widget.rows)
        for c, cell in enumerate(row.cells)
        if cell.value
        and result.measure(cell.metric).unit == "money"
        and (not in_print or cell.text == cell.exact)
    ]
    if not places:
        return
    s, w, r, c = rng.choice(places)
    raw = result.model_dump()
    cell = raw["sections"][s]["widgets"][w]["rows"][r]["cells"][c]
    show = formatter(result.header.locale, result.header.currency)
    value = cell["value"] + Decimal("0.01")
    text, bare = show.value(value, "money"), show.bare(value, "money")
    cell |= {"value": value, "text": text, "exact": text, "bare": bare}
    changed = ReportResult.model_validate(raw)
    done.mutations += 1
    if any(check_file(result, file_format, render(changed, file_format))):
        done.found += 1
    else:
        done.missed.append(f"{file_format}: {cell['metric']} {cell['text']}")
