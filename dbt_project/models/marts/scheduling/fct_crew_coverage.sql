-- At the end of each month, the 28 days that follow: who offers time and is not away, against the
-- crews of the jobs booked by then. Of branches that keep availabilities.
with answers as (

    select *
    from {{ ref('stg_core__availabilities') }}
    where approval_status not in ('REJECTED', 'PENDING')

),

free as (

    select
        offered.client_id,
        offered.location_id,
        offered.available_on as covered_on,
        count(distinct offered.user_id) as free_people
    from answers as offered
    left join answers as away
        on away.client_id = offered.client_id
        and away.location_id = offered.location_id
        and away.user_id = offered.user_id
        and away.available_on = offered.available_on
        and not away.is_available
    where offered.is_available and away.availability_id is null
    group by offered.client_id, offered.location_id, offered.available_on

),

days as (

    select
        places.client_id,
        places.location_id,
        ends.as_of_on,
        {{ days_from('ends.as_of_on + 1', 'ends.as_of_on + 28') }} as covered_on
    from (
        select distinct client_id, location_id
        from free
    ) as places
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on ends.client_id = places.client_id

),

booked as (

    select
        journeys.client_id,
        journeys.location_id,
        ends.as_of_on,
        journeys.service_on,
        sum(journeys.crew_size) as needed_people
    from {{ ref('stg_core__truck_journeys') }} as journeys
    inner join {{ ref('stg_core__quotes') }} as quotes
        on quotes.client_id = journeys.client_id
        and quotes.quote_id = journeys.quote_id
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on ends.client_id = journeys.client_id
        and ends.as_of_on >= quotes.accepted_on
        and ends.as_of_on < least(journeys.service_on, journeys.cancelled_on)
    group by journeys.client_id, journeys.location_id, ends.as_of_on, journeys.service_on

)

select
    cast(days.client_id as varchar) as client_id,
    cast(days.location_id as varchar) as location_id,
    cast(days.location_id as varchar) as access_location_id,
    days.as_of_on,
    days.covered_on,
    cast(extract(isodow from days.covered_on) as integer) as weekday,
    cast(coalesce(free.free_people, 0) as integer) as free_people_count,
    cast(coalesce(booked.needed_people, 0) as integer) as needed_people_count
from days
left join free
    on free.client_id = days.client_id
    and free.location_id = days.location_id
    and free.covered_on = days.covered_on
left join booked
    on booked.client_id = days.client_id
    and booked.location_id = days.location_id
    and booked.as_of_on = days.as_of_on
    and booked.service_on = days.covered_on
