"""The figures that are watched and explained, as frames from marts by the metrics' own definitions.

Which they are stands here; what they mean stands in the semantic YAML and is read from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from transforms.metrics.catalogue import LOCATION, Catalogue, Metric
from transforms.metrics.definitions import Manifest

WATCHED = (
    "new_leads",
    "lead_booking_rate_30",
    "bookings",
    "booked_amount",
    "average_booked_value",
    "quote_booking_rate",
    "jobs_completed",
    "service_revenue",
    "average_job_value",
    "on_time_rate",
    "invoiced_revenue",
    "cash_collected",
)
"""Metrics in which anomalies are looked for: sums of rows, or ratios of two."""

MULTIPLICATIVE = frozenset({"count", "money"})
"""Units whose noise grows with the size."""


@dataclass(frozen=True)
class Explained:
    """A metric whose moves are decomposed."""

    metric: str
    per: str
    """The ratio of it to the work it comes from; itself where it is a ratio."""
    segment: str
    """The dimension that tells kinds of work apart."""


EXPLAINED = (
    Explained("booked_amount", "average_booked_value", "service_type"),
    Explained("service_revenue", "average_job_value", "service_type"),
    Explained("average_job_value", "average_job_value", "service_type"),
    Explained("quote_booking_rate", "quote_booking_rate", "source"),
)


@dataclass(frozen=True)
class Part:
    """A sum over one mart by one date, as the metric's measure says it."""

    mart: str
    expression: str
    day: str
    branch: str
    dimensions: Mapping[str, str]

    @classmethod
    def of(cls, manifest: Manifest, catalogue: Catalogue, component: str) -> "Part | None":
        """From a component of the catalogue; None when it is no plain sum."""
        part = catalogue.parts[component]
        if part.semi_additive or not part.sums:
            return None
        written = next(each for each in manifest["metrics"] if each["name"] == component)
        model = next(each for each in manifest["semantic_models"] if each["name"] == part.model)
        wanted = written["type_params"]["measure"]["name"]
        measure = next(each for each in model["measures"] if each["name"] == wanted)
        if measure["agg"] != "sum":
            return None
        columns = {d["name"]: d["expr"] or d["name"] for d in model["dimensions"]}
        entities = {e["name"]: e["expr"] or e["name"] for e in model["entities"]}
        if LOCATION not in entities:
            return None
        return cls(
            mart=part.mart,
            expression=measure["expr"] or measure["name"],
            day=columns[part.time_column],
            branch=entities[LOCATION],
            dimensions=columns,
        )


@dataclass(frozen=True)
class Kpi:
    """A metric as a sum, or as one sum over another."""

    metric: Metric
    over: Part
    under: Part | None

    @classmethod
    def of(cls, manifest: Manifest, catalogue: Catalogue, name: str) -> "Kpi | None":
        """None where the definitions do not have it, or not as sums of one sign."""
        metric = catalogue.metrics.get(name)
        if metric is None or len(metric.numerator) != 1 or len(metric.denominator) > 1:
            return None
        over = Part.of(manifest, catalogue, metric.numerator[0][1])
        under = metric.denominator[0][1] if metric.denominator else None
        below = Part.of(manifest, catalogue, under) if under else None
        if over is None or (under is not None and below is None):
            return None
        return cls(metric, over, below)

    @classmethod
    def explained(
        cls, manifest: Manifest, catalogue: Catalogue, name: str, per: str
    ) -> "Kpi | None":
        """The metric over the work of the ratio `per`."""
        own, ratio = (cls.of(manifest, catalogue, each) for each in (name, per))
        if own is None or ratio is None or ratio.under is None:
            return None
        return cls(own.metric, own.over, ratio.under)


def kpis(manifest: Manifest, catalogue: Catalogue, names: Sequence[str]) -> list[Kpi]:
    """Those of the named metrics that can be read from marts."""
    found = (Kpi.of(manifest, catalogue, name) for name in names)
    return [kpi for kpi in found if kpi is not None]


