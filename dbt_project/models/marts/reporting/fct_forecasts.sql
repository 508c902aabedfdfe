select
    cast(client_id as varchar) as client_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    metric_name,
    origin_on,
    month_on,
    cast(horizon as integer) as horizon,
    model,
    cast(yhat as double) as yhat,
    cast(lo_80 as double) as lo_80,
    cast(hi_80 as double) as hi_80,
    cast(lo_95 as double) as lo_95,
    cast(hi_95 as double) as hi_95
from {{ ref('stg_transforms__forecasts') }}
