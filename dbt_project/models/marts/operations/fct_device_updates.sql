select
    cast(updates.client_id as varchar) as client_id,
    cast(updates.mobile_journey_update_id as varchar) as mobile_journey_update_id,
    cast(updates.journey_id as varchar) as journey_id,
    cast(updates.location_id as varchar) as location_id,
    cast(updates.location_id as varchar) as access_location_id,
    cast(updates.user_id as varchar) as owner_id,
    updates.update_type,
    sessions.app_version,
    updates.occurred_on,
    {{ seconds_between('updates.occurred_at', 'updates.synced_at') }} as lag_seconds,
    updates.sync_status in ('FAILED', 'CONFLICT') as is_failed
from {{ ref('stg_core__mobile_journey_updates') }} as updates
left join {{ ref('stg_core__mobile_sessions') }} as sessions
    on sessions.client_id = updates.client_id
    and sessions.mobile_session_id = updates.session_id
