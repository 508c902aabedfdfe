-- What was booked by the end of a month for each of the three that follow, beside what had been a
-- year before.
{% set months_ahead = 3 %}
with firsts as (

    select client_id, min(as_of_on) as first_on
    from {{ ref('int_tenancy__month_ends') }}
    group by client_id

),

slots as (

    select
        spans.client_id,
        spans.location_id,
        ends.as_of_on,
        cast(ends.as_of_on - interval '1 year' as date) as before_on,
        ahead.months_ahead,
        cast(
            {{ first_day_of('month', 'ends.as_of_on') }} + ahead.months_ahead * interval '1 month'
            as date
        ) as month_on
    from {{ ref('int_tenancy__recorded_spans') }} as spans
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on ends.client_id = spans.client_id
    inner join firsts
        on firsts.client_id = ends.client_id
        and cast(ends.as_of_on - interval '1 year' as date) >= firsts.first_on
    cross join (
        {% for ahead in range(1, months_ahead + 1) %}
        select {{ ahead }} as months_ahead {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as ahead

),

booked as (

    select
        client_id,
        location_id,
        booked_on,
        {{ first_day_of('month', 'service_on') }} as service_month_on,
        count(*) as bookings_count
    from {{ ref('int_sales__bookings') }}
    where service_on is not null
    group by client_id, location_id, booked_on, {{ first_day_of('month', 'service_on') }}

)

select
    cast(slots.client_id as varchar) as client_id,
    cast(slots.location_id as varchar) as location_id,
    cast(slots.location_id as varchar) as access_location_id,
    slots.as_of_on,
    slots.months_ahead,
    slots.month_on,
    cast(coalesce(sum(
        case when booked.service_month_on = slots.month_on and booked.booked_on <= slots.as_of_on
            then booked.bookings_count end
    ), 0) as integer) as bookings_count,
    cast(coalesce(sum(
        case when booked.service_month_on < slots.month_on and booked.booked_on <= slots.before_on
            then booked.bookings_count end
    ), 0) as integer) as year_before_count
from slots
left join booked
    on booked.client_id = slots.client_id
    and booked.location_id is not distinct from slots.location_id
    and booked.service_month_on
        in (slots.month_on, cast(slots.month_on - interval '1 year' as date))
group by
    slots.client_id, slots.location_id, slots.as_of_on, slots.months_ahead, slots.month_on
