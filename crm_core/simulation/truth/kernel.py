"""How a figure is declared, and how its facts become values by branch, month and dimension.

The facts themselves are in the modules named for the letters of the catalogue.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import polars as pl

from crm_core.simulation.truth.reading import Rows

UNASSIGNED = "Unassigned"
"""The branch of rows that no branch owns."""
COMPANY = "*"
"""Stands for all branches together."""
UNKNOWN = "unknown"
PLACES = Decimal("0.000001")

COLUMNS = (
    "client", "kpi", "metric", "branch", "month", "dimension", "member", "value", "numerator",
    "denominator", "mark",
)  # fmt: skip


class Kind(StrEnum):
    """How facts become one value."""

    SUM = "sum"
    """Σ of the measure."""
    RATIO = "ratio"
    """Σ numerator ÷ Σ denominator; nothing where the denominator is zero."""
    SHARE = "share"
    """The measure of each member of the first dimension ÷ that of all."""
    MEDIAN = "median"
    P90 = "p90"
    P95 = "p95"
    """A percentile interpolated between the two closest ranks, at (n - 1) × p."""
    MAX = "max"
    DIFFERENCE = "difference"
    """One figure less another of the same place and month."""


PERCENTILES = {Kind.MEDIAN: (1, 2), Kind.P90: (9, 10), Kind.P95: (19, 20)}


class Unit(StrEnum):
    NUMBER = "n"
    MONEY = "money"
    PERCENT = "%"
    POINTS = "pts"
    TIMES = "x"
    MINUTES = "min"
    SECONDS = "s"
    HOURS = "h"
    DAYS = "days"
    MONEY_PER_HOUR = "money/h"
    MONEY_PER_KM = "money/km"
    LITRES = "L/100 km"
    AREA = "sq ft"


SCALE = {Unit.PERCENT: 100, Unit.POINTS: 100, Unit.LITRES: 100}
"""What a quotient is multiplied with to be in its unit."""


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    BAND = "band"
    ZERO = "zero"
    NONE = "none"


@dataclass(frozen=True)
class Kpi:
    """One figure of the catalogue; `facts` gives a row per thing counted.

    Facts hold `location_id` (or none), `on` (a day of the month they count for), the measures and
    the dimensions. Branch and province are dimensions of every figure with a branch.
    """

    metric: str
    facts: Callable[[Rows], pl.DataFrame]
    unit: Unit
    direction: Direction
    basis: str
    dimensions: tuple[str, ...] = ()
    kind: Kind = Kind.SUM
    value: str = "value"
    num: str = "num"
    den: str = "den"
    is_distinct: bool = False
    """The denominator counts the distinct values of its column, not their sum."""
    per: int = 1
    """Units of the measure in one of the figure's: 60 for seconds shown as minutes."""
    matures_days: int = 0
    """Days after which a month's cohort no longer changes."""
    of: tuple[str, str] = ("", "")
    """The two figures of a difference."""

    @property
    def id(self) -> str:
        """The catalogue's number: S02 of S02_clock."""
        return self.metric.partition("_")[0]

    @property
    def is_additive(self) -> bool:
        """Whether the figures of branches add up to the company's."""
        return self.kind is Kind.SUM


Row = tuple[str, date, str, str, str | None, str | None, str | None]
"""Branch, month, dimension, member, value, numerator, denominator."""


def figures_of(kpi: Kpi, rows: Rows, places: pl.DataFrame) -> Iterator[Row]:
    """The values of one figure by branch, and of the company by each of its dimensions."""
    facts = _placed(rows.once(kpi.facts), places)
    if kpi.kind in PERCENTILES or kpi.kind is Kind.MAX:
        facts = facts.filter(pl.col(kpi.value).is_not_null())
    if facts.is_empty():
        return
    if kpi.kind is Kind.SHARE:
        split = kpi.dimensions[0]
        yield from _shares(kpi, facts, ["branch"], split)
        yield from _shares(kpi, facts, [], split)
        return
    has_branch = "branch" in facts.columns
    if has_branch:
        yield from _grouped(kpi, facts, "branch", "")
    yield from _grouped(kpi, facts, "", "")
    for dimension in (*(("province",) if has_branch else ()), *kpi.dimensions):
        yield from _grouped(kpi, facts, "", dimension)


