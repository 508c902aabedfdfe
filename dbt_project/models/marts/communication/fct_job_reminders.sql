-- A reminder is a message made from a template that is called so, or is of a kind called so.
with reminders as (

    select
        messages.client_id,
        messages.journey_id,
        min(messages.delivered_at) as reminded_at
    from {{ ref('stg_core__communications') }} as messages
    inner join {{ ref('stg_core__templates') }} as templates
        on templates.client_id = messages.client_id
        and templates.template_id = messages.template_id
    where messages.direction = 'OUTBOUND' and messages.delivered_at is not null
        and lower(templates.name || ' ' || coalesce(templates.category, '')) like '%reminder%'
    group by messages.client_id, messages.journey_id

)

select
    cast(journeys.client_id as varchar) as client_id,
    cast(journeys.journey_id as varchar) as journey_id,
    cast(journeys.location_id as varchar) as location_id,
    cast(journeys.location_id as varchar) as access_location_id,
    cast(journeys.owner_id as varchar) as owner_id,
    journeys.service_type,
    journeys.service_on,
    coalesce(
        {{ seconds_between('reminders.reminded_at', 'journeys.planned_start_at') }} >= 86400, false
    ) as is_reminded
from {{ ref('stg_core__truck_journeys') }} as journeys
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = journeys.client_id
    and spans.location_id is not distinct from journeys.location_id
    and journeys.service_on <= spans.business_on
left join reminders
    on reminders.client_id = journeys.client_id
    and reminders.journey_id = journeys.journey_id
where journeys.status <> 'CANCELLED'
