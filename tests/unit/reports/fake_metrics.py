"""A small stand-in for door and metric layer: the real query and result types, made-up figures.

Figures are sums of whole cents per branch and day, so that every identity holds exactly; the real
metric layer is met in the integration tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Literal
from zlib import crc32

from reports.desk import Desk
from reports.format import Unit, formatter
from transforms.metrics.arithmetic import ratio, settle
from transforms.metrics.catalogue import Metric
from transforms.metrics.errors import UnknownMetric
from transforms.metrics.period import Grain, Period
from transforms.metrics.query import UNASSIGNED, Filter, MetricQuery
from transforms.metrics.result import MetricResult, Row, Value

TODAY = date(2026, 11, 16)
BRANCHES = {
    "VANC": ("Vancouver", "BC"),
    "BURN": ("Burnaby", "BC"),
    "DTOR": ("Downtown Toronto", "ON"),
    "MONT": ("Montréal", "QC"),
    UNASSIGNED: ("", ""),
}

Direction = Literal["up", "down", "none"]


@dataclass(frozen=True)
class FakePublication:
    """What a header prints of a publication."""

    id: int = 12
    definitions: str = "3f9a2c71d0b4e6a1"
    as_of: datetime = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
    checks: Mapping[str, int] = field(default_factory=lambda: {"checks": 1148})


def _metric(
    name: str,
    id_: str,
    label: str,
    unit: Unit,
    direction: Direction = "up",
    components: tuple[str, ...] = (),
) -> Metric:
    return Metric(
        name=name,
        id=id_,
        label=label,
        label_fr=f"{label} (fr)",
        unit=unit,
        direction=direction,
        basis="booked",
        additivity="non_additive" if components else "additive",
        owner="sales",
        formula=f"{label}, as the tests make it up.",
        numerator=((1, components[0] if components else name),),
        denominator=tuple((1, part) for part in components[1:]),
        dimensions=("branch", "province"),
        finest=Grain.DAY,
        is_component=False,
        single_row=None,
    )


METRICS = {
    metric.name: metric
    for metric in (
        _metric("bookings", "S16_count", "Bookings", "count"),
        _metric("booked_amount", "S16_value", "Booked amount", "money"),
        _metric("service_revenue", "F02", "Service revenue", "money"),
        _metric("invoiced_revenue", "F01", "Invoiced revenue", "money"),
        _metric("cash_collected", "F04", "Cash collected", "money"),
        _metric("receivables", "F07", "Receivables", "money", "down"),
        _metric("jobs_completed", "O01", "Jobs completed", "count"),
        _metric("new_leads", "S01", "New leads", "count"),
        _metric("decided", "x1", "Quotes decided", "count"),
        _metric("cancelled", "x2", "Cancelled", "count"),
        _metric("quote_booking_rate", "S08", "Booking rate, quotes", "percent", "up",
                ("bookings", "decided")),
        _metric("cancellation_rate", "S22_service", "Cancellation rate", "percent", "down",
                ("cancelled", "bookings")),
        _metric("average_booked_value", "S14", "Average job value, booked", "money", "up",
                ("booked_amount", "bookings")),
        _metric("bookings_forecast", "S16_f", "Bookings, forecast", "count"),
        *(
            _metric(f"bookings_forecast_{side}_{level}", f"S16_{side}_{level}",
                    f"Bookings, {level} % {side}", "count", "none")
            for level in (80, 95)
            for side in ("lo", "hi")
        ),
    )
}  # fmt: skip

SCALE = {"money": 5_000_000, "count": 30}
SHARE = {"cancelled": 0.08, "decided": 2.4}


def get_metric(name: str) -> Metric:
    """The metric of that name; raises `UnknownMetric` as the real catalogue does."""
    if name not in METRICS:
        raise UnknownMetric(f"no metric {name!r}")
    return METRICS[name]


@cache
def daily(component: str, branch: str, day: date) -> Decimal:
    """A figure of one branch and day: the same for the same arguments, on every machine."""
    size = {"VANC": 1.0, "BURN": 0.6, "DTOR": 0.8, "MONT": 0.4, UNASSIGNED: 0.01}[branch]
    noise = 0.6 + 0.8 * (crc32(f"{component}{branch}{day}".encode()) / 2**32)
    month = (0.7, 0.7, 0.8, 0.95, 1.2, 1.5, 1.6, 1.55, 1.2, 1.0, 0.8, 0.7)[day.month - 1]
    unit = METRICS[component].unit
    units = int(SCALE[unit] * SHARE.get(component, 1.0) * size * noise * month)
    return Decimal(units) / 100 if unit == "money" else Decimal(units)


def _component(name: str, branches: Sequence[str], period: Period) -> Decimal:
    days = [period.start + timedelta(days=index) for index in range(period.days)]
    return sum((daily(name, b, d) for b in branches for d in days if d < TODAY), Decimal(0))


def _value(metric: Metric, branches: Sequence[str], period: Period) -> Value:
    if "forecast" in metric.name:
        return _estimate(metric.name, period)
    parts = [_component(name, branches, period) for name in metric.components]
    return settle(ratio(*parts) if len(parts) == 2 else parts[0], metric.unit)


def _estimate(name: str, period: Period) -> Value:
    middle = Decimal("1830.55") + 40 * period.start.month
    level = name.rpartition("_")[2]
    width = {"80": Decimal("0.1"), "95": Decimal("0.18")}.get(level, Decimal(0))
    sign = -1 if "_lo_" in name else 1
    return settle(middle * (1 + sign * width), "count")


def _group(query: MetricQuery, branch: str) -> tuple[str, ...]:
    keys = {"branch": branch, "province": BRANCHES[branch][1]}
    return tuple(keys[name] for name in query.by)


def _kept(query: MetricQuery) -> list[str]:
    wanted = [set(f.values) for f in query.where if f.dimension == "branch"]
    return [code for code in BRANCHES if all(code in values for values in wanted)]


def ask(query: MetricQuery) -> MetricResult:
    """The answer to a query, from the made-up figures."""
    metrics = tuple(get_metric(name) for name in query.metrics)
    earlier = query.compare.of(query.period) if query.compare else None
    kept = _kept(query)
    groups = sorted({_group(query, code) for code in kept}) if query.by else [()]
    rows = []
    for group in groups:
        codes = [code for code in kept if _group(query, code) == group]
        buckets = query.period.buckets(query.grain) if query.grain else [query.period]
        for bucket in buckets:
            keys: dict[str, str | date | None] = {
                name: value or None for name, value in zip(query.by, group, strict=True)
            }
            if query.grain:
                keys[query.grain.value] = bucket.start
            code = keys.get("branch")
            rows.append(
                Row(
                    keys=keys,
                    values={m.name: _value(m, codes, bucket) for m in metrics},
                    compared={m.name: _value(m, codes, earlier) for m in metrics if earlier},
                    labels={"branch": BRANCHES[str(code)][0]} if code else {},
                )
            )
    return MetricResult(
        query=query,
        metrics=metrics,
        rows=rows,
        totals={m.name: _value(m, kept, query.period) for m in metrics},
        compared_totals={m.name: _value(m, kept, earlier) for m in metrics} if earlier else {},
        compared_period=earlier,
        publication=FakePublication(),
    )


def desk(
    locale: str = "en-CA",
    *,
    hidden: tuple[str, ...] = (),
    where: tuple[Filter, ...] = (),
) -> Desk:
    """A desk over the made-up figures; `hidden` metrics are not in the reader's door."""
    return Desk(
        ask=ask,
        metric=get_metric,
        may_read=lambda metric: metric.name not in hidden,
        publication=FakePublication(),
        as_of_on=TODAY,
        timezone="America/Toronto",
        show=formatter(locale),
        where=where,
    )
