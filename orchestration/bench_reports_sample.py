"""Invented results for `crm bench reports`: four pages with six charts, and a very long table.

What is measured over them is in `orchestration.bench_reports`.
"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from reports.format import Formatter, Grain, Unit, formatter
from reports.result import (
    Cell,
    Compared,
    Figures,
    FiguresKind,
    Header,
    Key,
    Measure,
    ReportResult,
    Row,
    Section,
    Span,
)

END = date(2026, 11, 16)
UNITS: dict[str, Unit] = {
    "booked_amount": "money",
    "service_revenue": "money",
    "job_profit": "money",
    "bookings": "count",
    "cancellation_rate": "percent",
}
SIZES = {"money": 1_250_000.0, "count": 760.0, "percent": 0.06}
BRANCHES = 43


def four_pages() -> ReportResult:
    """Tiles, six charts, a table of 43 branches and one of 16 weeks."""
    made = _Maker(7)
    trend, profit = ("booked_amount", "service_revenue"), ("job_profit",)
    sections = (
        ("summary", "Summary", (made.tiles(), made.over_time("line", "trend", trend, "week", 52))),
        (
            "branches",
            "Branches",
            (
                made.by("bar", "largest", ("booked_amount",), 12),
                made.by("table", "branches", tuple(UNITS), BRANCHES),
            ),
        ),
        (
            "work",
            "Work",
            (
                made.layers("mix", "service_revenue", 5, 18),
                made.by("histogram", "sizes", ("bookings",), 14),
                made.over_time("line", "profit", profit, "month", 36),
                made.bridge(),
            ),
        ),
        ("weeks", "Weeks", (made.over_time("table", "by_week", tuple(UNITS), "week", 16),)),
    )
    return made.result(sections)


def long_table(rows: int) -> ReportResult:
    """One table of so many rows of five figures."""
    made = _Maker(11)
    return made.result(
        (("rows", "Rows", (made.by("table", "rows", tuple(UNITS), rows),)),),
    )


class _Maker:
    """Draws figures from a seed and puts widgets around them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.show: Formatter = formatter("en-CA", "CAD")

    def cell(self, metric: str, share: float = 1.0, *, compared: bool = False) -> Cell:
        unit = UNITS[metric]
        value = self._value(unit, share)
        earlier = self._value(unit, share)
        change = value - earlier if unit == "percent" else (value - earlier) / earlier
        item = Compared(
            basis="previous", value=earlier, text=self.show.value(earlier, unit),
            change=change, change_text=self.show.change(change, unit),
            tone="good" if change > 0 else "bad",
        )  # fmt: skip
        text = self.show.value(value, unit)
        return Cell(
            metric=metric, value=value, text=text, bare=self.show.bare(value, unit), exact=text,
            compared=(item,) if compared else (),
        )  # fmt: skip

    def tiles(self) -> Figures:
        cells = tuple(self.cell(name, compared=True) for name in UNITS)
        return self._figures("tiles", "headline", tuple(UNITS), [Row(cells=cells)])

    def over_time(
        self, kind: FiguresKind, name: str, metrics: Sequence[str], grain: Grain, count: int
    ) -> Figures:
        rows = [
            Row(keys=(self._bucket(grain, count - n),), cells=tuple(map(self.cell, metrics)))
            for n in range(count)
        ]
        return self._figures(kind, name, metrics, rows, grain=grain)

    def by(self, kind: FiguresKind, name: str, metrics: Sequence[str], count: int) -> Figures:
        rows = [
            Row(keys=(_key(f"Branch {n + 1}"),), cells=tuple(self.cell(m, 0.02) for m in metrics))
            for n in range(count)
        ]
        if kind == "table":
            rows.append(self._total(rows, metrics))
        return self._figures(kind, name, metrics, rows, by=("branch",))

    def layers(self, name: str, metric: str, count: int, months: int) -> Figures:
        rows = [
            Row(
                keys=(_key(f"Layer {n + 1}"), self._bucket("month", months - month)),
                cells=(self.cell(metric, 0.2),),
            )
            for n in range(count)
            for month in range(months)
        ]
        return self._figures("stacked", name, (metric,), rows, by=("branch",), grain="month")

    def bridge(self) -> Figures:
        names = ("Invoiced", "Credits", "Taxes", "Fees", "Open", "Collected")
        kinds: tuple[Literal["opening", "row", "total"], ...] = (
            "opening", "row", "row", "row", "row", "total",
        )  # fmt: skip
        rows = [
            Row(kind=kind, keys=(_key(name),), cells=(self.cell("service_revenue", 0.3),))
            for name, kind in zip(names, kinds, strict=True)
        ]
        return self._figures("bridge", "bridge", ("service_revenue",), rows)

    def result(self, sections: Sequence[tuple[str, str, tuple[Figures, ...]]]) -> ReportResult:
        return ReportResult(
            header=Header(
                report="bench", title="Bench", description="Invented figures, to be drawn.",
                company="Northway Moving", scope="The whole company", locale="en-CA",
                currency="CAD", period=self._span(), as_of=datetime(2026, 11, 16, 12, tzinfo=UTC),
                as_of_text="Nov 16, 2026, 07:00", timezone="America/Toronto", publication_id=1,
                definitions="0" * 16, generated_for="exec@northway.example",
            ),
            sections=tuple(Section(name=n, title=t, widgets=w) for n, t, w in sections),
            measures=tuple(map(_measure, sorted(UNITS))),
        )  # fmt: skip

    def _value(self, unit: Unit, share: float) -> Decimal:
        size = SIZES[unit] * (1.0 if unit == "percent" else share)
        value = Decimal(f"{max(self.rng.gauss(size, size / 8), size / 4):.4f}")
        places = {"money": "0.01", "count": "1"}.get(unit, "0.0001")
        return max(value.quantize(Decimal(places)), Decimal(places))

    def _total(self, rows: Sequence[Row], metrics: Sequence[str]) -> Row:
        cells = []
        for place, metric in enumerate(metrics):
            whole = sum((row.cells[place].value or Decimal(0) for row in rows), Decimal(0))
            text, bare = self.show.value(whole, UNITS[metric]), self.show.bare(whole, UNITS[metric])
            cells.append(Cell(metric=metric, value=whole, text=text, bare=bare, exact=text))
        return Row(kind="total", keys=(_key("Total"),), cells=tuple(cells))

    def _bucket(self, grain: Grain, back: int) -> Key:
        months = END.year * 12 + END.month - 1 - back
        on = (
            END - timedelta(7 * back) if grain == "week" else date(months // 12, months % 12 + 1, 1)
        )
        return Key(dimension=grain, on=on, text=self.show.bucket(on, grain))

    def _span(self) -> Span:
        start = END - timedelta(7)
        return Span(start=start, end=END, text=self.show.period(start, END))

    def _figures(
        self, kind: FiguresKind, name: str, metrics: Sequence[str], rows: Sequence[Row],
        *, by: tuple[str, ...] = (), grain: Grain | None = None,
    ) -> Figures:  # fmt: skip
        return Figures(
            kind=kind, name=name, title=name.replace("_", " ").capitalize(), span=self._span(),
            metrics=tuple(metrics), by=by, by_labels=tuple(each.capitalize() for each in by),
            grain=grain, rows=tuple(rows),
        )  # fmt: skip


def _key(text: str) -> Key:
    return Key(dimension="branch", value=text, text=text)


def _measure(name: str) -> Measure:
    return Measure(
        name=name, id=name[:3].upper(), label=name.replace("_", " ").capitalize(),
        unit=UNITS[name], direction="up", basis="booked", additivity="additive", owner="sales",
        formula=f"Sum of {name.replace('_', ' ')} over the period",
    )  # fmt: skip
