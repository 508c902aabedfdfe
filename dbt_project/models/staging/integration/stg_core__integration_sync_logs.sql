select
    -- ids
    client_id,
    id as integration_sync_log_id,
    integration_id,
    run_id,

    -- text
    stream,
    type as sync_type,
    status,

    -- numbers
    records_processed,
    records_failed as records_quarantined,

    -- instants
    started_at,
    completed_at,

    -- days and times of the company
    started_on,
    completed_local_at

from {{ source('raw', 'core__integration_sync_logs') }}
