"""What is forecast: a table of targets, and the SQL that makes their series of the marts.

How a series is forecast is in `forecast`; what is done with all targets, in `publish`.
"""

from dataclasses import dataclass

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Cadence:
    """A length of periods, and what is forecast of it."""

    name: str
    """month, week or day: what DuckDB's date_trunc understands."""
    horizon: int
    season: int
    """Periods in a year; days in whole weeks."""
    most: int
    """Periods of history that a forecast looks back on."""


MONTH = Cadence("month", 6, 12, 84)
WEEK = Cadence("week", 8, 52, 208)
DAY = Cadence("day", 14, 364, 760)
CADENCES = {each.name: each for each in (MONTH, WEEK, DAY)}


@dataclass(frozen=True)
class Target:
    """One figure that is forecast; its series are the branches and what they add up to."""

    metric: str
    """Name of the figure; where the semantic layer has it, under the same name."""
    cadence: str
    relation: str
    on: str
    """The column with the date that a row counts on."""
    value: str
    """SQL of a period's figure."""
    where: str = "true"
    is_level: bool = False
    """A balance at the end of the period, instead of what happened in it."""
    with_provinces: bool = False
    """Provinces are forecast themselves, instead of being the sums of their branches alone."""
    has_books: bool = False
    """Bookings for the periods ahead are known."""

    @property
    def key(self) -> str:
        """Of metric and cadence."""
        return f"{self.metric} by {self.cadence}"


def _flow(metric: str, cadences: str, mart: str, on: str, value: str, where: str = "true",
          *, with_provinces: bool = False, has_books: bool = False) -> list[Target]:  # fmt: skip
    return [
        Target(metric, each, f"marts.{mart}", on, value, where, False, with_provinces, has_books)
        for each in cadences.split()
    ]


def _level(metric: str, mart: str, value: str) -> list[Target]:
    return [Target(metric, "month", f"marts.{mart}", "as_of_on", value, is_level=True)]


_MONTHLY = "fct_bookings_monthly"
"""Reaches further back than the bookings themselves."""

TARGETS: tuple[Target, ...] = (
    *_flow("bookings", "month", _MONTHLY, "month_on", "sum(bookings_count)", with_provinces=True),
    *_flow("booked_amount", "month", _MONTHLY, "month_on", "sum(booked_amount)",
           with_provinces=True),
    *_flow("bookings", "week", "fct_bookings", "booked_on", "count(*)"),
    *_flow("new_leads", "month week", "fct_leads", "created_on", "count(*)", "is_valid"),
    *_flow("jobs_completed", "month week day", "fct_journeys", "service_on", "count(*)",
           "is_completed", has_books=True),
    *_flow("service_revenue", "month", "fct_journeys", "service_on", "sum(service_amount)",
           "is_completed"),
    *_flow("crew_hours", "month week", "fct_crew_hours", "service_on",
           "sum(entered_seconds) / 3600.0"),
    *_flow("truck_days", "month", "fct_journey_trucks", "service_on",
           "count(distinct (equipment_id, service_on))", "equipment_id is not null"),
    *_flow("invoiced_revenue", "month", "fct_invoice_postings", "posted_on",
           "sum(revenue_amount)"),
    *_flow("cash_collected", "month", "fct_payments", "received_on", "sum(collected_amount)"),
    *_flow("stock_used", "month", "fct_stock_movements", "occurred_on", "sum(used_amount)"),
    *_level("receivables", "fct_receivables_daily", "sum(receivable_amount)"),
    *_level("storage_units_let", "fct_storage_daily", "sum(let_units_count)"),
    *_level("storage_recurring_rent", "fct_storage_daily", "sum(recurring_rent_amount)"),
)  # fmt: skip

MARTS = frozenset(target.relation.removeprefix("marts.") for target in TARGETS) | {"dim_locations"}
"""What the series are made of."""


def history(connection: DuckDBPyConnection, target: Target) -> pl.DataFrame:
    """The series of a target (client_id, location_id, province, ds, y), dense, whole periods only.

    Branches that are open, from the first whole period that the tenant has figures of, or the
    branch's first one, to the last that has ended everywhere at the tenant. Rows of no branch are
    not forecast. A mart that is not there has no series.
    """
    if not _is_there(connection, target.relation):
        return pl.DataFrame(schema=_SCHEMA)
    return connection.sql(_sql(target)).pl().cast(_SCHEMA)  # type: ignore[arg-type]


_SCHEMA: dict[str, pl.DataType] = {
    "client_id": pl.String(),
    "location_id": pl.String(),
    "province": pl.String(),
    "ds": pl.Date(),
    "y": pl.Float64(),
}


def _is_there(connection: DuckDBPyConnection, relation: str) -> bool:
    # Not asked of the information schema: that lists every table of the lake, a fifth of a second.
    try:
        connection.execute(f"describe {relation}")
    except duckdb.CatalogException:
        return False
    return True


def _sql(target: Target) -> str:
    cadence = CADENCES[target.cadence]
    period = f"cast(date_trunc('{cadence.name}', {target.on}) as date)"
    step = f"interval 1 {cadence.name}"
    # A balance counts on the last day of its period.
    ends = f"and cast({target.on} + 1 as date) = {period} + {step}" if target.is_level else ""
    return f"""
        with places as (
            select client_id, location_id, province, opened_on,
                cast(min(date_trunc('{cadence.name}', business_on)) over (partition by client_id)
                    as date) as running_on
            from marts.dim_locations
            where coalesce(closed_on > business_on, true)
        ),
        figures as (
            select client_id, location_id, {period} as ds,
                cast({target.value} as double) as y, min({target.on}) as first_on
            from {target.relation}
            where location_id is not null and {target.where} {ends}
            group by 1, 2, 3
        ),
        spans as (
            select places.*,
                -- The period in which records begin is whole only when they begin with it.
                cast(case when begin.ds >= begin.first_on or {str(target.is_level).lower()}
                    then begin.ds else begin.ds + {step} end as date) as first_ds,
                own.ds as own_ds
            from places
            inner join (
                select client_id, min(ds) as ds, min(first_on) as first_on
                from figures group by client_id
            ) as begin using (client_id)
            inner join (
                -- Nor is the period in which a branch begins.
                select client_id, location_id,
                    cast(min(ds) + case when min(ds) > any_value(begin_ds) then {step}
                        else interval 0 day end as date) as ds
                from (
                    select *, min(ds) over (partition by client_id) as begin_ds from figures
                ) where y <> 0 group by client_id, location_id
            ) as own using (client_id, location_id)
        ),
        periods as (
            select client_id, location_id, province,
                cast(unnest(generate_series(
                    greatest(first_ds, own_ds, running_on - interval {cadence.most} {cadence.name}),
                    running_on - {step}, {step})) as date) as ds
            from spans
        )
        select client_id, location_id, province, ds, coalesce(figures.y, 0.0) as y
        from periods left join figures using (client_id, location_id, ds)
        order by client_id, location_id, ds
    """
