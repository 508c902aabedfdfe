-- Money counts on the day it came in, whatever became of it later: a payment that was returned
-- stays collected on its day, and its refund is a row of its own.
with payments as (

    select * from {{ ref('stg_core__payments') }}

)

select
    payments.client_id,
    payments.payment_id,
    payments.invoice_id,
    payments.customer_id,
    payments.location_id,
    payments.owner_id,
    invoices.service_type,
    invoices.move_size,
    invoices.source,
    payments.payment_method,
    payments.gateway,
    payments.status in ('COMPLETED', 'REFUNDED') as is_collected,
    payments.payment_category = 'REFUND' as is_refund,
    payments.payment_category,
    payments.status,
    payments.received_on,
    cast(
        case
            when payments.status not in ('COMPLETED', 'REFUNDED') then 0
            when payments.payment_category = 'REFUND' then -payments.payment_amount
            else payments.payment_amount
        end as decimal(18, 2)
    ) as collected_amount,
    payments.fee_amount,
    payments.currency
from payments
inner join {{ ref('int_finance__invoices') }} as invoices
    on invoices.client_id = payments.client_id
    and invoices.invoice_id = payments.invoice_id
