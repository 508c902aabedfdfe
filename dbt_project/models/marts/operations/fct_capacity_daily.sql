-- What the trucks of a branch can do while it is open, and what is booked of it, to the end of the
-- month after the next.
with days as (

    select
        client_id,
        {{ days_from('first_month_on', first_day_of('month', 'business_on + 92') ~ ' - 1') }}
            as service_on
    from {{ ref('int_tenancy__tenant_spans') }}

),

booked as (

    select
        client_id,
        location_id,
        service_on,
        sum(cast(estimated_minutes as bigint) * 60 * truck_count) as booked_seconds
    from {{ ref('int_operations__journeys') }}
    where not is_cancelled
    group by client_id, location_id, service_on

)

select
    cast(days.client_id as varchar) as client_id,
    cast(locations.location_id as varchar) as location_id,
    cast(locations.location_id as varchar) as access_location_id,
    days.service_on,
    cast(hours.open_seconds * locations.truck_count as bigint) as capacity_seconds,
    cast(coalesce(booked.booked_seconds, 0) as bigint) as booked_seconds
from days
inner join {{ ref('stg_core__locations') }} as locations
    on locations.client_id = days.client_id
inner join {{ ref('int_tenancy__open_hours') }} as hours
    on hours.client_id = days.client_id
    and hours.location_id = locations.location_id
    and hours.weekday_number = {{ weekday_of('cast(days.service_on as timestamp)') }}
left join booked
    on booked.client_id = days.client_id
    and booked.location_id = locations.location_id
    and booked.service_on = days.service_on
