select
    cast(client_id as uuid) as client_id,
    cast(location_id as uuid) as location_id,
    cast(owner_id as uuid) as owner_id,
    question,
    cast(subject_id as uuid) as subject_id,
    scored_on,
    chance,
    expected_count,
    expected_amount,
    currency,
    reasons,
    reasons_fr,
    version
from {{ source('transforms', 'scores') }}
