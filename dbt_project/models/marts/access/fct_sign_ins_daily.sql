-- The account is the one that somebody tried, whoever it was; accounts are the company's own rows.
select
    cast(entries.client_id as varchar) as client_id,
    cast(entries.location_id as varchar) as location_id,
    cast(entries.location_id as varchar) as access_location_id,
    entries.occurred_on,
    users.role,
    cast(count(*) as integer) as tries_count,
    cast(sum(case when entries.action like '%REFUSED' then 1 else 0 end) as integer) as refused_count
from {{ ref('stg_core__audit_entries') }} as entries
left join {{ ref('stg_core__users') }} as users
    on users.client_id = entries.client_id
    and users.user_id = entries.resource_id
where entries.action like 'SIGN_IN%' and entries.occurred_on is not null
group by entries.client_id, entries.location_id, entries.occurred_on, users.role
