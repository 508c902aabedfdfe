with invoices as (

    select * from {{ ref('stg_core__invoices') }}

),

journeys as (

    select * from {{ ref('stg_core__truck_journeys') }}

),

quotes as (

    select * from {{ ref('int_sales__quotes') }}

),

-- A credit note belongs to the account of the invoice it corrects, and to its job.
resolved as (

    select
        invoices.*,
        coalesce(invoices.credit_of_invoice_id, invoices.invoice_id) as account_invoice_id,
        coalesce(invoices.journey_id, originals.journey_id) as billed_journey_id,
        coalesce(invoices.quote_id, originals.quote_id) as billed_quote_id,
        invoices.status not in ('DRAFT', 'CANCELLED') as is_revenue,
        cast(invoices.subtotal_amount - invoices.discount_amount as decimal(18, 2)) as net_amount
    from invoices
    left join invoices as originals
        on originals.client_id = invoices.client_id
        and originals.invoice_id = invoices.credit_of_invoice_id

)

select
    resolved.client_id,
    resolved.invoice_id,
    resolved.account_invoice_id,
    resolved.credit_of_invoice_id,
    resolved.billed_journey_id as journey_id,
    coalesce(resolved.billed_quote_id, journeys.quote_id) as quote_id,
    resolved.customer_id,
    resolved.location_id,
    resolved.owner_id,
    resolved.storage_booking_id,
    case
        when resolved.storage_booking_id is not null then 'storage'
        else coalesce(journeys.service_type, quotes.service_type)
    end as service_type,
    coalesce(journeys.move_size, quotes.move_size) as move_size,
    quotes.source,
    customers.customer_type,
    resolved.status,
    resolved.issued_at,
    resolved.issued_on,
    resolved.due_on,
    coalesce(resolved.service_on, journeys.service_on, resolved.period_start_on) as service_on,
    resolved.paid_on,
    resolved.cancelled_on,
    resolved.subtotal_amount,
    resolved.discount_amount,
    resolved.net_amount,
    resolved.is_revenue,
    cast(
        case when resolved.is_revenue then resolved.net_amount else 0 end as decimal(18, 2)
    ) as revenue_amount,
    resolved.tax_amount,
    resolved.total_amount,
    resolved.paid_amount,
    resolved.balance_amount,
    resolved.tax_province,
    resolved.currency
from resolved
left join journeys
    on journeys.client_id = resolved.client_id
    and journeys.journey_id = resolved.billed_journey_id
left join quotes
    on quotes.client_id = resolved.client_id
    and quotes.quote_id = coalesce(resolved.billed_quote_id, journeys.quote_id)
left join {{ ref('stg_core__customers') }} as customers
    on customers.client_id = resolved.client_id
    and customers.customer_id = resolved.customer_id
