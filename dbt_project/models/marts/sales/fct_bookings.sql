select
    cast(bookings.client_id as varchar) as client_id,
    cast(bookings.booking_id as varchar) as booking_id,
    cast(bookings.quote_id as varchar) as quote_id,
    cast(bookings.lead_id as varchar) as lead_id,
    cast(bookings.customer_id as varchar) as customer_id,
    cast(bookings.location_id as varchar) as location_id,
    cast(bookings.location_id as varchar) as access_location_id,
    cast(bookings.owner_id as varchar) as owner_id,
    bookings.source,
    bookings.service_type,
    bookings.move_size,
    bookings.booked_on,
    bookings.service_on,
    cast(bookings.service_on - bookings.booked_on as integer) as lead_time_days,
    cast(bookings.booked_on - leads.created_on as integer) as sales_cycle_days,
    bookings.booked_amount,
    bookings.currency,
    bookings.is_cancelled,
    bookings.cancelled_on
from {{ ref('int_sales__bookings') }} as bookings
inner join {{ ref('stg_core__leads') }} as leads
    on leads.client_id = bookings.client_id
    and leads.lead_id = bookings.lead_id
