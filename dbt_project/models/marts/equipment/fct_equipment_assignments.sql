-- An assignment is in conflict when it begins before an earlier one of the equipment ends, or while
-- the equipment is not in service.
with assignments as (

    select
        *,
        max(end_at) over (
            partition by client_id, equipment_id
            order by start_at, equipment_assignment_id
            rows between unbounded preceding and 1 preceding
        ) as busy_until_at
    from {{ ref('stg_core__equipment_assignments') }}
    where status <> 'CANCELLED'

),

states as (

    select
        client_id,
        entity_id as equipment_id,
        to_status,
        occurred_at,
        lead(occurred_at) over (
            partition by client_id, entity_id
            order by occurred_at, created_at
        ) as until_at
    from {{ ref('stg_core__status_events') }}
    where entity = 'equipment' and status_column = 'status'

),

out_of_service as (

    select distinct assignments.client_id, assignments.equipment_assignment_id
    from assignments
    inner join states
        on states.client_id = assignments.client_id
        and states.equipment_id = assignments.equipment_id
        and states.to_status <> 'ACTIVE'
        and assignments.start_at >= states.occurred_at
        and coalesce(assignments.start_at < states.until_at, true)

)

select
    cast(assignments.client_id as varchar) as client_id,
    cast(assignments.equipment_assignment_id as varchar) as equipment_assignment_id,
    cast(assignments.equipment_id as varchar) as equipment_id,
    cast(assignments.journey_id as varchar) as journey_id,
    cast(assignments.location_id as varchar) as location_id,
    cast(assignments.location_id as varchar) as access_location_id,
    cast((assignments.start_local_at) as date) as started_on,
    coalesce(assignments.start_at < assignments.busy_until_at, false)
    or out_of_service.equipment_assignment_id is not null as is_in_conflict
from assignments
left join out_of_service
    on out_of_service.client_id = assignments.client_id
    and out_of_service.equipment_assignment_id = assignments.equipment_assignment_id
