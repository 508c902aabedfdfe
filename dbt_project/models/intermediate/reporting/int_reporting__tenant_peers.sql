select
    metric_name,
    month_on,
    peers_count,
    p25,
    p50,
    p75
from {{ ref('stg_transforms__tenant_peers') }}
