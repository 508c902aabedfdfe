-- The months of a branch are its bookings, and before them its history.
with figures as (

    select client_id, location_id, month_on, bookings_count, booked_amount
    from {{ ref('fct_bookings_monthly') }}
    union all
    select client_id, location_id, {{ first_day_of('month', 'booked_on') }}, -1, -booked_amount
    from {{ ref('fct_bookings') }}
    union all
    select cast(client_id as varchar), cast(location_id as varchar), month_on, -bookings_count,
        -booked_amount
    from {{ ref('stg_core__booking_history') }}

)

select client_id, location_id, month_on, sum(bookings_count) as missing_count
from figures
group by client_id, location_id, month_on
having sum(bookings_count) <> 0 or sum(booked_amount) <> 0
