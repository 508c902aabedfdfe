with moves as (

    select rentals.*, 'in' as way, 1 as direction, activated_on as moved_on
    from {{ ref('int_storage__rentals') }} as rentals
    where activated_on is not null
    union all
    select rentals.*, 'out', -1, moved_out_on
    from {{ ref('int_storage__rentals') }} as rentals
    where moved_out_on is not null

)

select
    cast(client_id as varchar) as client_id,
    cast(storage_booking_id as varchar) as storage_booking_id,
    cast(storage_unit_id as varchar) as storage_unit_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    way,
    moved_on,
    unit_type,
    size_class,
    direction as units_change,
    cast(direction * area_sq_ft as decimal(18, 2)) as area_change,
    cast(case when way = 'out' then moved_on - activated_on end as integer) as stay_days
from moves
