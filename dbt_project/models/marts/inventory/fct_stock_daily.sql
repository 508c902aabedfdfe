with days as (

    select * from {{ ref('int_inventory__item_days') }}

),

used as (

    select client_id, inventory_item_id, occurred_on, -sum(total_cost_amount) as used_amount
    from {{ ref('stg_core__inventory_transactions') }}
    where transaction_type = 'USAGE'
    group by client_id, inventory_item_id, occurred_on

)

select
    cast(days.client_id as varchar) as client_id,
    cast(days.inventory_item_id as varchar) as inventory_item_id,
    cast(days.location_id as varchar) as location_id,
    cast(days.location_id as varchar) as access_location_id,
    items.sku,
    items.category as item_group,
    days.as_of_on,
    cast(days.on_hand_quantity as decimal(18, 2)) as on_hand_quantity,
    days.stock_value_amount,
    cast(coalesce(used.used_amount, 0) as decimal(18, 2)) as used_amount,
    cast(months.earlier_value_amount + days.stock_value_amount as decimal(18, 2))
        as year_value_amount,
    cast(months.earlier_used_amount + coalesce(sum(used.used_amount) over (
        partition by
            days.client_id, days.inventory_item_id, {{ first_day_of('month', 'days.as_of_on') }}
        order by days.as_of_on
        rows between unbounded preceding and current row
    ), 0) as decimal(18, 2)) as year_used_amount,
    days.on_hand_quantity <= 0 as is_out,
    days.on_hand_quantity < items.min_quantity as is_below_minimum,
    cast(case
        when days.as_of_on = days.business_on then abs(items.quantity - days.on_hand_quantity)
    end as decimal(18, 2)) as drift_quantity,
    items.currency
from days
inner join {{ ref('stg_core__inventory_items') }} as items
    on items.client_id = days.client_id
    and items.inventory_item_id = days.inventory_item_id
inner join {{ ref('int_inventory__item_months') }} as months
    on months.client_id = days.client_id
    and months.inventory_item_id = days.inventory_item_id
    and months.month_on = {{ first_day_of('month', 'days.as_of_on') }}
left join used
    on used.client_id = days.client_id
    and used.inventory_item_id = days.inventory_item_id
    and used.occurred_on = days.as_of_on
