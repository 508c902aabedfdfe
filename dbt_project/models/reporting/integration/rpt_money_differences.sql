with documents as (

    select 'stripe' as provider, processor.*
    from {{ ref('int_integration__processor_figures') }} as processor

    union all

    select 'quickbooks' as provider, accounting.*
    from {{ ref('int_integration__accounting_figures') }} as accounting

)

select
    cast(client_id as varchar) as client_id,
    cast(null as varchar) as location_id,
    cast(null as varchar) as access_location_id,
    provider,
    figure,
    document_id,
    document_on,
    is_here,
    is_there,
    our_amount,
    their_amount,
    cast(our_amount - their_amount as decimal(18, 2)) as difference_amount,
    currency
from documents
where
    our_amount <> their_amount
    -- A document that one side lacks is told once, not by its fee and its balance again.
    and ((is_here and is_there) or figure in ('CHARGE', 'REFUND', 'INVOICE'))
