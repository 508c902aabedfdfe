select
    -- ids
    cast(client_id as uuid) as client_id,
    id as accounting_invoice_id,

    -- text
    invoice_number,

    -- money
    total_amount,
    balance_amount,
    currency,

    -- dates
    issued_on

from {{ source('raw', 'quickbooks__invoices') }}
