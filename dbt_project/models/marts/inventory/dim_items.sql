select
    cast(client_id as varchar) as client_id,
    cast(inventory_item_id as varchar) as inventory_item_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    sku,
    name as item_name,
    category as item_group,
    is_rental,
    cast(unit_cost_amount as decimal(18, 2)) as unit_cost_amount,
    currency
from {{ ref('stg_core__inventory_items') }}
