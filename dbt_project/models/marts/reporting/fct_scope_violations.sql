-- A letter that was drawn and named a branch beyond its reader's reach: it was not sent.
select
    cast(entries.client_id as varchar) as client_id,
    cast(entries.audit_entry_id as varchar) as audit_entry_id,
    cast(entries.location_id as varchar) as location_id,
    cast(entries.location_id as varchar) as access_location_id,
    cast(entries.resource_id as varchar) as report_delivery_id,
    deliveries.report_name,
    deliveries.window_key,
    entries.occurred_on
from {{ ref('stg_core__audit_entries') }} as entries
left join {{ ref('stg_core__report_deliveries') }} as deliveries
    on deliveries.client_id = entries.client_id
    and deliveries.report_delivery_id = entries.resource_id
where entries.action like 'SCOPE_EXCEEDED%' and entries.occurred_on is not null
