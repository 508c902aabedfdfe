with reference_months as (

    select
        cast(client_id as varchar) as client_id,
        cast(location_id as varchar) as location_id,
        month_on,
        mode,
        booked_count
    from {{ ref('int_integration__reference_months') }}

),

-- The other system's account may begin later than our own records: compare where both speak.
spans as (

    select
        client_id,
        location_id,
        max(mode) as mode,
        min(month_on) as first_month_on,
        max(month_on) as last_month_on
    from reference_months
    group by client_id, location_id

),

core_months as (

    select
        client_id,
        location_id,
        {{ first_day_of('month', 'service_on') }} as month_on,
        count(*) as booked_count
    from {{ ref('fct_bookings') }}
    group by client_id, location_id, {{ first_day_of('month', 'service_on') }}

),

figures as (

    select
        client_id,
        location_id,
        month_on,
        booked_count as reference_booked_count,
        0 as core_booked_count
    from reference_months

    union all

    select
        core_months.client_id,
        core_months.location_id,
        core_months.month_on,
        0,
        core_months.booked_count
    from core_months
    inner join spans
        on spans.client_id = core_months.client_id
        and spans.location_id = core_months.location_id
        and core_months.month_on between spans.first_month_on and spans.last_month_on

)

select
    figures.client_id,
    figures.location_id,
    figures.location_id as access_location_id,
    spans.mode,
    figures.month_on,
    cast(sum(figures.reference_booked_count) as integer) as reference_booked_count,
    cast(sum(figures.core_booked_count) as integer) as core_booked_count,
    cast(sum(figures.core_booked_count - figures.reference_booked_count) as integer)
        as difference_count
from figures
inner join spans
    on spans.client_id = figures.client_id
    and spans.location_id = figures.location_id
group by figures.client_id, figures.location_id, figures.month_on, spans.mode
