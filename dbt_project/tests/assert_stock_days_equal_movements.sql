-- What was used on a day is the day's movements of use, and a day's stock the day before's and what
-- moved since.
with used as (

    select client_id, inventory_item_id, as_of_on, used_amount as amount, 0 as moved
    from {{ ref('fct_stock_daily') }}
    union all
    select moves.client_id, moves.inventory_item_id, moves.occurred_on, -moves.used_amount, 0
    from {{ ref('fct_stock_movements') }} as moves
    inner join {{ ref('fct_stock_daily') }} as days
        on days.client_id = moves.client_id
        and days.inventory_item_id = moves.inventory_item_id
        and days.as_of_on = moves.occurred_on

),

changes as (

    select
        client_id,
        inventory_item_id,
        as_of_on,
        on_hand_quantity - lag(on_hand_quantity) over (
            partition by client_id, inventory_item_id order by as_of_on
        ) as change_quantity
    from {{ ref('fct_stock_daily') }}

),

moved as (

    select client_id, inventory_item_id, as_of_on, change_quantity as quantity
    from changes
    where change_quantity is not null
    union all
    select moves.client_id, moves.inventory_item_id, moves.occurred_on, -moves.quantity
    from {{ ref('fct_stock_movements') }} as moves
    inner join changes
        on changes.client_id = moves.client_id
        and changes.inventory_item_id = moves.inventory_item_id
        and changes.as_of_on = moves.occurred_on
        and changes.change_quantity is not null

)

select client_id, inventory_item_id, as_of_on, 'used' as what
from used
group by client_id, inventory_item_id, as_of_on
having sum(amount) <> 0
union all
select client_id, inventory_item_id, as_of_on, 'moved'
from moved
group by client_id, inventory_item_id, as_of_on
having sum(quantity) <> 0
union all
select days.client_id, days.inventory_item_id, days.as_of_on, 'drift'
from {{ ref('fct_stock_daily') }} as days
inner join {{ ref('stg_core__inventory_items') }} as items
    on cast(items.client_id as varchar) = days.client_id
    and cast(items.inventory_item_id as varchar) = days.inventory_item_id
where days.drift_quantity <> abs(items.quantity - days.on_hand_quantity)
