-- On a branch's last day, and a hundred days before, the backlog is what the jobs themselves say:
-- done more than two days ago without a bill, and booked ahead.
with looked as (

    {{ looked_days() }}

),

figures as (

    select
        daily.client_id,
        daily.location_id,
        daily.as_of_on,
        daily.service_type,
        daily.unbilled_jobs_count,
        daily.unbilled_amount,
        daily.booked_ahead_amount
    from {{ ref('fct_job_backlog_daily') }} as daily
    inner join looked
        on looked.client_id = daily.client_id
        and looked.location_id = daily.location_id
        and looked.as_of_on = daily.as_of_on

    union all

    select looked.client_id, looked.location_id, looked.as_of_on, journeys.service_type, -1,
        -coalesce(journeys.quoted_amount, 0), 0
    from {{ ref('fct_journeys') }} as journeys
    inner join looked
        on looked.client_id = journeys.client_id
        and looked.location_id = journeys.location_id
        and journeys.completed_on + 3 <= looked.as_of_on
    left join {{ ref('int_finance__first_bills') }} as bills
        on cast(bills.client_id as varchar) = journeys.client_id
        and cast(bills.journey_id as varchar) = journeys.journey_id
    where journeys.is_completed and coalesce(bills.first_issued_on > looked.as_of_on, true)

    union all

    select looked.client_id, looked.location_id, looked.as_of_on, journeys.service_type, 0, 0,
        -coalesce(journeys.quoted_amount, 0)
    from {{ ref('fct_journeys') }} as journeys
    inner join {{ ref('fct_quotes') }} as quotes
        on quotes.client_id = journeys.client_id
        and quotes.quote_id = journeys.quote_id
    inner join looked
        on looked.client_id = journeys.client_id
        and looked.location_id = journeys.location_id
        and quotes.accepted_on <= looked.as_of_on
        and coalesce(least(journeys.service_on, journeys.cancelled_on) > looked.as_of_on, true)

)

select client_id, location_id, as_of_on, service_type, sum(unbilled_jobs_count) as jobs,
    sum(unbilled_amount) as unbilled_amount, sum(booked_ahead_amount) as booked_ahead_amount
from figures
group by client_id, location_id, as_of_on, service_type
having sum(unbilled_jobs_count) <> 0 or sum(unbilled_amount) <> 0 or sum(booked_ahead_amount) <> 0
