with journeys as (

    select * from {{ ref('int_operations__journeys') }}

),

billed as (

    select client_id, journey_id, sum(revenue_amount) as service_amount
    from {{ ref('int_finance__invoices') }}
    where journey_id is not null
    group by client_id, journey_id

)

select
    cast(journeys.client_id as varchar) as client_id,
    cast(journeys.journey_id as varchar) as journey_id,
    cast(journeys.quote_id as varchar) as quote_id,
    cast(journeys.customer_id as varchar) as customer_id,
    cast(journeys.location_id as varchar) as location_id,
    cast(journeys.location_id as varchar) as access_location_id,
    cast(journeys.owner_id as varchar) as owner_id,
    journeys.service_type,
    journeys.move_size,
    journeys.source,
    journeys.status,
    journeys.service_on,
    journeys.completed_on,
    journeys.is_completed,
    journeys.is_cancelled,
    journeys.cancelled_on,
    journeys.crew_size,
    journeys.truck_count,
    {{ minutes_between('journeys.planned_start_at', 'journeys.planned_end_at') }}
        as estimated_minutes,
    {{ minutes_between('journeys.started_at', 'journeys.completed_at') }} as actual_minutes,
    journeys.quoted_amount,
    cast(coalesce(billed.service_amount, 0) as decimal(18, 2)) as service_amount,
    journeys.actual_cost_amount,
    case
        when journeys.started_at is null or journeys.arrival_window_end_at is null then null
        else journeys.arrived_at is not null
            and journeys.arrived_at <= journeys.arrival_window_end_at
    end as is_on_time,
    journeys.arrival_window_end_at is not null as has_window,
    journeys.currency
from journeys
left join billed
    on billed.client_id = journeys.client_id
    and billed.journey_id = journeys.journey_id
