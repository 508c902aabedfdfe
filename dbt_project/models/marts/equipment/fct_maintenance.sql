select
    cast(work.client_id as varchar) as client_id,
    cast(work.equipment_maintenance_id as varchar) as equipment_maintenance_id,
    cast(work.equipment_id as varchar) as equipment_id,
    cast(work.location_id as varchar) as location_id,
    cast(work.location_id as varchar) as access_location_id,
    equipment.equipment_type,
    work.maintenance_type,
    work.status,
    work.scheduled_on,
    work.performed_on,
    work.maintenance_type = 'PREVENTIVE' as is_preventive,
    work.maintenance_type = 'PREVENTIVE' and coalesce(work.scheduled_on <= spans.business_on, false)
        as is_service_due,
    work.maintenance_type = 'PREVENTIVE' and coalesce(work.performed_on <= work.scheduled_on, false)
        as is_service_in_time,
    coalesce(work.labour_minutes, 0) as labour_minutes,
    cast(coalesce(work.labour_amount, 0) + coalesce(work.parts_amount, 0) as decimal(18, 2))
        as maintenance_amount,
    work.currency
from {{ ref('stg_core__equipment_maintenance') }} as work
inner join {{ ref('stg_core__equipment') }} as equipment
    on equipment.client_id = work.client_id
    and equipment.equipment_id = work.equipment_id
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = work.client_id
    and spans.location_id = work.location_id
where work.status <> 'CANCELLED'
