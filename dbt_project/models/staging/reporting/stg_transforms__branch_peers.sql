select
    cast(client_id as uuid) as client_id,
    metric_name,
    month_on,
    peers_count,
    p25,
    p50,
    p75
from {{ source('transforms', 'branch_peers') }}
