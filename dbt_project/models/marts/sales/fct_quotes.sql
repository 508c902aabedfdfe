select
    cast(client_id as varchar) as client_id,
    cast(quote_id as varchar) as quote_id,
    cast(family_id as varchar) as family_id,
    cast(lead_id as varchar) as lead_id,
    cast(customer_id as varchar) as customer_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    service_type,
    move_size,
    source,
    status,
    version,
    is_decided,
    is_accepted,
    is_superseded,
    status = 'EXPIRED' as is_expired,
    is_viewed,
    case
        when not is_decided or is_accepted then null
        when status = 'EXPIRED' then status
        else rejection_reason
    end as loss_reason,
    created_on,
    sent_on,
    decided_on,
    accepted_on,
    move_on,
    subtotal_amount,
    total_amount,
    currency
from {{ ref('int_sales__quotes') }}
