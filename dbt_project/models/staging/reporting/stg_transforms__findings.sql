select
    cast(client_id as uuid) as client_id,
    cast(location_id as uuid) as location_id,
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
from {{ source('transforms', 'findings') }}
