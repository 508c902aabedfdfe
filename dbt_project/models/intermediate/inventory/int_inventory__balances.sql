-- The balance and the cost of an item hold from one day with movements until the next.
with day_ends as (

    select
        client_id,
        inventory_item_id,
        occurred_on,
        sum(quantity) as moved_quantity,
        max(sequence) as last_sequence
    from {{ ref('stg_core__inventory_transactions') }}
    group by client_id, inventory_item_id, occurred_on

)

select
    day_ends.client_id,
    day_ends.inventory_item_id,
    day_ends.occurred_on as from_on,
    lead(day_ends.occurred_on) over (
        partition by day_ends.client_id, day_ends.inventory_item_id
        order by day_ends.occurred_on
    ) as until_on,
    sum(day_ends.moved_quantity) over (
        partition by day_ends.client_id, day_ends.inventory_item_id
        order by day_ends.occurred_on
        rows between unbounded preceding and current row
    ) as on_hand_quantity,
    lasts.unit_cost_amount
from day_ends
inner join {{ ref('stg_core__inventory_transactions') }} as lasts
    on lasts.client_id = day_ends.client_id
    and lasts.inventory_item_id = day_ends.inventory_item_id
    and lasts.sequence = day_ends.last_sequence
