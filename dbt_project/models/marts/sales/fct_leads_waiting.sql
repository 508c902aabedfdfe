-- Leads that are new at the end of a month's last day, and that nobody has touched in more than an
-- hour of the branch's open hours.
with ends as (

    select
        client_id,
        as_of_on,
        cast(as_of_on + 1 as timestamp) as ends_local_at
    from {{ ref('int_tenancy__month_ends') }}

),

left_new as (

    select client_id, entity_id as lead_id, min(occurred_on) as left_on
    from {{ ref('stg_core__status_events') }}
    where entity = 'leads' and status_column = 'status' and from_status = 'NEW'
    group by client_id, entity_id

),

open_leads as (

    select
        leads.client_id,
        leads.location_id,
        leads.source,
        leads.received_local_at,
        leads.created_on,
        least(
            {{ first_day_of('day', 'touches.touched_local_at') }}, left_new.left_on
        ) as done_on
    from {{ ref('stg_core__leads') }} as leads
    left join {{ ref('int_sales__touches') }} as touches
        on touches.client_id = leads.client_id
        and touches.lead_id = leads.lead_id
    left join left_new
        on left_new.client_id = leads.client_id
        and left_new.lead_id = leads.lead_id
    where leads.is_valid
        and (
            leads.status = 'NEW'
            or touches.touched_local_at is not null
            or left_new.left_on is not null
        )

),

waiting as (

    select
        leads.client_id,
        leads.location_id,
        leads.source,
        ends.as_of_on,
        count(*) as waiting_leads_count
    from open_leads as leads
    inner join ends
        on ends.client_id = leads.client_id
        and ends.as_of_on >= leads.created_on
        and coalesce(ends.as_of_on < leads.done_on, true)
    inner join {{ ref('int_tenancy__open_hours') }} as since
        on since.client_id = leads.client_id
        and since.location_id = leads.location_id
        and since.weekday_number = {{ weekday_of('leads.received_local_at') }}
    inner join {{ ref('int_tenancy__open_hours') }} as until
        on until.client_id = leads.client_id
        and until.location_id = leads.location_id
        and until.weekday_number = {{ weekday_of('ends.ends_local_at') }}
    where {{ open_seconds('ends.ends_local_at', 'until') }}
        - {{ open_seconds('leads.received_local_at', 'since') }} > 3600
    group by leads.client_id, leads.location_id, leads.source, ends.as_of_on

),

slots as (

    select
        spans.client_id,
        spans.location_id,
        ends.as_of_on,
        sources.source
    from {{ ref('int_tenancy__recorded_spans') }} as spans
    inner join ends
        on ends.client_id = spans.client_id
    inner join (
        select distinct client_id, source
        from {{ ref('stg_core__leads') }}
    ) as sources
        on sources.client_id = spans.client_id

)

select
    cast(slots.client_id as varchar) as client_id,
    cast(slots.location_id as varchar) as location_id,
    cast(slots.location_id as varchar) as access_location_id,
    slots.as_of_on,
    slots.source,
    cast(coalesce(waiting.waiting_leads_count, 0) as integer) as waiting_leads_count
from slots
left join waiting
    on waiting.client_id = slots.client_id
    and waiting.location_id is not distinct from slots.location_id
    and waiting.as_of_on = slots.as_of_on
    and waiting.source is not distinct from slots.source
