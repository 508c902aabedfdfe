-- A rental that began holds its unit from the day it began until the day before the renter moved out.
select
    rentals.client_id,
    rentals.storage_booking_id,
    rentals.unit_id as storage_unit_id,
    rentals.location_id,
    units.type as unit_type,
    units.size_class,
    coalesce(units.area_sq_ft, 0) as area_sq_ft,
    units.current_amount as street_amount,
    rentals.activated_on,
    rentals.moved_out_on,
    rentals.billing_cycle,
    rentals.rate_amount,
    coalesce(rentals.discount_amount, 0) as discount_amount,
    rentals.currency
from {{ ref('stg_core__storage_bookings') }} as rentals
inner join {{ ref('stg_core__storage_units') }} as units
    on units.client_id = rentals.client_id
    and units.storage_unit_id = rentals.unit_id
