select
    cast(client_id as varchar) as client_id,
    cast(null as varchar) as access_location_id,
    lever,
    metric_name,
    elasticity,
    lo_95,
    hi_95,
    cases_count,
    is_known
from {{ ref('stg_transforms__elasticities') }}
