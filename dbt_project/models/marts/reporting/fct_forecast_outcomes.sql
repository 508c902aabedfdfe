-- Errors in units of the series' own seasonal differences: they say how good a forecast was, not
-- how large the figure is, so whoever sees the branch may see them.
with known as (

    select *
    from {{ ref('stg_transforms__forecasts') }}
    where actual is not null and kind <> 'current'

)

select
    cast(client_id as varchar) as client_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    level,
    province,
    metric_name,
    cadence,
    kind,
    origin_on,
    period_on,
    cast({{ first_day_of('month', 'period_on') }} as date) as month_on,
    cast(horizon as integer) as horizon,
    model,
    cast(version as integer) as version,
    case when scale > 0 then cast((yhat - actual) / scale as double) end as scaled_error,
    case when scale > 0 then cast(abs(yhat - actual) / scale as double) end as scaled_miss,
    case when scale > 0 then cast(abs(naive - actual) / scale as double) end as scaled_naive_miss,
    cast(case when abs(yhat) + abs(actual) > 0
        then 2 * abs(yhat - actual) / (abs(yhat) + abs(actual)) else 0 end as double) as smape,
    cast(case when abs(naive) + abs(actual) > 0
        then 2 * abs(naive - actual) / (abs(naive) + abs(actual)) else 0 end as double)
        as naive_smape,
    coalesce(actual between lo_80 and hi_80, false) as is_inside_80,
    coalesce(actual between lo_95 and hi_95, false) as is_inside_95
from known
