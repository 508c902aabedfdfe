-- Every completed job has its profit, with the revenue that the job has.
with figures as (

    select client_id, journey_id, 1 as jobs, service_amount
    from {{ ref('fct_job_profits') }}
    union all
    select client_id, journey_id, -1, -service_amount
    from {{ ref('fct_journeys') }}
    where is_completed

)

select client_id, journey_id, sum(jobs) as missing_jobs, sum(service_amount) as missing_amount
from figures
group by client_id, journey_id
having sum(jobs) <> 0 or sum(service_amount) <> 0
