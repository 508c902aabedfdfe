-- A business customer that was invoiced in a quarter, seen from the next one: kept or lost.
with active as (

    select distinct
        client_id,
        customer_id,
        {{ first_day_of('quarter', 'issued_on') }} as quarter_on
    from {{ ref('int_finance__invoices') }}
    where issued_on is not null and status <> 'DRAFT' and credit_of_invoice_id is null

),

seen as (

    select
        active.client_id,
        active.customer_id,
        customers.location_id,
        customers.owner_id,
        customers.customer_type,
        {{ first_day_of('quarter', 'active.quarter_on + 100') }} as quarter_on
    from active
    inner join {{ ref('stg_core__customers') }} as customers
        on customers.client_id = active.client_id
        and customers.customer_id = active.customer_id
        and customers.customer_type in ('COMMERCIAL', 'CORPORATE_ACCOUNT')

),

-- Only quarters that are over.
ended as (

    select client_id, {{ first_day_of('quarter', 'max(business_on)') }} as running_on
    from {{ ref('stg_core__business_dates') }}
    group by client_id

)

select
    cast(seen.client_id as varchar) as client_id,
    cast(seen.customer_id as varchar) as customer_id,
    cast(seen.location_id as varchar) as location_id,
    cast(seen.location_id as varchar) as access_location_id,
    cast(seen.owner_id as varchar) as owner_id,
    seen.customer_type,
    seen.quarter_on,
    active.customer_id is not null as is_kept
from seen
inner join ended
    on ended.client_id = seen.client_id
    and seen.quarter_on < ended.running_on
left join active
    on active.client_id = seen.client_id
    and active.customer_id = seen.customer_id
    and active.quarter_on = seen.quarter_on
