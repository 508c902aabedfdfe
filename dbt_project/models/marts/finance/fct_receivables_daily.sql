-- What is owed at the end of a day is everything that was issued less everything that was paid
-- until then. It is overdue from the day after it fell due.
with days as (

    select * from {{ ref('int_tenancy__location_days') }}

),

account_movements as (

    select * from {{ ref('int_finance__receivable_movements') }}

),

movements as (

    select
        client_id,
        location_id,
        as_of_on,
        cast(0 as decimal(18, 2)) as billed_amount,
        cast(0 as decimal(18, 2)) as paid_amount,
        cast(0 as decimal(18, 2)) as receivable_change,
        cast(0 as decimal(18, 2)) as credit_change,
        cast(0 as decimal(18, 2)) as overdue_change
    from days

    union all

    select
        client_id,
        location_id,
        event_on,
        billed_amount,
        paid_amount,
        receivable_change_amount,
        credit_change_amount,
        0
    from account_movements

    union all

    select
        client_id,
        location_id,
        greatest(event_on, due_on + 1),
        0,
        0,
        0,
        0,
        receivable_change_amount
    from account_movements

),

day_changes as (

    select
        client_id,
        location_id,
        as_of_on,
        sum(billed_amount) as billed_amount,
        sum(paid_amount) as paid_amount,
        sum(receivable_change) as receivable_change,
        sum(credit_change) as credit_change,
        sum(overdue_change) as overdue_change
    from movements
    group by client_id, location_id, as_of_on

),

running as (

    select
        client_id,
        location_id,
        as_of_on,
        billed_amount,
        paid_amount,
        sum(receivable_change) over (
            partition by client_id, location_id
            order by as_of_on
            rows between unbounded preceding and current row
        ) as receivable_amount,
        sum(credit_change) over (
            partition by client_id, location_id
            order by as_of_on
            rows between unbounded preceding and current row
        ) as customer_credit_amount,
        sum(overdue_change) over (
            partition by client_id, location_id
            order by as_of_on
            rows between unbounded preceding and current row
        ) as overdue_amount
    from day_changes

)

select
    cast(running.client_id as varchar) as client_id,
    cast(running.location_id as varchar) as location_id,
    cast(running.location_id as varchar) as access_location_id,
    running.as_of_on,
    cast(running.billed_amount as decimal(18, 2)) as billed_amount,
    cast(running.paid_amount as decimal(18, 2)) as paid_amount,
    cast(running.receivable_amount as decimal(18, 2)) as receivable_amount,
    cast(running.overdue_amount as decimal(18, 2)) as overdue_amount,
    cast(running.customer_credit_amount as decimal(18, 2)) as customer_credit_amount,
    clients.currency
from running
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = running.client_id
    and spans.location_id is not distinct from running.location_id
    and spans.business_on >= running.as_of_on
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = running.client_id
