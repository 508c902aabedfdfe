with leads as (

    select * from {{ ref('stg_core__leads') }}

),

offers as (

    select
        client_id,
        lead_id,
        min(sent_at) as first_sent_at,
        min(accepted_on) as booked_on
    from {{ ref('stg_core__quotes') }}
    group by client_id, lead_id

),

qualified as (

    select distinct client_id, entity_id as lead_id
    from {{ ref('stg_core__status_events') }}
    where entity = 'leads' and status_column = 'status'
        and to_status in ('QUALIFIED', 'PROPOSAL_SENT', 'NEGOTIATION', 'WON')

),

-- A touch before the lead counts as one at once.
answered as (

    select
        leads.client_id,
        leads.lead_id,
        greatest(touches.touched_at, leads.received_at) as touched_at,
        greatest(touches.touched_local_at, leads.received_local_at) as touched_local_at
    from leads
    inner join {{ ref('int_sales__touches') }} as touches
        on touches.client_id = leads.client_id
        and touches.lead_id = leads.lead_id
        and touches.touched_at is not null

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
    cast(extract(hour from (leads.received_local_at)) as integer) as received_hour,
    substr(cast(leads.estimated_move_on as varchar), 1, 7) as move_month,
    leads.first_contacted_at,
    {{ minutes_between('leads.received_at', 'leads.first_contacted_at') }} as response_minutes,
    {{ seconds_between('leads.received_at', 'answered.touched_at') }} as touch_seconds,
    cast(
        {{ open_seconds('answered.touched_local_at', 'until') }}
        - {{ open_seconds('leads.received_local_at', 'since') }} as bigint
    ) as touch_business_seconds,
    coalesce(
        {{ seconds_between('leads.received_at', 'touches.met_at') }} <= 86400, false
    ) as is_met_in_a_day,
    leads.won_on,
    leads.lost_on,
    leads.lost_reason,
    coalesce(leads.won_on, leads.lost_on) as decided_on,
    leads.is_valid,
    qualified.lead_id is not null
    or leads.status in ('QUALIFIED', 'PROPOSAL_SENT', 'NEGOTIATION', 'WON') as is_qualified,
    offers.first_sent_at is not null as is_quoted,
    {{ seconds_between('leads.received_at', 'offers.first_sent_at') }} as quote_seconds,
    offers.booked_on is not null as is_booked,
    cast(offers.booked_on - leads.created_on as integer) as booked_after_days,
    leads.estimated_amount,
    leads.currency
from leads
left join offers
    on offers.client_id = leads.client_id
    and offers.lead_id = leads.lead_id
left join qualified
    on qualified.client_id = leads.client_id
    and qualified.lead_id = leads.lead_id
left join {{ ref('int_sales__touches') }} as touches
    on touches.client_id = leads.client_id
    and touches.lead_id = leads.lead_id
left join answered
    on answered.client_id = leads.client_id
    and answered.lead_id = leads.lead_id
left join {{ ref('int_tenancy__open_hours') }} as since
    on since.client_id = leads.client_id
    and since.location_id = leads.location_id
    and since.weekday_number = {{ weekday_of('leads.received_local_at') }}
left join {{ ref('int_tenancy__open_hours') }} as until
    on until.client_id = leads.client_id
    and until.location_id = leads.location_id
    and until.weekday_number = {{ weekday_of('answered.touched_local_at') }}
