select
    client_id,
    location_id,
    {{ first_day_of('month', 'service_on') }} as month_on,
    max(mode) as mode,
    count(*) as booked_count
from {{ ref('stg_smartmoving__opportunities') }}
where is_booked and service_on is not null
group by client_id, location_id, {{ first_day_of('month', 'service_on') }}
