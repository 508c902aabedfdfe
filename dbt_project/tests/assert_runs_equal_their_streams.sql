-- A run is all of its streams that have ended.
with streams as (

    select
        cast(client_id as varchar) as client_id,
        cast(integration_id as varchar) as integration_id,
        cast(run_id as varchar) as run_id,
        sum(records_processed) as processed,
        sum(records_quarantined) as failed,
        min(started_on) as started_on,
        min(started_at) as started_at,
        max(completed_at) as completed_at
    from {{ ref('stg_core__integration_sync_logs') }}
    where status in ('COMPLETED', 'FAILED')
    group by client_id, integration_id, run_id

)

select runs.client_id, runs.integration_id, runs.run_id
from {{ ref('fct_sync_runs') }} as runs
left join streams
    on streams.client_id = runs.client_id
    and streams.integration_id = runs.integration_id
    and streams.run_id = runs.run_id
where runs.processed_count is distinct from streams.processed
    or runs.failed_count is distinct from streams.failed
    or runs.started_on is distinct from streams.started_on
    or runs.duration_seconds is distinct from {{ seconds_between('streams.started_at', 'streams.completed_at') }}
