select
    -- ids
    client_id,
    id as location_id,

    -- dates
    business_on

from {{ source('raw', 'core__business_dates') }}
