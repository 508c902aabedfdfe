select
    cast(client_id as varchar) as client_id,
    cast(payment_id as varchar) as payment_id,
    cast(invoice_id as varchar) as invoice_id,
    cast(customer_id as varchar) as customer_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    service_type,
    move_size,
    source,
    payment_method,
    payment_category,
    status,
    received_on,
    collected_amount,
    fee_amount,
    currency
from {{ ref('int_finance__payments') }}
