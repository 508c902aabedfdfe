select
    -- ids
    client_id,
    id as lead_id,
    customer_id,
    location_id,
    owner_id,

    -- text
    source,
    status,
    priority,
    service_type,
    move_size,
    origin_province as province,
    lost_reason,

    -- money
    estimated_amount,
    currency,

    -- flags
    not is_bad as is_valid,

    -- instants
    received_at,
    first_contacted_at,

    -- dates
    created_on,
    won_on,
    lost_on

from {{ source('raw', 'core__leads') }}
