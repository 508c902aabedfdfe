select
    cast(client_id as varchar) as client_id,
    cast(null as varchar) as location_id,
    cast(null as varchar) as access_location_id,
    cast(integration_id as varchar) as integration_id,
    provider,
    integration_name,
    stream,
    cast(runs_count as integer) as runs_count,
    cast(records_processed as bigint) as records_processed,
    cast(records_quarantined as bigint) as records_quarantined,
    last_status,
    last_success_at
from {{ ref('int_integration__stream_health') }}
