-- A step is decided whenever it is approved or rejected; one that has no history is decided as its
-- row says. How long the approval took stands once, with the last decision of the step.
with steps as (

    select * from {{ ref('stg_core__journey_steps') }}

),

events as (

    select
        *,
        row_number() over (
            partition by client_id, entity_id
            order by case when to_status = 'APPROVED' then 0 else 1 end, occurred_at desc,
                status_event_id desc
        ) as place
    from {{ ref('stg_core__status_events') }}
    where entity = 'journey_steps' and status_column = 'status'

),

decisions as (

    select
        events.client_id,
        events.status_event_id as decision_id,
        steps.journey_step_id,
        steps.location_id,
        steps.step_number,
        steps.approved_by_id,
        events.to_status as decision,
        events.occurred_on as decided_on,
        steps.approved_on,
        case
            when events.place = 1 then {{ seconds_between('steps.ended_at', 'steps.approved_at') }}
        end as approval_seconds
    from events
    inner join steps
        on steps.client_id = events.client_id
        and steps.journey_step_id = events.entity_id
    where events.to_status in ('APPROVED', 'REJECTED')

    union all

    select
        steps.client_id,
        steps.journey_step_id,
        steps.journey_step_id,
        steps.location_id,
        steps.step_number,
        steps.approved_by_id,
        steps.status,
        steps.approved_on,
        steps.approved_on,
        {{ seconds_between('steps.ended_at', 'steps.approved_at') }}
    from steps
    left join events
        on events.client_id = steps.client_id
        and events.entity_id = steps.journey_step_id
        and events.place = 1
    where steps.status in ('APPROVED', 'REJECTED') and events.status_event_id is null

)

select
    cast(client_id as varchar) as client_id,
    cast(decision_id as varchar) as decision_id,
    cast(journey_step_id as varchar) as journey_step_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    step_number,
    cast(approved_by_id as varchar) as approver,
    decided_on,
    approved_on,
    decision = 'REJECTED' as is_rejected,
    approval_seconds
from decisions
where decided_on is not null
