select
    cast(items.client_id as varchar) as client_id,
    cast(items.invoice_item_id as varchar) as invoice_item_id,
    cast(items.invoice_id as varchar) as invoice_id,
    cast(bills.location_id as varchar) as location_id,
    cast(bills.location_id as varchar) as access_location_id,
    cast(bills.owner_id as varchar) as owner_id,
    bills.service_type,
    bills.customer_type,
    items.item_category,
    bills.service_on,
    bills.issued_on,
    items.total_amount as item_amount,
    bills.currency
from {{ ref('stg_core__invoice_items') }} as items
inner join {{ ref('int_finance__invoices') }} as bills
    on bills.client_id = items.client_id
    and bills.invoice_id = items.invoice_id
    and bills.is_revenue
    and bills.issued_on is not null
