-- A booked move is the first acceptance in a quote family; later acceptances change nothing.
with quotes as (

    select * from {{ ref('int_sales__quotes') }}

),

acceptances as (

    select
        *,
        row_number() over (
            partition by client_id, family_id
            order by accepted_on, accepted_at, version
        ) as acceptance_number
    from quotes
    where accepted_on is not null

),

journeys as (

    select
        quotes.client_id,
        quotes.family_id,
        min(case when journeys.status <> 'CANCELLED' then journeys.service_on end)
            as first_live_service_on,
        min(journeys.service_on) as first_service_on,
        max(journeys.cancelled_on) as last_cancelled_on,
        max(journeys.cancelled_at) as last_cancelled_at,
        min(journeys.planned_start_at) as first_start_at,
        bool_and(journeys.status = 'CANCELLED') as is_cancelled
    from {{ ref('stg_core__truck_journeys') }} as journeys
    inner join quotes
        on quotes.client_id = journeys.client_id
        and quotes.quote_id = journeys.quote_id
    group by quotes.client_id, quotes.family_id

)

select
    acceptances.client_id,
    acceptances.family_id as booking_id,
    acceptances.quote_id,
    acceptances.lead_id,
    acceptances.customer_id,
    acceptances.location_id,
    acceptances.owner_id,
    acceptances.service_type,
    acceptances.move_size,
    acceptances.source,
    acceptances.accepted_on as booked_on,
    coalesce(
        journeys.first_live_service_on, journeys.first_service_on, acceptances.move_on
    ) as service_on,
    {{ seconds_between('acceptances.lead_received_at', 'acceptances.accepted_at') }}
        as cycle_seconds,
    acceptances.lead_created_on,
    acceptances.subtotal_amount as booked_amount,
    acceptances.currency,
    coalesce(journeys.is_cancelled, false) as is_cancelled,
    case when journeys.is_cancelled then journeys.last_cancelled_on end as cancelled_on,
    case
        when journeys.is_cancelled
            then {{ seconds_between('journeys.last_cancelled_at', 'journeys.first_start_at') }}
    end as notice_seconds
from acceptances
left join journeys
    on journeys.client_id = acceptances.client_id
    and journeys.family_id = acceptances.family_id
where acceptances.acceptance_number = 1
