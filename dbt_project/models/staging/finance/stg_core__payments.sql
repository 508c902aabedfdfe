select
    -- ids
    client_id,
    id as payment_id,
    invoice_id,
    refund_of_payment_id,
    customer_id,
    location_id,
    owner_id,

    -- text
    gateway,
    payment_method,
    payment_category,
    status,

    -- money
    payment_amount,
    fee_amount,
    currency,

    -- dates
    received_on

from {{ source('raw', 'core__payments') }}
