select
    cast(client_id as uuid) as client_id,
    lever,
    metric_name,
    elasticity,
    lo_95,
    hi_95,
    cases_count,
    is_known
from {{ source('transforms', 'elasticities') }}
