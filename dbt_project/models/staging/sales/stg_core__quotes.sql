select
    -- ids
    client_id,
    id as quote_id,
    family_id,
    lead_id,
    customer_id,
    location_id,
    owner_id,

    -- text
    status,
    service_type,
    move_size,

    -- numbers
    version,

    -- money
    subtotal_amount,
    discount_amount,
    tax_amount,
    total_amount,
    currency,

    -- instants
    accepted_at,

    -- dates
    created_on,
    sent_on,
    valid_until_on,
    decided_on,
    accepted_on,
    move_on

from {{ source('raw', 'core__quotes') }}
