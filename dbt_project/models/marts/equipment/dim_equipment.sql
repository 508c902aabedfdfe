select
    cast(client_id as varchar) as client_id,
    cast(equipment_id as varchar) as equipment_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    equipment_type,
    status,
    manufacturer,
    model,
    model_year,
    purchased_on,
    retired_on,
    sold_on
from {{ ref('stg_core__equipment') }}
