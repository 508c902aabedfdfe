-- On the last day, what the history adds up to is what the core says is still open, but for what
-- is younger than a branch's business date.
with latest as (

    select client_id, location_id, max(as_of_on) as as_of_on
    from {{ ref('fct_receivables_daily') }}
    group by client_id, location_id

),

closing as (

    select
        daily.client_id,
        sum(daily.receivable_amount - daily.customer_credit_amount) as net_amount
    from {{ ref('fct_receivables_daily') }} as daily
    inner join latest
        on latest.client_id = daily.client_id
        and latest.location_id is not distinct from daily.location_id
        and latest.as_of_on = daily.as_of_on
    group by daily.client_id

),

later as (

    select
        latest.client_id,
        sum(movements.billed_amount - movements.paid_amount) as net_amount
    from {{ ref('int_finance__receivable_movements') }} as movements
    inner join latest
        on latest.client_id = cast(movements.client_id as varchar)
        and latest.location_id is not distinct from cast(movements.location_id as varchar)
        and latest.as_of_on < movements.event_on
    group by latest.client_id

),

core as (

    select client_id, sum(balance_amount) as net_amount
    from {{ ref('fct_invoices') }}
    where status not in ('DRAFT', 'CANCELLED')
    group by client_id

)

select
    core.client_id,
    core.net_amount as core_amount,
    closing.net_amount as mart_amount,
    later.net_amount as later_amount
from core
left join closing
    on closing.client_id = core.client_id
left join later
    on later.client_id = core.client_id
where core.net_amount <> coalesce(closing.net_amount, 0) + coalesce(later.net_amount, 0)
