with first_changes as (

    select client_id, entity_id as schedule_id, min(occurred_at) as changed_at
    from {{ ref('stg_core__status_events') }}
    where entity = 'schedules' and status_column = 'status'
        and to_status in ('CANCELLED', 'RESCHEDULED')
    group by client_id, entity_id

),

makings as (

    select client_id, entity_id as schedule_id, min(occurred_on) as made_on
    from {{ ref('stg_core__status_events') }}
    where entity = 'schedules' and status_column = 'status' and from_status is null
    group by client_id, entity_id

),

slots as (

    select
        slots.*,
        coalesce(makings.made_on, slots.scheduled_on) as made_on,
        slots.status not in ('CANCELLED', 'RESCHEDULED') and journeys.started_at is not null
            as is_started,
        {{ seconds_between('slots.start_at', 'journeys.started_at') }} as delay_seconds,
        {{ seconds_between('first_changes.changed_at', 'slots.start_at') }} as notice_seconds
    from {{ ref('stg_core__schedules') }} as slots
    left join {{ ref('stg_core__truck_journeys') }} as journeys
        on journeys.client_id = slots.client_id
        and journeys.journey_id = slots.journey_id
    left join makings
        on makings.client_id = slots.client_id
        and makings.schedule_id = slots.schedule_id
    left join first_changes
        on first_changes.client_id = slots.client_id
        and first_changes.schedule_id = slots.schedule_id

)

select
    cast(client_id as varchar) as client_id,
    cast(schedule_id as varchar) as schedule_id,
    cast(journey_id as varchar) as journey_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    schedule_type,
    status,
    scheduled_on,
    made_on,
    status = 'RESCHEDULED' as is_rescheduled,
    is_started,
    is_started and abs(delay_seconds) <= 900 as is_started_as_planned,
    coalesce(notice_seconds < 86400, false) as is_changed_late
from slots
