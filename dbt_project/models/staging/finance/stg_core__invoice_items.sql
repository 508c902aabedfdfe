select
    -- ids
    client_id,
    id as invoice_item_id,
    invoice_id,

    -- text
    category as item_category,

    -- money
    total_amount

from {{ source('raw', 'core__invoice_items') }}
