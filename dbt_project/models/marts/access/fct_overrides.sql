-- Rights given to single people that are in force at the end of a month's last day. A right that is
-- taken back leaves no row behind.
with live as (

    select
        granted.client_id,
        granted.location_id,
        granted.resource,
        ends.as_of_on,
        count(*) as overrides_count,
        sum(case when granted.expires_on is null then 1 else 0 end) as endless_count
    from {{ ref('stg_core__user_permissions') }} as granted
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on ends.client_id = granted.client_id
        and ends.as_of_on >= granted.granted_on
        and coalesce(ends.as_of_on < granted.expires_on, true)
    where granted.is_granted
    group by granted.client_id, granted.location_id, granted.resource, ends.as_of_on

),

slots as (

    select places.client_id, places.location_id, places.resource, ends.as_of_on
    from (
        select distinct client_id, location_id, resource
        from {{ ref('stg_core__user_permissions') }}
        where is_granted
    ) as places
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on ends.client_id = places.client_id

)

select
    cast(slots.client_id as varchar) as client_id,
    cast(slots.location_id as varchar) as location_id,
    cast(slots.location_id as varchar) as access_location_id,
    slots.as_of_on,
    slots.resource,
    cast(coalesce(live.overrides_count, 0) as integer) as overrides_count,
    cast(coalesce(live.endless_count, 0) as integer) as endless_count
from slots
left join live
    on live.client_id = slots.client_id
    and live.location_id is not distinct from slots.location_id
    and live.resource = slots.resource
    and live.as_of_on = slots.as_of_on
