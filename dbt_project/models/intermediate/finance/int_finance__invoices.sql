with invoices as (

    select * from {{ ref('stg_core__invoices') }}

),

journeys as (

    select * from {{ ref('int_operations__journeys') }}

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
        invoices.status not in ('DRAFT', 'CANCELLED') as is_revenue
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
    coalesce(journeys.service_type, quotes.service_type) as service_type,
    coalesce(journeys.move_size, quotes.move_size) as move_size,
    coalesce(journeys.source, quotes.source) as source,
    resolved.status,
    resolved.issued_on,
    resolved.due_on,
    resolved.service_on,
    resolved.paid_on,
    resolved.cancelled_on,
    resolved.subtotal_amount,
    resolved.discount_amount,
    cast(
        case
            when resolved.is_revenue then resolved.subtotal_amount - resolved.discount_amount
            else 0
        end as decimal(18, 2)
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
    and quotes.quote_id = resolved.billed_quote_id
