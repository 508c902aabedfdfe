-- On a branch's last day, the backlog is what the jobs themselves say: done more than two days
-- ago without a bill, and booked ahead.
with latest as (

    select client_id, location_id, max(as_of_on) as as_of_on
    from {{ ref('fct_job_backlog_daily') }}
    group by client_id, location_id

),

figures as (

    select
        daily.client_id,
        daily.location_id,
        daily.service_type,
        daily.unbilled_jobs_count,
        daily.unbilled_amount,
        daily.booked_ahead_amount
    from {{ ref('fct_job_backlog_daily') }} as daily
    inner join latest
        on latest.client_id = daily.client_id
        and latest.location_id is not distinct from daily.location_id
        and latest.as_of_on = daily.as_of_on

    union all

    select latest.client_id, latest.location_id, journeys.service_type, -1,
        -coalesce(journeys.quoted_amount, 0), 0
    from {{ ref('fct_journeys') }} as journeys
    inner join latest
        on latest.client_id = journeys.client_id
        and latest.location_id is not distinct from journeys.location_id
        and journeys.completed_on + 3 <= latest.as_of_on
    left join (
        select client_id, journey_id, min(issued_on) as billed_on
        from {{ ref('fct_invoices') }}
        where is_claim
        group by client_id, journey_id
    ) as bills
        on bills.client_id = journeys.client_id
        and bills.journey_id = journeys.journey_id
    where journeys.is_completed and coalesce(bills.billed_on > latest.as_of_on, true)

    union all

    select latest.client_id, latest.location_id, journeys.service_type, 0, 0,
        -coalesce(journeys.quoted_amount, 0)
    from {{ ref('fct_journeys') }} as journeys
    inner join {{ ref('fct_quotes') }} as quotes
        on quotes.client_id = journeys.client_id
        and quotes.quote_id = journeys.quote_id
    inner join latest
        on latest.client_id = journeys.client_id
        and latest.location_id is not distinct from journeys.location_id
        and quotes.accepted_on <= latest.as_of_on
        and journeys.service_on > latest.as_of_on
        and coalesce(journeys.cancelled_on > latest.as_of_on, true)

)

select client_id, location_id, service_type, sum(unbilled_jobs_count) as jobs,
    sum(unbilled_amount) as unbilled_amount, sum(booked_ahead_amount) as booked_ahead_amount
from figures
group by client_id, location_id, service_type
having sum(unbilled_jobs_count) <> 0 or sum(unbilled_amount) <> 0 or sum(booked_ahead_amount) <> 0
