-- Bookings are the quote families with an acceptance, counted straight from staging; by month
-- they are the same, with the history from before the detail added.
with compared as (

    select 'accepted families' as measure,
        (
            select count(*)
            from (
                select distinct client_id, family_id
                from {{ ref('stg_core__quotes') }}
                where accepted_on is not null
            ) as families
        ) as expected,
        (select count(*) from {{ ref('fct_bookings') }}) as found
    union all
    select 'first acceptances on their day',
        (
            select count(*)
            from {{ ref('fct_bookings') }} as bookings
            inner join (
                select
                    cast(client_id as varchar) as client_id,
                    cast(family_id as varchar) as family_id,
                    min(accepted_on) as booked_on
                from {{ ref('stg_core__quotes') }}
                where accepted_on is not null
                group by client_id, family_id
            ) as families
                on families.client_id = bookings.client_id
                and families.family_id = bookings.booking_id
                and families.booked_on = bookings.booked_on
        ),
        (select count(*) from {{ ref('fct_bookings') }})
    union all
    select 'bookings by month',
        (select count(*) from {{ ref('fct_bookings') }})
        + (
            select coalesce(sum(bookings_count), 0)
            from {{ ref('stg_core__booking_history') }}
        ),
        (select sum(bookings_count) from {{ ref('fct_bookings_monthly') }})
    union all
    select 'booked amount by month',
        (select coalesce(sum(booked_amount), 0) from {{ ref('fct_bookings') }})
        + (
            select coalesce(sum(booked_amount), 0)
            from {{ ref('stg_core__booking_history') }}
        ),
        (select sum(booked_amount) from {{ ref('fct_bookings_monthly') }})

)

select *
from compared
where coalesce(expected, 0) <> coalesce(found, 0)
