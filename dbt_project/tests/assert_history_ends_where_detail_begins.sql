-- A month of a branch is either history or detail, never both: it would be counted twice.
select history.client_id, history.location_id, history.month_on
from {{ ref('stg_core__booking_history') }} as history
inner join {{ ref('int_sales__bookings') }} as bookings
    on bookings.client_id = history.client_id
    and bookings.location_id = history.location_id
    and {{ first_day_of('month', 'bookings.booked_on') }} = history.month_on