def _placed(facts: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The facts of known days with month, branch and province."""
    dated = facts.filter(pl.col("on").is_not_null()).with_columns(
        pl.col("on").dt.truncate("1mo").alias("month")
    )
    if "location_id" not in dated.columns:
        return dated
    return dated.join(places, on="location_id", how="left").with_columns(
        pl.col("branch", "province").fill_null(UNASSIGNED)
    )


def _grouped(kpi: Kpi, facts: pl.DataFrame, branch: str, dimension: str) -> Iterator[Row]:
    keys = [
        (pl.col(branch) if branch else pl.lit(COMPANY)).alias("_branch"),
        pl.col("month").alias("_month"),
        (pl.col(dimension).cast(pl.String).fill_null(UNKNOWN) if dimension else pl.lit("")).alias(
            "_member"
        ),
    ]
    found = facts.group_by(keys).agg(*_measures(kpi))
    for place, month, member, num, den in found.iter_rows():
        yield (place, month, dimension, member, *_texts(kpi, num, den))


def _measures(kpi: Kpi) -> tuple[pl.Expr, pl.Expr]:
    """Numerator and denominator of a group; a sum has no denominator."""
    if kpi.kind is Kind.RATIO:
        den = pl.col(kpi.den).drop_nulls().n_unique() if kpi.is_distinct else pl.col(kpi.den).sum()
        return pl.col(kpi.num).sum().alias("num"), den.alias("den")
    if kpi.kind is Kind.MAX:
        return pl.col(kpi.value).max().alias("num"), pl.lit(kpi.per).alias("den")
    if kpi.kind in PERCENTILES:
        step, steps = PERCENTILES[kpi.kind]
        ordered = pl.col(kpi.value).drop_nulls().sort()
        reach = (pl.col(kpi.value).count().cast(pl.Int64) - 1).clip(0) * step
        low = ordered.get(reach // steps, null_on_oob=True)
        high = ordered.get((reach + steps - 1) // steps, null_on_oob=True)
        rest = reach % steps
        return (
            (low * (steps - rest) + high * rest).alias("num"),
            pl.lit(steps * kpi.per).alias("den"),
        )
    return pl.col(kpi.value).sum().alias("num"), pl.lit(None).alias("den")


def _shares(kpi: Kpi, facts: pl.DataFrame, place: list[str], split: str) -> Iterator[Row]:
    member = pl.col(split).cast(pl.String).fill_null(UNKNOWN).alias("_member")
    found = (
        facts.group_by(*place, "month", member)
        .agg(pl.col(kpi.value).sum().alias("num"))
        .with_columns(pl.col("num").sum().over(*place, "month").alias("den"))
    )
    branch = pl.col(place[0]) if place else pl.lit(COMPANY)
    for at, month, name, num, den in found.select(
        branch.alias("_branch"), "month", "_member", "num", "den"
    ).iter_rows():
        yield (at, month, split, name, *_texts(kpi, num, den))


def _texts(
    kpi: Kpi, num: int | Decimal | None, den: int | Decimal | None
) -> tuple[str | None, str | None, str | None]:
    """Value, numerator and denominator as exact text; quotients rounded half up at six places."""
    if kpi.kind is Kind.SUM:
        return str(num), None, None
    shown = quotient(kpi.unit, num, den)
    if kpi.kind in (Kind.RATIO, Kind.SHARE):
        return shown, _text(num), _text(den)
    return shown, None, None


def quotient(unit: Unit, num: int | Decimal | None, den: int | Decimal | None) -> str | None:
    """A quotient in its unit, rounded half up at six places; null without a denominator."""
    if num is None or not den:
        return None
    value = Decimal(num) * SCALE.get(unit, 1) / Decimal(den)
    return str(value.quantize(PLACES, ROUND_HALF_UP))


def _text(number: int | Decimal | None) -> str | None:
    return None if number is None else str(number)


def differences(kpi: Kpi, found: dict[str, list[Row]]) -> Iterator[Row]:
    """One figure less another, exactly, where both are known; rounded once."""
    less = {row[:4]: row for row in found.get(kpi.of[1], [])}
    for row in found.get(kpi.of[0], []):
        other = less.get(row[:4])
        if other is None or not _is_known(row) or not _is_known(other):
            continue
        (a, b), (c, d) = _parts(row), _parts(other)
        yield (*row[:4], quotient(kpi.unit, a * d - c * b, b * d), None, None)


def _is_known(row: Row) -> bool:
    return row[4] is not None and row[5] is not None and row[6] is not None


def _parts(row: Row) -> tuple[Decimal, Decimal]:
    return Decimal(row[5] or 0), Decimal(row[6] or 0)


def mark(kpi: Kpi, month: date, until: date) -> str:
    """`immature` for a cohort that may still change."""
    following = (month + timedelta(days=32)).replace(day=1)
    late = kpi.matures_days and following + timedelta(days=kpi.matures_days) > until
    return "immature" if late else ""


def by_metric(kpis: Sequence[Kpi], rows: Rows) -> dict[str, list[Row]]:
    """The values of all figures, by metric."""
    places = rows["locations"].select(
        pl.col("id").alias("location_id"), pl.col("code").alias("branch"), "province"
    )
    found: dict[str, list[Row]] = {}
    for kpi in kpis:
        if kpi.kind is Kind.DIFFERENCE:
            found[kpi.metric] = list(differences(kpi, found))
        else:
            found[kpi.metric] = list(figures_of(kpi, rows, places))
    return found
