with spans as (

    select * from {{ ref('int_tenancy__recorded_spans') }}

),

months as (

    select
        client_id,
        location_id,
        {{ months_from('first_month_on', 'business_on') }} as month_on
    from spans

),

figures as (

    select
        client_id,
        location_id,
        month_on,
        0 as bookings_count,
        cast(0 as decimal(18, 2)) as booked_amount,
        0 as history_rows
    from months

    union all

    select
        client_id,
        location_id,
        {{ first_day_of('month', 'booked_on') }},
        1,
        booked_amount,
        0
    from {{ ref('int_sales__bookings') }}

    union all

    select client_id, location_id, month_on, bookings_count, booked_amount, 1
    from {{ ref('stg_core__booking_history') }}

),

monthly as (

    select
        client_id,
        location_id,
        month_on,
        sum(bookings_count) as bookings_count,
        sum(booked_amount) as booked_amount,
        sum(history_rows) > 0 as is_history
    from figures
    group by client_id, location_id, month_on

)

select
    cast(monthly.client_id as varchar) as client_id,
    cast(monthly.location_id as varchar) as location_id,
    cast(monthly.location_id as varchar) as access_location_id,
    monthly.month_on,
    cast(monthly.bookings_count as integer) as bookings_count,
    cast(monthly.booked_amount as decimal(18, 2)) as booked_amount,
    clients.currency,
    monthly.is_history,
    {{ first_day_of('month', 'spans.business_on') }} > monthly.month_on as is_complete
from monthly
inner join spans
    on spans.client_id = monthly.client_id
    and spans.location_id is not distinct from monthly.location_id
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = monthly.client_id
