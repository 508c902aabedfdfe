-- On each of the last sixty days the lag of an integration is the least since any successful run,
-- and its last day is the business date.
with ends as (

    select cast(client_id as varchar) as client_id, business_on
    from {{ ref('int_tenancy__tenant_spans') }}

),

runs as (

    select
        cast(client_id as varchar) as client_id,
        cast(integration_id as varchar) as integration_id,
        max(completed_local_at) as completed_local_at
    from {{ ref('stg_core__integration_sync_logs') }}
    where status in ('COMPLETED', 'FAILED')
    group by client_id, integration_id, run_id
    having min(case when status = 'COMPLETED' then 1 else 0 end) = 1

)

select lags.client_id, lags.integration_id, lags.as_of_on
from {{ ref('fct_integration_lags_daily') }} as lags
inner join ends
    on ends.client_id = lags.client_id
    and lags.as_of_on > ends.business_on - 60
left join runs
    on runs.client_id = lags.client_id
    and runs.integration_id = lags.integration_id
    and cast((runs.completed_local_at) as date) <= lags.as_of_on
group by lags.client_id, lags.integration_id, lags.as_of_on, lags.lag_seconds
having lags.lag_seconds is distinct from
    {{ seconds_between('max(runs.completed_local_at)', 'cast(lags.as_of_on + 1 as timestamp)') }}

union all

select lags.client_id, lags.integration_id, max(lags.as_of_on)
from {{ ref('fct_integration_lags_daily') }} as lags
inner join ends
    on ends.client_id = lags.client_id
group by lags.client_id, lags.integration_id, ends.business_on
having max(lags.as_of_on) <> ends.business_on
