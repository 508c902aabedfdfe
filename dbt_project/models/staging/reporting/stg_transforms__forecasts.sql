select
    -- ids
    cast(client_id as uuid) as client_id,
    cast(location_id as uuid) as location_id,

    -- text
    province,
    level,
    metric_name,
    cadence,
    kind,
    model,

    -- numbers
    horizon,
    version,
    yhat,
    lo_80,
    hi_80,
    lo_95,
    hi_95,
    naive,
    scale,
    actual,

    -- dates
    origin_on,
    period_on

from {{ source('transforms', 'forecasts') }}
