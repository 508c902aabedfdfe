select
    -- ids
    client_id,
    id as booking_history_id,
    location_id,

    -- numbers
    bookings_count,

    -- money
    booked_amount,
    currency,

    -- dates
    month_on

from {{ source('raw', 'core__booking_history') }}
