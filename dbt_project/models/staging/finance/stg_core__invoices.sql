select
    -- ids
    client_id,
    id as invoice_id,
    credit_of_invoice_id,
    journey_id,
    quote_id,
    customer_id,
    location_id,
    owner_id,

    -- text
    invoice_number,
    status,
    tax_province,

    -- money
    subtotal_amount,
    discount_amount,
    tax_amount,
    total_amount,
    paid_amount,
    balance_amount,
    currency,

    -- dates
    service_on,
    issued_on,
    due_on,
    paid_on,
    cancelled_on

from {{ source('raw', 'core__invoices') }}
