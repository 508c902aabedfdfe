select
    cast(client_id as varchar) as client_id,
    cast(subject_id as varchar) as storage_booking_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    scored_on,
    chance as leave_chance,
    expected_amount as expected_lost_amount,
    currency,
    reasons,
    reasons_fr,
    version
from {{ ref('stg_transforms__scores') }}
where question = 'storage_churn'
