select
    -- ids
    cast(client_id as uuid) as client_id,
    cast(location_id as uuid) as location_id,

    -- text
    metric_name,
    model,

    -- numbers
    horizon,
    yhat,
    lo_80,
    hi_80,
    lo_95,
    hi_95,

    -- dates
    origin_on,
    month_on

from {{ source('transforms', 'forecasts') }}
