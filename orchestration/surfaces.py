"""Generated reports over random users, periods and dimensions, held against the metric layer.

Reading files back is in `reports.surfaces`; the metrics themselves are proved by `truth`.
"""

import io
import random
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastexcel

from crm_core.errors import CrmError
from crm_core.security.permissions import Subject
from reports.desk import desk_of
from reports.format import formatter
from reports.named import Names
from reports.reader import reader_of
from reports.renderers import render
from reports.result import Cell, Figures, ReportResult, Row
from reports.run import run_report
from reports.spec import BridgeSpec, ReportSpec, catalogue
from reports.surfaces import Mismatch, add_up, check_file, column_index
from reports.widgets import set_widget
from transforms.lake.door import Door, open_door
from transforms.metrics.answer import answer
from transforms.metrics.catalogue import Catalogue, Metric
from transforms.metrics.catalogue import catalogue as metric_catalogue
from transforms.metrics.period import Grain, Period
from transforms.metrics.query import Comparison, Filter, MetricQuery
from transforms.metrics.result import MetricResult

FORMATS = ("pdf", "xlsx", "csv", "json")
PERIODS = ("last_week", "last_month", "last_quarter", "yesterday", "trailing_4_weeks", "this_month")
WIDE = frozenset({"job_id", "sku", "truck", "owner", "crew_lead"})
"""Dimensions of many values: never split twice by them."""


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
    """`count` generated reports in every format, each once more with one cent changed in it."""
    rng = random.Random(seed)
    done = Surfaces()
    books: list[bytes] = []
    everybody = sorted(subjects)
    for number in range(count):
        email = everybody[number % len(everybody)]
        subject = subjects[email]
        with open_door(subject) as door:
            known = metric_catalogue(door.publication.definitions)
            spec = generate(rng, known, door, number, done.metrics)
        locale = rng.choice(("en-CA", "fr-CA"))
        result = run_report(subject, spec, None, locale)
        done.reports += 1
        done.users[email] += 1
        done.metrics |= {measure.name for measure in result.measures}
        done.differences += _against_metrics(subject, spec, result, done)
        done.differences += add_up(result)
        for file_format in FORMATS:
            file = render(result, file_format)
            done.differences += check_file(result, file_format, file)
            if file_format == "xlsx" and file.content != b"" and len(books) < recalculate:
                books.append(file.content)
            _mutate(rng, result, file_format, done)
        if (number + 1) % 20 == 0:
            tell(
                f"{number + 1} reports, {len(done.metrics)} metrics, {len(done.differences)} differ"
            )
    done.differences += _recalculated(books, done)
    return done


# generating


def generate(
    rng: random.Random, known: Catalogue, door: Door, number: int, used: set[str]
) -> ReportSpec:
    """A report of random widgets over metrics of the door; metrics not used yet come first."""
    open_ = [m for m in known.offered if set(known.marts_of(m)) <= door.relations]
    open_ = [m for m in open_ if "forecast" not in m.name and "today" not in m.name]
    fresh = [m for m in open_ if m.name not in used]
    widgets: list[dict[str, Any]] = []
    for index in range(rng.randint(3, 6)):
        first = rng.choice(fresh or open_)
        like = [m for m in open_ if m.unit == first.unit and m.dimensions == first.dimensions]
        several = [first, *rng.sample([m for m in like if m is not first], min(len(like) - 1, 2))]
        widgets.append(_widget(rng, f"w{index}", first, several))
    bridges = [w for spec in catalogue() for w in spec.widgets if isinstance(w, BridgeSpec)]
    if rng.random() < 0.2:
        bridge = rng.choice(bridges).model_dump(mode="json")
        widgets.append(bridge | {"name": "bridge"})
    raw = {
        "name": f"generated_{number}", "title_en": "Generated", "title_fr": "Généré",
        "description_en": "A generated report.", "description_fr": "Un rapport généré.",
        "period": rng.choice(PERIODS), "paper": rng.choice(["letter", "a4"]),
        "sections": [{"name": "all", "title_en": "All", "title_fr": "Tout", "widgets": widgets}],
    }  # fmt: skip
    return ReportSpec.model_validate(raw)


def _widget(rng: random.Random, name: str, first: Metric, several: list[Metric]) -> dict[str, Any]:
    narrow = [d for d in first.dimensions if d not in WIDE]
    by = rng.choice(first.dimensions)
    shared = [m for m in several if m.unit == first.unit]
    base = {
        "name": name, "title_en": name, "title_fr": name, "cents": rng.random() < 0.5,
        "metrics": [m.name for m in several],
    }  # fmt: skip
    compare = rng.choice([[], ["previous"], ["last_year"], ["previous", "last_year"]])
    window = {"trailing": rng.randint(2, 8), "unit": "month"}
    one = base | {"metrics": [first.name]}
    options: list[dict[str, Any]] = [
        base | {"kind": "tiles", "compare": compare},
        base | {"kind": "gauge", "targets": {first.name: "1"}},
        base | {"kind": "table", "by": [by], "sort": first.name, "compare": compare[:1],
                "limit": rng.choice([None, 5, 1000])},
        one | {"kind": "bar", "by": [by], "sort": first.name, "limit": 12},
        base | {"kind": "line", "grain": "month", "period": window},
        one | {"kind": "histogram", "by": [rng.choice(narrow)]},
        one | {"kind": "heat", "by": [rng.choice(narrow)], "grain": "month", "period": window},
        base | {"kind": "narrative", "compare": ["previous"]},
    ]  # fmt: skip
    if first.additivity != "non_additive":
        options.append(one | {"kind": "stacked", "by": [rng.choice(narrow)], "grain": "month",
                              "period": window})  # fmt: skip
        if "branch" in first.dimensions:
            options.append(one | {"kind": "reconciliation", "by": "branch"})
    if len(shared) > 1:
        options.append(base | {"kind": "ageing", "by": [by]})
    if len(narrow) > 1:
        options.append(one | {"kind": "heat", "by": rng.sample(narrow, 2)})
    return rng.choice(options)


