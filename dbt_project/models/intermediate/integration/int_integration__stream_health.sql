with runs as (

    select
        *,
        row_number() over (
            partition by client_id, integration_id, stream
            order by started_at desc, completed_at desc
        ) as run_rank
    from {{ ref('stg_core__integration_sync_logs') }}

)

select
    runs.client_id,
    runs.integration_id,
    integrations.provider,
    integrations.integration_name,
    runs.stream,
    count(*) as runs_count,
    sum(runs.records_processed) as records_processed,
    sum(runs.records_quarantined) as records_quarantined,
    max(case when runs.status = 'COMPLETED' then runs.completed_at end) as last_success_at,
    max(case when runs.run_rank = 1 then runs.status end) as last_status
from runs
inner join {{ ref('stg_core__integrations') }} as integrations
    on integrations.client_id = runs.client_id
    and integrations.integration_id = runs.integration_id
group by
    runs.client_id,
    runs.integration_id,
    integrations.provider,
    integrations.integration_name,
    runs.stream
