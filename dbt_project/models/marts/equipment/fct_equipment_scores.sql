select
    cast(client_id as varchar) as client_id,
    cast(subject_id as varchar) as equipment_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    scored_on,
    chance as failure_chance,
    expected_amount as expected_repair_amount,
    currency,
    reasons,
    reasons_fr,
    version
from {{ ref('stg_transforms__scores') }}
where question = 'equipment_failure'