# against the metric layer


def _against_metrics(
    subject: Subject, spec: ReportSpec, result: ReportResult, done: Surfaces
) -> Iterator[Mismatch]:
    """Every figure asked anew, by a question made of what the widget shows; and as page data."""
    asked = {widget.name: widget for widget in spec.widgets}
    reader = reader_of(subject)
    period = Period(result.header.period.start, result.header.period.end)
    with open_door(subject, result.header.publication_id) as door:
        desk = desk_of(
            door, timezone=reader.timezone, locale=result.header.locale,
            currency=reader.currency, names=Names(subject),
        )  # fmt: skip
        for section in result.sections:
            for widget in section.widgets:
                if not isinstance(widget, Figures) or not widget.rows:
                    continue
                done.figures += sum(len(row.cells) for row in widget.rows)
                wanted = asked[widget.name]
                yield from _figures(door, wanted, widget)
                if set_widget(desk, wanted, period) != widget:
                    yield Mismatch("page", widget.name, "the report's figures", "others")


def _figures(door: Door, spec: Any, widget: Figures) -> Iterator[Mismatch]:
    period = Period(widget.span.start, widget.span.end)
    if isinstance(spec, BridgeSpec):
        yield from _bridge(door, spec, widget, period)
        return
    by = () if widget.kind in ("reconciliation", "tiles", "gauge", "narrative") else widget.by
    grain = Grain(widget.grain) if widget.grain else None
    answers: dict[str, MetricResult] = {}
    for basis in ("", *widget.compared_spans):
        query = MetricQuery(
            widget.metrics, period, by, grain, compare=Comparison(basis) if basis else None
        )
        answers[basis] = answer(door, query)
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


def _bridge(door: Door, spec: BridgeSpec, widget: Figures, period: Period) -> Iterator[Mismatch]:
    parts: list[tuple[str, int, tuple[Filter, ...]]] = []
    if spec.opening:
        parts.append((spec.opening, 1, ()))
    for step in spec.steps:
        only = tuple(Filter(name, values) for name, values in step.only.items())
        parts.append((step.metric, -1 if step.less else 1, only))
    parts.append((spec.closing, 1, ()))
    for row, (metric, sign, only) in zip(widget.rows, parts, strict=True):
        value = answer(door, MetricQuery((metric,), period, where=only)).totals[metric]
        if (value or Decimal(0)) * sign != (row.cells[0].value or Decimal(0)):
            yield Mismatch("metrics", f"{widget.name}/{metric}", str(value), row.cells[0].text)


# one cent


def _mutate(rng: random.Random, result: ReportResult, file_format: str, done: Surfaces) -> None:
    """One figure changed by a cent in one renderer only must be found there."""
    places = [
        (s, w, r, c)
        for s, section in enumerate(result.sections)
        for w, widget in enumerate(section.widgets)
        if isinstance(widget, Figures)
        and widget.kind in ("tiles", "table", "bar", "reconciliation")
        for r, row in enumerate(widget.rows)
        for c, cell in enumerate(row.cells)
        if cell.value and result.measure(cell.metric).unit == "money" and cell.text == cell.exact
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


# recalculation


def _recalculated(books: Iterable[bytes], done: Surfaces) -> Iterator[Mismatch]:
    """Formula cells computed anew by LibreOffice, where it is installed."""
    office = shutil.which("soffice")
    if office is None:
        return
    with tempfile.TemporaryDirectory(prefix="crm-surfaces-") as folder:
        place = Path(folder)
        originals = {}
        for number, content in enumerate(books):
            path = place / f"book{number}.xlsx"
            path.write_bytes(_without_results(content))
            originals[path.name] = content
        out = place / "out"
        profile = f"-env:UserInstallation=file://{place}/profile"
        subprocess.run(
            [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out),
             *map(str, sorted(place.glob("*.xlsx")))],
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        for name, content in originals.items():
            before, after = _cells(content), _cells((out / name).read_bytes())
            for sheet, row, column in _formulas(content):
                done.recalculated += 1
                want, got = before[sheet][row][column], after[sheet][row][column]
                if round(float(want or 0), 2) != round(float(got or "nan"), 2):
                    yield Mismatch(
                        "recalculated", f"{name} {sheet} {row}:{column}", str(want), str(got)
                    )


def _without_results(content: bytes) -> bytes:
    """The workbook with the results of its formulas taken out, so that they must be computed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info.filename)
            if info.filename.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            new.writestr(info, data)
    return out.getvalue()


def _cells(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = fastexcel.read_excel(content)
    return {
        name: book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        .to_polars()
        .rows()
        for name in book.sheet_names
    }


def _formulas(content: bytes) -> Iterator[tuple[str, int, int]]:
    """Sheet, row and column of every formula."""
    names = fastexcel.read_excel(content).sheet_names
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for number, name in enumerate(names, start=1):
            text = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            for letters, row in re.findall(r'<c r="([A-Z]+)(\d+)"[^>]*><f>', text):
                yield name, int(row) - 1, column_index(letters)
