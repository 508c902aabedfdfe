select
    -- ids
    client_id,
    id as customer_id,
    location_id,
    owner_id,

    -- text
    type as customer_type,
    province,
    postal_area,

    -- dates
    created_on

from {{ source('raw', 'core__customers') }}
