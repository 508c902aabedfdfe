"""Marts of invented tenants in DuckDB, and a small semantic manifest over them.

One branch loses a third of its jobs for the last three months; all else goes on as ever.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

TODAY = date(2026, 11, 10)
ODD = "t0-b2"

MARTS = f"""
create schema marts;
create table marts.dim_dates as
select d::date as date_day, date_trunc('month', d)::date as month_start_on,
       isodow(d)::integer as iso_weekday_number, false as is_holiday
from generate_series(timestamp '2024-01-01', timestamp '2026-12-31', interval 1 day) t(d);

create table marts.dim_locations as
select 't' || t as client_id, 't' || t || '-b' || b as location_id, 'Branch ' || b as branch_name,
       date '{TODAY}' as business_on, null::date as closed_on, upper('b' || b) as branch_code
from range(5) x(t), range(6) y(b);

create table marts.fct_bookings_monthly as select client_id, 'CAD' as currency
from marts.dim_locations;

-- Jobs a day: more on Saturdays and in summer; kinds of work of different worth.
create table marts.fct_journeys as
select p.client_id, p.location_id, d.date_day as completed_on, d.date_day as service_on,
       ['LOCAL', 'LONG'][1 + n % 2] as service_type, true as is_completed, 28800 as worked_seconds,
       cast((500 + 400 * (n % 2) + 50 * sin(n * 37 + day(d.date_day))) as decimal(18, 2))
           as service_amount
from marts.dim_locations as p
cross join marts.dim_dates as d
cross join range(9) z(n)
where d.date_day <= p.business_on
    and n < 3 + 2 * (d.iso_weekday_number = 6)::integer
        + 1.5 * sin((month(d.date_day) - 4) / 12.0 * 6.2832)
        + 1.2 * sin(hash(p.location_id || d.date_day) % 1000)
        - case when p.location_id = '{ODD}' and d.date_day >= date '2026-08-01' then 1.6 else 0 end;

create table marts.fct_journey_trucks as
select client_id, location_id, 'truck' as equipment_id, service_on, 1 as jobs_count
from marts.fct_journeys limit 0;
create table marts.fct_spend_monthly (client_id varchar, location_id varchar, source varchar,
    month_on date, spend_amount decimal(18, 2));
create table marts.fct_leads (client_id varchar, location_id varchar, source varchar,
    is_valid boolean, created_on date);
create table marts.fct_quotes (client_id varchar, quote_id varchar, location_id varchar,
    service_type varchar, move_size varchar, source varchar, is_accepted boolean,
    is_decided boolean, is_superseded boolean, subtotal_amount decimal(18, 2), decided_on date);
"""


def marts() -> duckdb.DuckDBPyConnection:
    """A database with five tenants of six branches."""
    connection = duckdb.connect()
    connection.execute(MARTS)
    return connection


def _metric(name: str, unit: str, params: dict[str, Any], **meta: Any) -> dict[str, Any]:
    said = {"id": name, "label_fr": f"{name} (fr)", "unit": unit, "basis": "service"}
    said |= {"additivity": "additive", "owner": "tests", **meta}
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "description": "",
        "type": "ratio" if "numerator" in params else "simple",
        "type_params": params,
        "filter": None,
        "config": {"meta": said},
    }


def _simple(name: str, unit: str, measure: str) -> dict[str, Any]:
    return _metric(name, unit, {"measure": {"name": measure, "filter": None}})


def manifest(folder: Path) -> Path:
    """Jobs, revenue, and revenue per job of `fct_journeys`."""
    measures = [
        {"name": name, "agg": "sum", "expr": expr, "agg_time_dimension": None}
        | {"non_additive_dimension": None}
        for name, expr in (("jobs", "case when is_completed then 1 else 0 end"),
                           ("revenue", "service_amount"))
    ]  # fmt: skip
    model = {
        "name": "journeys",
        "node_relation": {"alias": "fct_journeys"},
        "config": {"meta": {}},
        "primary_entity": "journey",
        "defaults": {"agg_time_dimension": "service_on"},
        "entities": [{"name": "location", "type": "foreign", "expr": "location_id"}],
        "dimensions": [
            {"name": "service_on", "type": "time", "expr": None,
             "type_params": {"time_granularity": "day"}},
            {"name": "service_type", "type": "categorical", "expr": None},
        ],
        "measures": measures,
    }  # fmt: skip
    ratio = {"numerator": {"name": "service_revenue"}, "denominator": {"name": "jobs_completed"}}
    written = {
        "semantic_models": [model],
        "metrics": [
            _simple("jobs_completed", "count", "jobs"),
            _simple("service_revenue", "money", "revenue"),
            _metric("average_job_value", "money", ratio),
        ],
    }
    path = folder / "semantic_manifest.json"
    path.write_text(json.dumps(written))
    return path
