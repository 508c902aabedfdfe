select
    client_id,
    location_id,
    access_location_id,
    level,
    province,
    metric_name,
    cadence,
    kind,
    horizon,
    cast(count(*) as integer) as points_count,
    cast(avg(scaled_miss) as double) as mase,
    cast(avg(scaled_naive_miss) as double) as naive_mase,
    cast((avg(scaled_miss) / nullif(avg(scaled_naive_miss), 0)
        + avg(smape) / nullif(avg(naive_smape), 0)) / 2 as double) as owa,
    cast(avg(scaled_error) as double) as bias,
    cast(100 * avg(case when is_inside_80 then 1.0 else 0.0 end) as double) as coverage_80_pct,
    cast(100 * avg(case when is_inside_95 then 1.0 else 0.0 end) as double) as coverage_95_pct
from {{ ref('fct_forecast_outcomes') }}
group by
    client_id,
    location_id,
    access_location_id,
    level,
    province,
    metric_name,
    cadence,
    kind,
    horizon
