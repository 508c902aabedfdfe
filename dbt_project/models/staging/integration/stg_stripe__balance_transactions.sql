select
    -- ids
    cast(client_id as uuid) as client_id,
    id as balance_transaction_id,
    source_id,

    -- money
    fee_amount,
    currency

from {{ source('raw', 'stripe__balance_transactions') }}
