-- A run has a row per stream; it succeeded when all of them did.
with runs as (

    select
        client_id,
        integration_id,
        run_id,
        min(sync_type) as sync_type,
        min(started_on) as started_on,
        min(started_at) as started_at,
        max(completed_at) as completed_at,
        max(completed_local_at) as completed_local_at,
        bool_and(status = 'COMPLETED') as is_completed,
        sum(records_processed) as processed,
        sum(records_quarantined) as failed
    from {{ ref('stg_core__integration_sync_logs') }}
    where status in ('COMPLETED', 'FAILED')
    group by client_id, integration_id, run_id

)

select
    cast(runs.client_id as varchar) as client_id,
    cast(runs.integration_id as varchar) as integration_id,
    cast(runs.run_id as varchar) as run_id,
    cast(null as varchar) as access_location_id,
    integrations.integration_name,
    runs.sync_type,
    runs.started_on,
    runs.is_completed,
    cast(runs.processed as integer) as processed_count,
    cast(runs.failed as integer) as failed_count,
    {{ seconds_between('runs.started_at', 'runs.completed_at') }} as duration_seconds
from runs
inner join {{ ref('stg_core__integrations') }} as integrations
    on integrations.client_id = runs.client_id
    and integrations.integration_id = runs.integration_id
