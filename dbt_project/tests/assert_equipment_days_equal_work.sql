-- On a branch's last day, and a hundred days before, what stands is what the work orders say:
-- repairs of the twelve months until then, and services whose next one is overdue.
with looked as (

    {{ looked_days() }}

),

work as (

    select
        cast(work.client_id as varchar) as client_id,
        cast(work.location_id as varchar) as location_id,
        equipment.equipment_type,
        work.equipment_id,
        work.equipment_maintenance_id,
        work.maintenance_type,
        work.performed_on,
        work.next_due_on,
        work.status,
        {{ seconds_between('work.down_from_at', 'work.up_at') }} as down_seconds,
        least(equipment.retired_on, equipment.sold_on) as gone_on
    from {{ ref('stg_core__equipment_maintenance') }} as work
    inner join {{ ref('stg_core__equipment') }} as equipment
        on equipment.client_id = work.client_id
        and equipment.equipment_id = work.equipment_id
    where work.status <> 'CANCELLED' and work.performed_on is not null

),

-- A service holds until the next one, or until the machine is gone.
services as (

    select *,
        lead(performed_on) over (
            partition by client_id, equipment_id order by performed_on, equipment_maintenance_id
        ) as next_on
    from work
    where maintenance_type = 'PREVENTIVE' or next_due_on is not null

),

figures as (

    select daily.client_id, daily.location_id, daily.equipment_type, daily.as_of_on,
        1 as rows_count, daily.year_repairs_count as repairs,
        daily.year_repair_seconds as repair_seconds, daily.overdue_count as overdue,
        daily.overdue_days
    from {{ ref('fct_equipment_daily') }} as daily
    inner join looked
        on looked.client_id = daily.client_id
        and looked.location_id = daily.location_id
        and looked.as_of_on = daily.as_of_on

    union all

    select work.client_id, work.location_id, work.equipment_type, looked.as_of_on,
        0, -1, -work.down_seconds, 0, 0
    from work
    inner join looked
        on looked.client_id = work.client_id
        and looked.location_id = work.location_id
        and looked.as_of_on >= work.performed_on
        and looked.as_of_on < cast({{ dbt.dateadd('month', 12, 'work.performed_on') }} as date)
    where work.maintenance_type in ('CORRECTIVE', 'EMERGENCY') and work.status = 'COMPLETED'
        and work.down_seconds is not null

    union all

    select services.client_id, services.location_id, services.equipment_type, looked.as_of_on,
        0, 0, 0, -1, services.next_due_on - looked.as_of_on
    from services
    inner join looked
        on looked.client_id = services.client_id
        and looked.location_id = services.location_id
        and looked.as_of_on >= services.performed_on
        and looked.as_of_on > services.next_due_on
        and coalesce(looked.as_of_on < services.next_on, true)
        and coalesce(looked.as_of_on < services.gone_on, true)

)

select client_id, location_id, equipment_type, as_of_on, sum(repairs) as repairs,
    sum(repair_seconds) as repair_seconds, sum(overdue) as overdue, sum(overdue_days) as days
from figures
group by client_id, location_id, equipment_type, as_of_on
-- A branch that has none of a kind any more has no days of it.
having sum(rows_count) > 0
    and (
        sum(repairs) <> 0
        or sum(repair_seconds) <> 0
        or sum(overdue) <> 0
        or sum(overdue_days) <> 0
    )
