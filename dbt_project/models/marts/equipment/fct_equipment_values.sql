-- The book value has no history in the core: this mart knows the last day only.
with costs as (

    select
        work.client_id,
        work.equipment_id,
        sum(coalesce(work.labour_amount, 0) + coalesce(work.parts_amount, 0)) as maintenance_amount
    from {{ ref('stg_core__equipment_maintenance') }} as work
    inner join {{ ref('stg_core__equipment') }} as equipment
        on equipment.client_id = work.client_id
        and equipment.equipment_id = work.equipment_id
    inner join {{ ref('int_tenancy__recorded_spans') }} as spans
        on spans.client_id = equipment.client_id
        and spans.location_id = equipment.location_id
        and work.performed_on <= spans.business_on
        and spans.business_on < cast({{ dbt.dateadd('month', 12, 'work.performed_on') }} as date)
    where work.status <> 'CANCELLED'
    group by work.client_id, work.equipment_id

)

select
    cast(equipment.client_id as varchar) as client_id,
    cast(equipment.equipment_id as varchar) as equipment_id,
    cast(equipment.location_id as varchar) as location_id,
    cast(equipment.location_id as varchar) as access_location_id,
    equipment.equipment_type,
    spans.business_on as as_of_on,
    cast(equipment.current_value_amount as decimal(18, 2)) as book_value_amount,
    cast(coalesce(costs.maintenance_amount, 0) as decimal(18, 2)) as year_maintenance_amount,
    equipment.currency
from {{ ref('stg_core__equipment') }} as equipment
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = equipment.client_id
    and spans.location_id = equipment.location_id
left join costs
    on costs.client_id = equipment.client_id
    and costs.equipment_id = equipment.equipment_id
where equipment.current_value_amount > 0 and equipment.status not in ('SOLD', 'RETIRED')
