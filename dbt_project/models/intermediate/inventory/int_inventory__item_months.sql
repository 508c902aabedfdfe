-- Stock value at the ends of the eleven months before a month, and usage in them: what an average
-- or a sum over twelve months adds to the month's own days.
with month_ends as (

    select
        client_id,
        inventory_item_id,
        {{ first_day_of('month', 'as_of_on') }} as month_on,
        max(as_of_on) as last_on
    from {{ ref('int_inventory__item_days') }}
    group by client_id, inventory_item_id, {{ first_day_of('month', 'as_of_on') }}

),

used as (

    select
        client_id,
        inventory_item_id,
        {{ first_day_of('month', 'occurred_on') }} as month_on,
        -sum(total_cost_amount) as used_amount
    from {{ ref('stg_core__inventory_transactions') }}
    where transaction_type = 'USAGE'
    group by client_id, inventory_item_id, {{ first_day_of('month', 'occurred_on') }}

)

select
    month_ends.client_id,
    month_ends.inventory_item_id,
    month_ends.month_on,
    cast(coalesce(sum(days.stock_value_amount) over earlier, 0) as decimal(18, 2))
        as earlier_value_amount,
    cast(coalesce(sum(used.used_amount) over earlier, 0) as decimal(18, 2)) as earlier_used_amount
from month_ends
inner join {{ ref('int_inventory__item_days') }} as days
    on days.client_id = month_ends.client_id
    and days.inventory_item_id = month_ends.inventory_item_id
    and days.as_of_on = month_ends.last_on
left join used
    on used.client_id = month_ends.client_id
    and used.inventory_item_id = month_ends.inventory_item_id
    and used.month_on = month_ends.month_on
window earlier as (
    partition by month_ends.client_id, month_ends.inventory_item_id
    order by month_ends.month_on
    rows between 11 preceding and 1 preceding
)
