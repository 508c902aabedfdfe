-- On a branch's last day, every bucket of age is what has moved on the accounts that fell due that
-- long ago, added up without a running total.
{% set ages = [0, 30, 60, 90] %}
with latest as (

    select client_id, location_id, max(as_of_on) as as_of_on
    from {{ ref('fct_receivables_daily') }}
    group by client_id, location_id

),

figures as (

    select daily.client_id, daily.location_id, daily.customer_type, daily.receivable_amount as owed,
        daily.customer_credit_amount as credit,
        daily.overdue_amount as over_0,
        daily.overdue_amount - daily.overdue_1_30_amount as over_30,
        daily.overdue_61_90_amount + daily.overdue_over_90_amount as over_60,
        daily.overdue_over_90_amount as over_90
    from {{ ref('fct_receivables_daily') }} as daily
    inner join latest
        on latest.client_id = daily.client_id
        and latest.location_id is not distinct from daily.location_id
        and latest.as_of_on = daily.as_of_on

    union all

    select latest.client_id, latest.location_id, movements.customer_type,
        -movements.receivable_change_amount, -movements.credit_change_amount
        {%- for age in ages %},
        case when movements.due_on + {{ age }} < latest.as_of_on
            then -movements.receivable_change_amount else 0 end
        {%- endfor %}
    from {{ ref('int_finance__receivable_movements') }} as movements
    inner join latest
        on latest.client_id = cast(movements.client_id as varchar)
        and latest.location_id is not distinct from cast(movements.location_id as varchar)
        and movements.event_on <= latest.as_of_on

)

select client_id, location_id, customer_type, sum(owed) as owed, sum(credit) as credit
from figures
group by client_id, location_id, customer_type
having sum(owed) <> 0 or sum(credit) <> 0
    {%- for age in ages %} or sum(over_{{ age }}) <> 0{% endfor %}
