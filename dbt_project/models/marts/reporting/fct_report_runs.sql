select
    cast(client_id as varchar) as client_id,
    cast(report_run_id as varchar) as report_run_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    report_name,
    format,
    finished_on,
    status = 'COMPLETED' as is_completed,
    case
        when status = 'COMPLETED' then {{ seconds_between('as_of', 'finished_at') }}
    end as data_age_seconds
from {{ ref('stg_core__report_runs') }}
where finished_on is not null
