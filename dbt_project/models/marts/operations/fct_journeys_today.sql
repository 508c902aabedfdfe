{{ config(tags=['live']) }}

select
    cast(journeys.client_id as varchar) as client_id,
    cast(journeys.journey_id as varchar) as journey_id,
    cast(journeys.quote_id as varchar) as quote_id,
    cast(journeys.customer_id as varchar) as customer_id,
    cast(journeys.location_id as varchar) as location_id,
    cast(journeys.location_id as varchar) as access_location_id,
    cast(journeys.owner_id as varchar) as owner_id,
    journeys.status,
    journeys.priority,
    journeys.service_type,
    journeys.move_size,
    journeys.service_on,
    journeys.planned_start_at,
    journeys.planned_end_at,
    journeys.arrival_window_end_at,
    journeys.started_at,
    journeys.arrived_at,
    journeys.completed_at,
    journeys.status in ('COMPLETED', 'AUDITED') as is_completed,
    journeys.status = 'CANCELLED' as is_cancelled,
    journeys.crew_size,
    journeys.truck_count,
    journeys.quoted_amount,
    journeys.currency
from {{ ref('stg_core__business_dates') }} as business_dates
inner join {{ ref('stg_core__truck_journeys') }} as journeys
    on journeys.client_id = business_dates.client_id
    and journeys.location_id = business_dates.location_id
    and journeys.service_on = business_dates.business_on
