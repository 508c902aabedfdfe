-- Read again by the next run: what was published stays, whatever is forecast later.
select
    cast(client_id as varchar) as client_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    province,
    level,
    metric_name,
    cadence,
    kind,
    origin_on,
    period_on,
    cast(horizon as integer) as horizon,
    model,
    cast(version as integer) as version,
    cast(yhat as double) as yhat,
    cast(lo_80 as double) as lo_80,
    cast(hi_80 as double) as hi_80,
    cast(lo_95 as double) as lo_95,
    cast(hi_95 as double) as hi_95,
    cast(naive as double) as naive,
    cast(scale as double) as scale,
    cast(actual as double) as actual
from {{ ref('stg_transforms__forecasts') }}
