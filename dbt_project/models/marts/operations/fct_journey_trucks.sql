-- A job with several trucks counts, with its revenue, with the first of them; a job without any
-- has one row without a truck.
with jobs as (

    select * from {{ ref('int_operations__journeys') }} where is_completed

),

assigned as (

    select
        client_id,
        journey_id,
        equipment_id,
        min(start_at) as start_at,
        row_number() over (
            partition by client_id, journey_id order by min(start_at), equipment_id
        ) as truck_number
    from {{ ref('stg_core__equipment_assignments') }}
    where status <> 'CANCELLED' and journey_id is not null
    group by client_id, journey_id, equipment_id

)

select
    cast(jobs.client_id as varchar) as client_id,
    cast(jobs.journey_id as varchar) as journey_id,
    cast(jobs.location_id as varchar) as location_id,
    cast(jobs.location_id as varchar) as access_location_id,
    cast(jobs.owner_id as varchar) as owner_id,
    cast(assigned.equipment_id as varchar) as equipment_id,
    jobs.service_type,
    jobs.service_on,
    case when coalesce(assigned.truck_number, 1) = 1 then 1 else 0 end as jobs_count,
    cast(
        case
            when coalesce(assigned.truck_number, 1) = 1 then coalesce(revenue.service_amount, 0)
            else 0
        end as decimal(18, 2)
    ) as service_amount,
    jobs.currency
from jobs
left join assigned
    on assigned.client_id = jobs.client_id
    and assigned.journey_id = jobs.journey_id
left join {{ ref('int_operations__job_revenue') }} as revenue
    on revenue.client_id = jobs.client_id
    and revenue.journey_id = jobs.journey_id
