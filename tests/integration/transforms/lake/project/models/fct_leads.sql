select
    cast(client_id as varchar) as client_id,
    cast(id as varchar) as lead_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    score,
    created_on
from {{ source('raw', 'core__leads') }}
