-- A tenant's records begin in the month of its first lead, quote, bill, journey or rental.
with firsts as (

    select client_id, min(created_on) as first_on
    from {{ ref('stg_core__leads') }}
    group by client_id
    union all
    select client_id, min(created_on)
    from {{ ref('stg_core__quotes') }}
    group by client_id
    union all
    select client_id, min(issued_on)
    from {{ ref('stg_core__invoices') }}
    group by client_id
    union all
    select client_id, min(service_on)
    from {{ ref('stg_core__truck_journeys') }}
    group by client_id
    union all
    select client_id, min(starts_on)
    from {{ ref('stg_core__storage_bookings') }}
    group by client_id

),

latest as (

    select client_id, max(business_on) as business_on
    from {{ ref('stg_core__business_dates') }}
    group by client_id

),

earliest as (

    select client_id, min(first_on) as first_on
    from firsts
    group by client_id

)

select
    latest.client_id,
    {{ first_day_of('month', 'least(earliest.first_on, latest.business_on)') }} as first_month_on,
    latest.business_on
from latest
left join earliest
    on earliest.client_id = latest.client_id
