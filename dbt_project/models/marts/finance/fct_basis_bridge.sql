-- From invoiced to collected: what was earned elsewhere in time (service), not settled in the month
-- of the work (closing), and tax, part payments, deposits and refunds (cash). The whole way and its
-- classes add up to nothing.
with amounts as (

    select client_id, location_id, posted_on as basis_on, 'issued' as basis,
        posted_net_amount as amount
    from {{ ref('int_finance__postings') }}
    union all
    select client_id, location_id, service_on, 'served', net_amount
    from {{ ref('int_finance__invoices') }}
    where is_revenue and issued_on is not null and storage_booking_id is null
    union all
    select client_id, location_id, paid_on, 'closed', net_amount
    from {{ ref('int_finance__invoices') }}
    where is_revenue and issued_on is not null
    union all
    select client_id, location_id, received_on, 'collected', collected_amount
    from {{ ref('int_finance__payments') }}

),

steps as (

    select 'whole' as class, 'issued' as basis, -1 as sign
    union all select 'whole', 'collected', 1
    union all select 'service', 'issued', 1
    union all select 'service', 'served', -1
    union all select 'closing', 'served', 1
    union all select 'closing', 'closed', -1
    union all select 'cash', 'closed', 1
    union all select 'cash', 'collected', -1

),

monthly as (

    select
        amounts.client_id,
        amounts.location_id,
        {{ first_day_of('month', 'amounts.basis_on') }} as month_on,
        steps.class,
        sum(amounts.amount * steps.sign) as difference_amount
    from amounts
    inner join steps
        on steps.basis = amounts.basis
    where amounts.basis_on is not null
    group by
        amounts.client_id,
        amounts.location_id,
        {{ first_day_of('month', 'amounts.basis_on') }},
        steps.class

)

select
    cast(monthly.client_id as varchar) as client_id,
    cast(monthly.location_id as varchar) as location_id,
    cast(monthly.location_id as varchar) as access_location_id,
    monthly.month_on,
    monthly.class,
    cast(monthly.difference_amount as decimal(18, 2)) as difference_amount,
    clients.currency
from monthly
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = monthly.client_id
