-- What a machine's upkeep cost in its last twelve months is its work of that time.
with figures as (

    select client_id, equipment_id, year_maintenance_amount as amount
    from {{ ref('fct_equipment_values') }}
    union all
    select work.client_id, work.equipment_id, -work.maintenance_amount
    from {{ ref('fct_maintenance') }} as work
    inner join {{ ref('fct_equipment_values') }} as machines
        on machines.client_id = work.client_id
        and machines.equipment_id = work.equipment_id
        and machines.as_of_on >= work.performed_on
        and machines.as_of_on < cast({{ dbt.dateadd('month', 12, 'work.performed_on') }} as date)

)

select client_id, equipment_id, sum(amount) as missing_amount
from figures
group by client_id, equipment_id
having sum(amount) <> 0
