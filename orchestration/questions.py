"""A question on the command line, put to the metric layer at the asker's door, or live to the core.

What a metric means and how it is computed belongs to `transforms.metrics`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crm_core import clock
from crm_core.security.permissions import Subject
from crm_core.services.tenancy.access import timezone_of
from orchestration.output import table
from transforms.lake.door import open_door
from transforms.metrics import answer as metrics
from transforms.metrics.errors import PeriodMissing
from transforms.metrics.period import Grain, Period, parse_period
from transforms.metrics.query import Filter, MetricQuery
from transforms.metrics.result import Door, MetricResult, Row


@dataclass(frozen=True)
class Asked:
    """The answer, for scripts and for people."""

    payload: dict[str, Any]
    text: str


def ask(
    subject: Subject,
    *,
    names: Sequence[str],
    by: Sequence[str] = (),
    grain: str | None = None,
    where: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
    period: str | None = None,
    compare: str | None = None,
    as_of_on: date | None = None,
    publication: int | None = None,
    live: bool = False,
    explain: bool = False,
) -> Asked:
    """Answer a question as `subject` may see it; `start` and `end` are half open."""
    with metrics.live_door(subject) if live else open_door(subject, publication) as door:
        today = as_of_on or local_day(door.publication.as_of, subject)
        query = MetricQuery(
            metrics=tuple(names),
            period=asked_period(start, end, period, today),
            by=tuple(by),
            grain=Grain(grain) if grain in list(Grain) else grain,  # type: ignore[arg-type]
            where=tuple(map(Filter.parse, where)),
            compare=compare,  # type: ignore[arg-type]
        )
        result = metrics.answer(door, query)
        explained = explanations(door, query) if explain else []
    return Asked(payload_of(result, explained), text_of(result, explained))


def local_day(as_of: datetime, subject: Subject) -> date:
    """The day that named periods count from: the publication's, in the tenant's zone."""
    return clock.local_date(as_of, timezone_of(subject))


def asked_period(start: date | None, end: date | None, named: str | None, today: date) -> Period:
    """The period of `--period`, or of `--from` and `--to` (to: the day after the last)."""
    if named:
        return parse_period(named, today)
    if start is None and end is None:
        raise PeriodMissing("a metric needs a period: give --period last_month, or --from and --to")
    return Period(start or date(1970, 1, 1), end or today + timedelta(days=1))


def explanations(door: Door, query: MetricQuery) -> list[dict[str, str]]:
    """Formula and SQL of every metric asked for."""
    found = [metrics.explain(door, name, query) for name in query.metrics]
    return [{"metric": e.metric.name, "formula": e.formula, "sql": e.sql} for e in found]


def payload_of(result: MetricResult, explained: list[dict[str, str]]) -> dict[str, Any]:
    """The answer as data."""
    made: dict[str, Any] = {
        "period": {"start": result.period.start, "end": result.period.end},
        "metrics": {m.name: {"id": m.id, "unit": m.unit} for m in result.metrics},
        "rows": [
            {"keys": row.keys, "values": row.values, "compared": row.compared}
            for row in result.rows
        ],
        "totals": result.totals,
        "compared_totals": result.compared_totals,
        "publication": result.publication.id,
        "as_of": result.publication.as_of,
    }
    return made | ({"explained": explained} if explained else {})


def text_of(result: MetricResult, explained: list[dict[str, str]]) -> str:
    """The answer as an aligned table, the totals in the last row."""
    keys = [*result.query.by, *([result.query.grain.value] if result.query.grain else [])]
    names = [metric.name for metric in result.metrics]
    compared = [name for name in names if name in result.compared_totals]
    heads = [*keys, *names, *(f"{name} before" for name in compared)]

    def cells(row: Row) -> list[Any]:
        return [
            *(row.keys[key] for key in keys),
            *(row.values[name] for name in names),
            *(row.compared.get(name) for name in compared),
        ]

    totals: list[Any] = [
        *("Total" if i == 0 else "" for i, _ in enumerate(keys)),
        *(result.totals[name] for name in names),
        *(result.compared_totals[name] for name in compared),
    ]
    rows = [cells(row) for row in result.rows] if keys else []
    lines = [table(heads, [*rows, totals])]
    lines += [f"\n{e['metric']}: {e['formula']}\n{e['sql']}" for e in explained]
    made = result.publication
    source = f"publication {made.id}" if made.id else "live from the core"
    at = f"{source}, data as of {made.as_of:%Y-%m-%d %H:%M} UTC"
    return "\n".join([*lines, f"{result.period.start} to {result.period.end} (excluded), {at}"])
