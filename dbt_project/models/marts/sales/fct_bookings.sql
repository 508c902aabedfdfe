with bookings as (

    select * from {{ ref('int_sales__bookings') }}

),

lines as (

    select
        client_id,
        quote_id,
        max(case when category = 'PACKING_SERVICES' then 1 else 0 end) as packing,
        max(case when category = 'STORAGE_SERVICES' then 1 else 0 end) as storage,
        max(case when category = 'INSURANCE' then 1 else 0 end) as valuation
    from {{ ref('stg_core__quote_items') }}
    where is_selected
    group by client_id, quote_id

)

select
    cast(bookings.client_id as varchar) as client_id,
    cast(booking_id as varchar) as booking_id,
    cast(bookings.quote_id as varchar) as quote_id,
    cast(lead_id as varchar) as lead_id,
    cast(customer_id as varchar) as customer_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    source,
    service_type,
    move_size,
    booked_on,
    service_on,
    cast(service_on - booked_on as integer) as lead_time_days,
    cast(booked_on - lead_created_on as integer) as sales_cycle_days,
    booked_amount,
    currency,
    is_cancelled,
    cancelled_on,
    substr(cast(service_on as varchar), 1, 7) as service_month,
    cycle_seconds,
    lead_created_on,
    coalesce(notice_seconds < 259200, false) as is_cancelled_late,
    case
        when cancelled_on is null then null
        when service_on - cancelled_on <= 3 then '0-3'
        when service_on - cancelled_on <= 7 then '4-7'
        when service_on - cancelled_on <= 30 then '8-30'
        else '31+'
    end as notice_days,
    coalesce(lines.packing = 1, false) as has_packing,
    coalesce(lines.storage = 1, false) as has_storage,
    coalesce(lines.valuation = 1, false) as has_valuation
from bookings
left join lines
    on lines.client_id = bookings.client_id
    and lines.quote_id = bookings.quote_id
