select
    -- ids
    client_id,
    id as location_id,

    -- text
    code as branch_code,
    name as branch_name,
    city,
    province,
    timezone,
    storage_type,
    status,

    -- numbers
    truck_count,

    -- flags
    is_corporate,

    -- dates
    opened_on,
    closed_on

from {{ source('raw', 'core__locations') }}
