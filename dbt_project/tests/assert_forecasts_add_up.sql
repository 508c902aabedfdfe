-- Branches are the company, and the branches of a province the province, to the last digit.
with parts as (

    select
        client_id,
        metric_name,
        cadence,
        period_on,
        case when level = 'company' then '' else province end as place,
        level = 'branch' as is_part,
        yhat
    from {{ ref('stg_transforms__forecasts') }}
    where kind = 'current'

    union all

    select client_id, metric_name, cadence, period_on, '', true, yhat
    from {{ ref('stg_transforms__forecasts') }}
    where kind = 'current' and level = 'branch'

)

select client_id, metric_name, cadence, period_on, place
from parts
where place is not null
group by client_id, metric_name, cadence, period_on, place
having
    count(case when not is_part then 1 end) = 1
    and abs(
        sum(case when is_part then yhat else 0 end)
        - sum(case when is_part then 0 else yhat end)
    ) > 0.001
