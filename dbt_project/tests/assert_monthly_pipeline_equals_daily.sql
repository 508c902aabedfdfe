-- The offers open at the end of a month are those of its last day, by branch.
with figures as (

    select client_id, location_id, as_of_on, open_pipeline_amount as amount
    from {{ ref('fct_pipeline_monthly') }}
    union all
    select daily.client_id, daily.location_id, daily.as_of_on, -daily.open_pipeline_amount
    from {{ ref('fct_pipeline_daily') }} as daily
    inner join {{ ref('int_tenancy__month_ends') }} as ends
        on cast(ends.client_id as varchar) = daily.client_id
        and ends.as_of_on = daily.as_of_on

)

select client_id, location_id, as_of_on, sum(amount) as missing_amount
from figures
group by client_id, location_id, as_of_on
having sum(amount) <> 0
