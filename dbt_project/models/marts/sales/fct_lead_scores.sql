select
    cast(client_id as varchar) as client_id,
    cast(subject_id as varchar) as lead_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    scored_on,
    chance as win_chance,
    expected_amount as expected_booked_amount,
    currency,
    reasons,
    reasons_fr,
    version
from {{ ref('stg_transforms__scores') }}
where question = 'lead_win'
