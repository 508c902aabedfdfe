select
    cast(locations.client_id as varchar) as client_id,
    cast(locations.location_id as varchar) as location_id,
    cast(locations.location_id as varchar) as access_location_id,
    locations.branch_code,
    locations.branch_name,
    locations.city,
    locations.province,
    locations.is_corporate,
    locations.storage_type,
    locations.truck_count,
    locations.timezone,
    locations.opened_on,
    locations.closed_on,
    locations.status,
    business_dates.business_on
from {{ ref('stg_core__locations') }} as locations
left join {{ ref('stg_core__business_dates') }} as business_dates
    on business_dates.client_id = locations.client_id
    and business_dates.location_id = locations.location_id
