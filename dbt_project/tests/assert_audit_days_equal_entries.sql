-- Every day of the audit trail holds what was entered, by each of its keys.
with figures as (

    select client_id, location_id, occurred_on, action, resource, severity, role, is_elsewhere,
        entries_count
    from {{ ref('fct_audit_daily') }}
    union all
    select cast(entries.client_id as varchar), cast(entries.location_id as varchar),
        entries.occurred_on, entries.action, entries.resource, entries.severity, users.role,
        case when users.location_id is null or entries.location_id is null then false
            else users.location_id <> entries.location_id end,
        -1
    from {{ ref('stg_core__audit_entries') }} as entries
    left join {{ ref('stg_core__users') }} as users
        on users.client_id = entries.client_id
        and users.user_id = entries.owner_id
    where entries.occurred_on is not null

)

select client_id, location_id, occurred_on, action, resource, severity, role, is_elsewhere,
    sum(entries_count) as missing_count
from figures
group by client_id, location_id, occurred_on, action, resource, severity, role, is_elsewhere
having sum(entries_count) <> 0
