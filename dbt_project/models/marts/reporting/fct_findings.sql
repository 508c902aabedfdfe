select
    cast(client_id as varchar) as client_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    metric_name,
    grain,
    first_on,
    last_on,
    is_current,
    direction,
    sigmas,
    actual,
    expected,
    unit,
    sentence,
    sentence_fr
from {{ ref('stg_transforms__findings') }}
