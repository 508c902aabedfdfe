select
    cast(client_id as varchar) as client_id,
    cast(customer_id as varchar) as customer_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    customer_type,
    province,
    postal_area,
    created_on
from {{ ref('stg_core__customers') }}
