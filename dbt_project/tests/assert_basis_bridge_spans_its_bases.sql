-- Every class of the bridge is the difference of its two bases, by branch and month, counted anew
-- from the facts themselves.
with bases as (

    select client_id, location_id, {{ first_day_of('month', 'posted_on') }} as month_on,
        'issued' as basis, revenue_amount as amount
    from {{ ref('fct_invoice_postings') }}
    union all
    select client_id, location_id, {{ first_day_of('month', 'service_on') }}, 'served',
        revenue_amount
    from {{ ref('fct_invoices') }}
    where is_standing and coalesce(service_type, '') <> 'storage' and service_on is not null
    union all
    select client_id, location_id, {{ first_day_of('month', 'paid_on') }}, 'closed', revenue_amount
    from {{ ref('fct_invoices') }}
    where is_standing and paid_on is not null
    union all
    select client_id, location_id, {{ first_day_of('month', 'received_on') }}, 'collected',
        collected_amount
    from {{ ref('fct_payments') }}

),

classes as (

    select 'whole' as class, 'collected' as more, 'issued' as less
    union all select 'service', 'issued', 'served'
    union all select 'closing', 'served', 'closed'
    union all select 'cash', 'closed', 'collected'

),

both_sides as (

    select bases.client_id, bases.location_id, bases.month_on, classes.class,
        case when bases.basis = classes.more then bases.amount else -bases.amount end as amount
    from bases
    inner join classes
        on bases.basis in (classes.more, classes.less)
    union all
    select client_id, location_id, month_on, class, -difference_amount
    from {{ ref('fct_basis_bridge') }}

)

select client_id, location_id, month_on, class, sum(amount) as missing_amount
from both_sides
group by client_id, location_id, month_on, class
having sum(amount) <> 0
