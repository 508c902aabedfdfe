with spells as (

    select
        balances.*,
        items.location_id,
        coalesce(balances.until_on - 1, spans.business_on) as last_on,
        spans.business_on
    from {{ ref('int_inventory__balances') }} as balances
    inner join {{ ref('stg_core__inventory_items') }} as items
        on items.client_id = balances.client_id
        and items.inventory_item_id = balances.inventory_item_id
    inner join {{ ref('int_tenancy__recorded_spans') }} as spans
        on spans.client_id = items.client_id
        and spans.location_id = items.location_id
    where balances.from_on <= spans.business_on

)

select
    client_id,
    inventory_item_id,
    location_id,
    on_hand_quantity,
    business_on,
    cast(on_hand_quantity * unit_cost_amount as decimal(18, 2)) as stock_value_amount,
    {{ days_from('from_on', 'least(last_on, business_on)') }} as as_of_on
from spells
