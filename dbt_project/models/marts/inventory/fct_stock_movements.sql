select
    cast(moves.client_id as varchar) as client_id,
    cast(moves.inventory_transaction_id as varchar) as inventory_transaction_id,
    cast(moves.inventory_item_id as varchar) as inventory_item_id,
    cast(moves.location_id as varchar) as location_id,
    cast(moves.location_id as varchar) as access_location_id,
    cast(moves.journey_id as varchar) as journey_id,
    items.sku,
    items.category as item_group,
    moves.transaction_type,
    moves.occurred_on,
    cast(moves.quantity as decimal(18, 2)) as quantity,
    cast(moves.total_cost_amount as decimal(18, 2)) as cost_amount,
    cast(case
        when moves.transaction_type = 'USAGE' then -moves.total_cost_amount
        else 0
    end as decimal(18, 2)) as used_amount,
    cast(case
        when moves.transaction_type in ('DAMAGE', 'EXPIRY')
            or (moves.transaction_type = 'ADJUSTMENT' and moves.quantity < 0)
            then -moves.total_cost_amount
        else 0
    end as decimal(18, 2)) as lost_amount,
    moves.currency
from {{ ref('stg_core__inventory_transactions') }} as moves
inner join {{ ref('stg_core__inventory_items') }} as items
    on items.client_id = moves.client_id
    and items.inventory_item_id = moves.inventory_item_id
