select
    cast(client_id as varchar) as client_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    occurred_on,
    action,
    resource,
    severity,
    cast(count(*) as integer) as entries_count
from {{ ref('stg_core__audit_entries') }}
where occurred_on is not null
group by client_id, location_id, occurred_on, action, resource, severity
