"""Series of a KPI made ready for detection: whole periods only, dense, the company beside branches.

Detection is in `anomaly`; the figures come from `kpis`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from transforms.insight.anomaly import MONTHLY, WEEKLY, Cadence, Panel
from transforms.insight.kpis import Branch

COMPANY = ""
"""Stands for the whole company among the branch ids."""

LEAST_MONTHS = 24
"""With fewer whole months weeks are watched instead: a tenant has one grain, and one budget of
false alarms."""

MONDAY = date(1970, 1, 5)


@dataclass(frozen=True)
class Grain:
    """Months or weeks as positions on a line."""

    name: str
    cadence: Cadence

    def position(self, day: date) -> int:
        """The position of the period that holds a day."""
        if self.name == "month":
            return day.year * 12 + day.month - 1
        return (day - MONDAY).days // 7

    def start(self, position: int) -> date:
        """The first day of a period: the inverse of `position`."""
        if self.name == "month":
            return date(position // 12, position % 12 + 1, 1)
        return MONDAY + timedelta(days=7 * position)


MONTH, WEEK = Grain("month", MONTHLY), Grain("week", WEEKLY)


def grain_of(begins: date | None, places: Sequence[Branch]) -> Grain:
    """Months where two whole years of them are known since `begins`, else weeks."""
    last = last_day(places)
    if last is None or begins is None:
        return WEEK
    return MONTH if MONTH.position(last) - MONTH.position(begins) - 1 >= LEAST_MONTHS else WEEK


def panel_of(
    figures: pl.DataFrame, places: Sequence[Branch], grain: Grain, begins: date | None
) -> Panel | None:
    """The panel of one KPI of one tenant; None without two whole periods.

    The period of `begins`, and the first of the figure, are left out: they may have begun before
    the record. A branch counts
    from its first row until it closes; the company is the sum of everything, unassigned rows too.
    """
    last = last_day(places)
    if last is None or begins is None or figures.is_empty():
        return None
    position = pl.col("starts_on").map_elements(grain.position, return_dtype=pl.Int64)
    rows = figures.with_columns(position=position)
    oldest = max(int(rows["position"].min()), grain.position(begins))  # type: ignore[arg-type]
    first, end = oldest + 1, grain.position(last) - 1
    if end <= first:
        return None
    rows = rows.filter(pl.col("position").is_between(first, end))
    whole = rows.with_columns(location_id=pl.lit(COMPANY))
    known = pl.DataFrame(
        [
            (each.id, _until(each, grain, end))
            for each in (*places, Branch(COMPANY, "", last, None))
        ],
        schema={"location_id": pl.String, "until": pl.Int64},
        orient="row",
    )
    sums = (
        pl.concat([rows, whole])
        .group_by("location_id", "position")
        .agg(
            pl.col("over").sum(),
            pl.col("under").sum(),
            is_ratio=pl.col("under").is_not_null().any(),
        )
    )
    opened = sums.group_by("location_id").agg(begins=pl.col("position").min())
    line = pl.DataFrame({"position": range(first, end + 1)}, schema={"position": pl.Int64})
    dense = (
        known.join(opened, on="location_id")
        .join(line, how="cross")
        .filter(
            pl.col("position") <= pl.col("until"),
            # The month a branch opened in is not whole either.
            (pl.col("position") > pl.col("begins")) | (pl.col("begins") == first),
        )
        .join(sums, on=["location_id", "position"], how="left")
    )
    over, under = (pl.col(name).cast(pl.Float64).fill_null(0.0) for name in ("over", "under"))
    ratio = bool(sums["is_ratio"].any())
    y = pl.when(under > 0).then(over / under) if ratio else over
    return Panel.of(
        dense.select(pl.col("location_id").alias("unique_id"), "position", y=y).sort(
            "unique_id", "position"
        )
    )


def with_days(panel: Panel, days: Mapping[date, float]) -> Panel:
    """A panel of months whose calendars are told apart (month to its days that count)."""
    points = range(panel.first, panel.first + panel.y.shape[1])
    found = np.array([days.get(MONTH.start(point), np.nan) for point in points])
    found = np.where(np.isfinite(found) & (found > 0), found, np.nan)
    if not np.isfinite(found).all():
        return panel
    return replace(panel, days=found / found.mean())


def last_day(places: Sequence[Branch]) -> date | None:
    """The earliest day that a going branch is in: what came before has ended everywhere."""
    days = [each.business_on for each in places if each.business_on and not each.closed_on]
    return min(days) if days else None


def _until(place: Branch, grain: Grain, end: int) -> int:
    return min(end, grain.position(place.closed_on) - 1) if place.closed_on else end
