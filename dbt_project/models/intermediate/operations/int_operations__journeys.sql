-- The crew is named for the one who leads it.
with leaders as (

    select
        client_id,
        journey_id,
        user_id,
        row_number() over (partition by client_id, journey_id order by user_id) as leader_number
    from {{ ref('stg_core__assigned_crew') }}
    where is_lead and status not in ('DECLINED', 'CANCELLED')

),

audits as (

    select client_id, entity_id as journey_id, min(occurred_at) as audited_at
    from {{ ref('stg_core__status_events') }}
    where entity = 'truck_journeys' and status_column = 'status' and to_status = 'AUDITED'
    group by client_id, entity_id

)

select
    journeys.client_id,
    journeys.journey_id,
    journeys.quote_id,
    journeys.customer_id,
    journeys.location_id,
    journeys.owner_id,
    journeys.status,
    journeys.service_type,
    journeys.move_size,
    journeys.service_on,
    journeys.planned_start_at,
    journeys.planned_start_local_at,
    journeys.planned_end_at,
    journeys.arrival_window_end_at,
    journeys.started_at,
    journeys.arrived_at,
    journeys.completed_at,
    journeys.completed_on,
    journeys.cancelled_at,
    journeys.cancelled_on,
    journeys.crew_size,
    journeys.truck_count,
    journeys.distance_km,
    journeys.quoted_amount,
    journeys.estimated_cost_amount,
    journeys.actual_cost_amount,
    journeys.currency,
    quotes.family_id,
    quotes.source,
    quotes.owner_id as sales_owner_id,
    customers.customer_type,
    leaders.user_id as crew_lead_id,
    audits.audited_at,
    journeys.status in ('COMPLETED', 'AUDITED') as is_completed,
    journeys.status = 'CANCELLED' as is_cancelled,
    coalesce(
        journeys.estimated_minutes,
        {{ minutes_between('journeys.planned_start_at', 'journeys.planned_end_at') }}
    ) as estimated_minutes,
    coalesce(
        journeys.actual_minutes,
        {{ minutes_between('journeys.started_at', 'journeys.completed_at') }}
    ) as actual_minutes
from {{ ref('stg_core__truck_journeys') }} as journeys
left join {{ ref('int_sales__quotes') }} as quotes
    on quotes.client_id = journeys.client_id
    and quotes.quote_id = journeys.quote_id
left join {{ ref('stg_core__customers') }} as customers
    on customers.client_id = journeys.client_id
    and customers.customer_id = journeys.customer_id
left join leaders
    on leaders.client_id = journeys.client_id
    and leaders.journey_id = journeys.journey_id
    and leaders.leader_number = 1
left join audits
    on audits.client_id = journeys.client_id
    and audits.journey_id = journeys.journey_id
