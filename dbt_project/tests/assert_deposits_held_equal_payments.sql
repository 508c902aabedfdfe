-- On a branch's last day, the deposits held are those received for jobs that still lie ahead.
with latest as (

    select client_id, location_id, max(as_of_on) as as_of_on
    from {{ ref('fct_job_backlog_daily') }}
    where location_id is not null
    group by client_id, location_id

),

jobs as (

    select client_id, quote_id, max(least(service_on, cancelled_on)) as ends_on
    from {{ ref('fct_journeys') }}
    where quote_id is not null
    group by client_id, quote_id

),

figures as (

    select daily.client_id, daily.location_id, daily.deposits_held_amount as amount
    from {{ ref('fct_job_backlog_daily') }} as daily
    inner join latest
        on latest.client_id = daily.client_id
        and latest.location_id = daily.location_id
        and latest.as_of_on = daily.as_of_on

    union all

    select latest.client_id, latest.location_id, -payments.collected_amount
    from {{ ref('fct_payments') }} as payments
    inner join {{ ref('fct_invoices') }} as invoices
        on invoices.client_id = payments.client_id
        and invoices.invoice_id = payments.invoice_id
    inner join jobs
        on jobs.client_id = invoices.client_id
        and jobs.quote_id = invoices.quote_id
    inner join latest
        on latest.client_id = payments.client_id
        and latest.location_id = payments.location_id
        and latest.as_of_on >= payments.received_on
        and coalesce(latest.as_of_on < jobs.ends_on, true)
    where payments.payment_category = 'DEPOSIT'

)

select client_id, location_id, sum(amount) as missing_amount
from figures
group by client_id, location_id
having sum(amount) <> 0
