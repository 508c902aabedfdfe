-- The cause of a job that earned less than planned is the largest of what took the profit away;
-- equal parts go by this order, and costs above the estimate by whether the hours were more.
with parts as (

    select client_id, journey_id, 1 as place, 'billed less than quoted' as cause,
        quoted_amount - service_amount as part_amount
    from {{ ref('fct_job_profits') }}
    union all
    select client_id, journey_id, 2, 'claim', claim_amount
    from {{ ref('fct_job_profits') }}
    union all
    select client_id, journey_id, 3, 'royalty', royalty_amount
    from {{ ref('fct_job_profits') }}
    union all
    select client_id, journey_id, 4,
        case when actual_minutes > estimated_minutes
            then 'more hours than quoted' else 'cost above estimate' end,
        labour_amount + fuel_amount + material_amount + truck_amount - estimated_cost_amount
    from {{ ref('fct_job_profits') }}

),

largest as (

    select
        *,
        row_number() over (
            partition by client_id, journey_id order by part_amount desc, place
        ) as size_rank
    from parts

)

select jobs.client_id, jobs.journey_id, jobs.cause, largest.cause as expected
from {{ ref('fct_job_profits') }} as jobs
inner join largest
    on largest.client_id = jobs.client_id
    and largest.journey_id = jobs.journey_id
    and largest.size_rank = 1
where jobs.cause is distinct from case
    when jobs.planned_profit_amount is null then null
    when jobs.service_amount - jobs.cost_amount >= jobs.quoted_amount - jobs.estimated_cost_amount
        then 'as planned'
    else largest.cause
end
