select
    -- ids
    cast(client_id as uuid) as client_id,
    id as refund_id,
    charge_id,

    -- text
    status,

    -- money
    refund_amount,
    currency

from {{ source('raw', 'stripe__refunds') }}
