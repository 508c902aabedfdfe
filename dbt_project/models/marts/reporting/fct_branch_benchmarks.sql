select
    cast(client_id as varchar) as client_id,
    cast(null as varchar) as access_location_id,
    metric_name,
    month_on,
    peers_count,
    p25,
    p50,
    p75
from {{ ref('stg_transforms__branch_peers') }}
