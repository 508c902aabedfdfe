select
    cast(client_id as varchar) as client_id,
    cast(id as varchar) as location_id,
    cast(id as varchar) as access_location_id
from {{ source('raw', 'core__locations') }}
