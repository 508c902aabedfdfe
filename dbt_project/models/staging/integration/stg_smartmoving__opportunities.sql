select
    -- ids
    cast(client_id as uuid) as client_id,
    id as opportunity_id,
    cast(location_id as uuid) as location_id,

    -- text
    mode,
    status,

    -- money
    estimated_subtotal_amount,
    currency,

    -- flags
    is_booked,

    -- dates
    created_on,
    booked_on,
    service_on

from {{ source('raw', 'smartmoving__opportunities') }}
