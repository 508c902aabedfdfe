with leads as (

    select * from {{ ref('stg_core__leads') }}

),

booked_leads as (

    select distinct client_id, lead_id
    from {{ ref('int_sales__bookings') }}

)

select
    cast(leads.client_id as varchar) as client_id,
    cast(leads.lead_id as varchar) as lead_id,
    cast(leads.customer_id as varchar) as customer_id,
    cast(leads.location_id as varchar) as location_id,
    cast(leads.location_id as varchar) as access_location_id,
    cast(leads.owner_id as varchar) as owner_id,
    leads.source,
    leads.status,
    leads.priority,
    leads.service_type,
    leads.move_size,
    leads.province,
    leads.created_on,
    leads.first_contacted_at,
    {{ minutes_between('leads.received_at', 'leads.first_contacted_at') }} as response_minutes,
    leads.won_on,
    leads.lost_on,
    leads.lost_reason,
    coalesce(leads.won_on, leads.lost_on) as decided_on,
    leads.is_valid,
    booked_leads.lead_id is not null as is_booked,
    leads.estimated_amount,
    leads.currency
from leads
left join booked_leads
    on booked_leads.client_id = leads.client_id
    and booked_leads.lead_id = leads.lead_id
