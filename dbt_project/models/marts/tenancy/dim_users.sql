select
    cast(client_id as varchar) as client_id,
    cast(user_id as varchar) as user_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(user_id as varchar) as owner_id,
    role,
    status
from {{ ref('stg_core__users') }}