def figures(
    connection: DuckDBPyConnection, kpi: Kpi, grain: str, segment: str | None = None
) -> pl.DataFrame:
    """client_id, location_id (null: no branch), segment, starts_on, over, under.

    One row per tenant, branch, segment and `grain` (month or week) with any row in the mart; sums
    exact. Without a denominator `under` is null.
    """
    frames = [_sums(connection, kpi.over, "over", grain, segment)]
    if kpi.under is not None:
        frames.append(_sums(connection, kpi.under, "under", grain, segment))
    keys = ["client_id", "location_id", "segment", "starts_on"]
    return (
        pl.concat(frames, how="diagonal_relaxed")
        .group_by(keys)
        .agg(
            pl.col("over").sum(),
            pl.col("under").sum() if kpi.under else pl.lit(None, pl.Float64).alias("under"),
        )
        .sort(keys)
    )


def _sums(
    connection: DuckDBPyConnection, part: Part, name: str, grain: str, segment: str | None
) -> pl.DataFrame:
    kind = f"coalesce(cast({part.dimensions[segment]} as varchar), '')" if segment else "''"
    return connection.sql(
        f"select client_id, {part.branch} as location_id, {kind} as segment,"
        f" cast(date_trunc('{grain}', {part.day}) as date) as starts_on,"
        f" cast(sum({part.expression}) as decimal(18, 4)) as {name}"
        f" from {part.mart} where {part.day} is not null group by all"
    ).pl()


@dataclass(frozen=True)
class Branch:
    """What of a branch says which of its periods are whole."""

    id: str
    name: str
    business_on: date | None
    closed_on: date | None
    currency: str = "CAD"


def branches(connection: DuckDBPyConnection) -> dict[str, list[Branch]]:
    """The branches of every tenant, with the currency its bookings are in."""
    rows = connection.sql(
        "select client_id, location_id, branch_name, business_on, closed_on,"
        " coalesce((select any_value(currency) from marts.fct_bookings_monthly as months"
        " where months.client_id = places.client_id), 'CAD') as currency"
        " from marts.dim_locations as places order by all"
    ).fetchall()
    found: dict[str, list[Branch]] = {}
    for client, *row in rows:
        found.setdefault(client, []).append(Branch(*row))
    return found


def day_weights(connection: DuckDBPyConnection, kpi: Kpi) -> dict[tuple[str, date], float]:
    """By tenant and month, how much work its days invite: Saturdays more than Sundays.

    A day counts what days of its kind (weekday, or holiday) had on average in the last two years,
    over what a day had.
    """
    part = kpi.under or kpi.over
    rows = connection.sql(
        f"""
        with daily as (
            select client_id, {part.day} as day_on, sum({part.expression}) as work
            from {part.mart} where {part.day} is not null group by all
        ),
        spans as (
            select client_id, greatest(min(day_on), max(day_on) - 730) as first_on,
                   max(day_on) as last_on
            from daily group by client_id
        ),
        days as (
            select spans.client_id, dates.date_day, dates.month_start_on,
                   case when dates.is_holiday then 0 else dates.iso_weekday_number end as kind,
                   case when dates.date_day between first_on and last_on
                        then cast(coalesce(daily.work, 0) as double) end as work
            from spans
            cross join marts.dim_dates as dates
            left join daily
                on daily.client_id = spans.client_id and daily.day_on = dates.date_day
        ),
        weights as (
            select client_id, kind, avg(work) as weight from days group by client_id, kind
        ),
        usual as (select client_id, avg(work) as weight from days group by client_id)
        select days.client_id, days.month_start_on,
               sum(coalesce(weights.weight / nullif(usual.weight, 0), 1)) as days
        from days
        inner join weights using (client_id, kind)
        inner join usual using (client_id)
        group by days.client_id, days.month_start_on
        """
    ).fetchall()
    return {(client, month): float(days) for client, month, days in rows}
