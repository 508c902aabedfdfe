-- On a branch's last day, and a hundred days before, the deposits held are those received for jobs
-- that still lie ahead.
with looked as (

    {{ looked_days() }}

),

jobs as (

    select client_id, quote_id, max(least(service_on, cancelled_on)) as ends_on
    from {{ ref('fct_journeys') }}
    where quote_id is not null
    group by client_id, quote_id

),

-- Put together before they meet the days: to begin with the days would pair each with every job.
deposits as (

    select payments.client_id, payments.location_id, payments.received_on, jobs.ends_on,
        sum(payments.collected_amount) as amount
    from {{ ref('fct_payments') }} as payments
    inner join {{ ref('fct_invoices') }} as invoices
        on invoices.client_id = payments.client_id
        and invoices.invoice_id = payments.invoice_id
    inner join jobs
        on jobs.client_id = invoices.client_id
        and jobs.quote_id = invoices.quote_id
    where payments.payment_category = 'DEPOSIT'
    group by payments.client_id, payments.location_id, payments.received_on, jobs.ends_on

),

figures as (

    select daily.client_id, daily.location_id, daily.as_of_on, daily.deposits_held_amount as amount
    from {{ ref('fct_job_backlog_daily') }} as daily
    inner join looked
        on looked.client_id = daily.client_id
        and looked.location_id = daily.location_id
        and looked.as_of_on = daily.as_of_on

    union all

    select looked.client_id, looked.location_id, looked.as_of_on, -deposits.amount
    from deposits
    inner join looked
        on looked.client_id = deposits.client_id
        and looked.location_id = deposits.location_id
        and looked.as_of_on >= deposits.received_on
        and coalesce(looked.as_of_on < deposits.ends_on, true)

)

select client_id, location_id, as_of_on, sum(amount) as missing_amount
from figures
group by client_id, location_id, as_of_on
having sum(amount) <> 0
