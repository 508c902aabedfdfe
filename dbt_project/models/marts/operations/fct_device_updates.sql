select
    cast(client_id as varchar) as client_id,
    cast(mobile_journey_update_id as varchar) as mobile_journey_update_id,
    cast(journey_id as varchar) as journey_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(user_id as varchar) as owner_id,
    update_type,
    occurred_on,
    {{ seconds_between('occurred_at', 'synced_at') }} as lag_seconds,
    sync_status in ('FAILED', 'CONFLICT') as is_failed
from {{ ref('stg_core__mobile_journey_updates') }}
