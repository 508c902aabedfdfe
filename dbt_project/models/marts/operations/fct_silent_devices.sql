-- Devices that are signed in at the end of a month's last day, and that sent no position in its last
-- half hour.
with ends as (

    select
        client_id,
        as_of_on,
        cast(as_of_on + 1 as timestamp) as ends_local_at
    from {{ ref('int_tenancy__month_ends') }}

),

seen as (

    select distinct updates.client_id, updates.session_id, ends.as_of_on
    from {{ ref('stg_core__mobile_journey_updates') }} as updates
    inner join ends
        on ends.client_id = updates.client_id
        and updates.occurred_local_at >= ends.ends_local_at - interval '30 minutes'
        and updates.occurred_local_at <= ends.ends_local_at
    where updates.update_type = 'LOCATION'

),

silent as (

    select
        sessions.client_id,
        sessions.location_id,
        sessions.app_version,
        ends.as_of_on,
        count(*) as silent_devices_count
    from {{ ref('stg_core__mobile_sessions') }} as sessions
    inner join ends
        on ends.client_id = sessions.client_id
        and ends.as_of_on >= sessions.started_on
        and ends.as_of_on < least(sessions.ended_on, sessions.expires_on)
    left join seen
        on seen.client_id = sessions.client_id
        and seen.session_id = sessions.mobile_session_id
        and seen.as_of_on = ends.as_of_on
    where seen.session_id is null
    group by sessions.client_id, sessions.location_id, sessions.app_version, ends.as_of_on

),

slots as (

    select places.client_id, places.location_id, places.app_version, ends.as_of_on
    from (
        select distinct client_id, location_id, app_version
        from {{ ref('stg_core__mobile_sessions') }}
    ) as places
    inner join ends
        on ends.client_id = places.client_id

)

select
    cast(slots.client_id as varchar) as client_id,
    cast(slots.location_id as varchar) as location_id,
    cast(slots.location_id as varchar) as access_location_id,
    slots.as_of_on,
    slots.app_version,
    cast(coalesce(silent.silent_devices_count, 0) as integer) as silent_devices_count
from slots
left join silent
    on silent.client_id = slots.client_id
    and silent.location_id is not distinct from slots.location_id
    and silent.app_version = slots.app_version
    and silent.as_of_on = slots.as_of_on
