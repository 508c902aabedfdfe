"""What a published forecast would be under changed levers, asked at a door by people.

The arithmetic is in `whatif`; how strongly a lever pulls was estimated in `elasticity`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import polars as pl

from crm_core.errors import CrmError
from transforms.insight.decompose import half_up
from transforms.insight.elasticity import Z_95, Elasticity
from transforms.insight.whatif import CHAIN, what_if
from transforms.metrics.compiler import Dialect
from transforms.metrics.result import Door

ELASTICITIES: Final = "marts.fct_elasticities"
BRANCHES: Final = "marts.dim_locations"
SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "bookings": ("marts.fct_forecasts", "month"),
    "booked_amount": ("marts.fct_forecasts", "month"),
    "jobs_completed": ("marts.fct_forecasts_operations", "week"),
}
"""Per metric that levers move: where its forecast is, and by which bucket."""


class ForecastMissing(CrmError):
    """There is no forecast to change: of no such metric, not open to the asker, or not yet made."""


@dataclass(frozen=True)
class Lever:
    """A lever of a metric, and what the past tells of it."""

    name: str
    pull: Elasticity | None
    """None where nothing could be estimated, or where estimates are not open to the asker."""

    @property
    def is_known(self) -> bool:
        """Whether the past tells even the sign of what it does."""
        return self.pull is not None and self.pull.is_known


@dataclass(frozen=True)
class Point:
    """One bucket: the forecast with its 80 % range, as published and under the changed levers."""

    on: date
    value: Decimal
    low: Decimal
    high: Decimal
    changed: Decimal
    changed_low: Decimal
    changed_high: Decimal


@dataclass(frozen=True)
class Scenario:
    """A forecast under changed levers."""

    metric: str
    bucket: str
    """month or week."""
    changes: Mapping[str, float]
    """Fractions: 0.05 is five per cent more."""
    levers: tuple[Lever, ...]
    points: tuple[Point, ...]

    @property
    def total(self) -> Decimal:
        """The forecast of all buckets together."""
        return sum((point.value for point in self.points), Decimal(0))

    @property
    def changed_total(self) -> Decimal:
        """The same under the changed levers."""
        return sum((point.changed for point in self.points), Decimal(0))

    @property
    def share(self) -> Decimal | None:
        """By what fraction all buckets together change; None of nothing."""
        return (self.changed_total - self.total) / self.total if self.total else None


def levers_of(door: Door, metric: str) -> tuple[Lever, ...]:
    """The levers that could move a metric, known or not."""
    found: dict[str, Elasticity] = {}
    if ELASTICITIES in door.relations:
        rows = door.sql(
            "select lever, metric_name, elasticity, hi_95, cases_count"
            f" from {Dialect.DOOR.relation(ELASTICITIES)} order by lever, metric_name"
        ).rows()
        found = {
            lever: Elasticity(lever, of, value, (high - value) / Z_95, cases)
            for lever, of, value, high, cases in rows
        }
    return tuple(Lever(name, found.get(name)) for name in CHAIN.get(metric, {}))


def scenario(
    door: Door, metric: str, changes: Mapping[str, float], branch: str | None = None
) -> Scenario:
    """The forecast of the company, or of a branch by code, under changes of levers.

    A lever whose sign the past does not tell is refused like one of which it tells nothing.
    Raises `LeverTooFar`, `ForecastMissing`.
    """
    levers = levers_of(door, metric)
    moved = {name: change for name, change in changes.items() if change}
    known = [lever.pull for lever in levers if lever.pull is not None and lever.is_known]
    frame = what_if(_forecast(door, metric, branch), metric, moved, known)
    points = tuple(
        Point(on, *(half_up(Decimal(repr(value)), 2) for value in values))
        for on, *values in frame.select(
            "period_on", "yhat", "lo_80", "hi_80", "changed", "changed_lo_80", "changed_hi_80"
        ).iter_rows()
    )
    return Scenario(metric, SOURCES[metric][1], moved, levers, points)


def _forecast(door: Door, metric: str, branch: str | None) -> pl.DataFrame:
    if metric not in SOURCES:
        known = ", ".join(SOURCES)
        raise ForecastMissing(f"no lever moves {metric!r}; what can be asked: {known}")
    mart, bucket = SOURCES[metric]
    place = f"of branch {branch}" if branch else "of the whole company"
    missing = ForecastMissing(f"no forecast of {metric} {place} is open to you, or none was made")
    if mart not in door.relations:
        raise missing
    frame = door.sql(
        "select ahead.period_on, ahead.yhat, coalesce(ahead.lo_80, ahead.yhat) as lo_80,"
        " coalesce(ahead.hi_80, ahead.yhat) as hi_80"
        f" from {Dialect.DOOR.relation(mart)} as ahead"
        f" left join {Dialect.DOOR.relation(BRANCHES)} as places"
        " on places.location_id = ahead.location_id"
        " where ahead.metric_name = ? and ahead.cadence = ? and ahead.level = ?"
        " and coalesce(places.branch_code, '') = ? order by ahead.period_on",
        [metric, bucket, "branch" if branch else "company", branch or ""],
    )
    if frame.is_empty():
        raise missing
    return frame
