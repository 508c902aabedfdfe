-- A taking clashes when it begins before an earlier one of the same person or equipment ends.
with takings as (

    select
        takings.*,
        coalesce(takings.user_id, takings.equipment_id) as resource_id,
        slots.scheduled_on
    from {{ ref('stg_core__schedule_resources') }} as takings
    inner join {{ ref('stg_core__schedules') }} as slots
        on slots.client_id = takings.client_id
        and slots.schedule_id = takings.schedule_id
    where not takings.is_released

),

beside as (

    select
        *,
        max(end_at) over (
            partition by client_id, resource_id
            order by start_at, schedule_resource_id
            rows between unbounded preceding and 1 preceding
        ) as busy_until_at
    from takings

)

select
    cast(client_id as varchar) as client_id,
    cast(schedule_resource_id as varchar) as schedule_resource_id,
    cast(schedule_id as varchar) as schedule_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    kind as resource_kind,
    scheduled_on,
    coalesce(start_at < busy_until_at, false) as is_double_booked
from beside
