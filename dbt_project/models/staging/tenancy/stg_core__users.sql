select
    -- ids
    client_id,
    id as user_id,
    location_id,

    -- text
    role,
    status

from {{ source('raw', 'core__users') }}
