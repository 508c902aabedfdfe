select
    -- ids
    cast(client_id as uuid) as client_id,
    id as charge_id,
    payment_id,

    -- text
    status,

    -- money
    charge_amount,
    currency,

    -- dates
    created_on

from {{ source('raw', 'stripe__charges') }}
