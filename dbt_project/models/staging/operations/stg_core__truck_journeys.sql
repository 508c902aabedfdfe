select
    -- ids
    client_id,
    id as journey_id,
    quote_id,
    customer_id,
    location_id,
    owner_id,

    -- text
    status,
    priority,
    service_type,
    move_size,

    -- numbers
    sequence,
    crew_size,
    truck_count,

    -- money
    quoted_amount,
    actual_cost_amount,
    currency,

    -- instants
    planned_start_at,
    planned_end_at,
    arrival_window_end_at,
    started_at,
    arrived_at,
    completed_at,

    -- dates
    service_on,
    completed_on,
    cancelled_on

from {{ source('raw', 'core__truck_journeys') }}
