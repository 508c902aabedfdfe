-- The role is that of the person who acted; elsewhere is a row of another branch than their own.
select
    cast(entries.client_id as varchar) as client_id,
    cast(entries.location_id as varchar) as location_id,
    cast(entries.location_id as varchar) as access_location_id,
    entries.occurred_on,
    entries.action,
    entries.resource,
    entries.severity,
    users.role,
    coalesce(users.location_id <> entries.location_id, false) as is_elsewhere,
    cast(count(*) as integer) as entries_count
from {{ ref('stg_core__audit_entries') }} as entries
left join {{ ref('stg_core__users') }} as users
    on users.client_id = entries.client_id
    and users.user_id = entries.owner_id
where entries.occurred_on is not null
group by
    entries.client_id,
    entries.location_id,
    entries.occurred_on,
    entries.action,
    entries.resource,
    entries.severity,
    users.role,
    coalesce(users.location_id <> entries.location_id, false)
