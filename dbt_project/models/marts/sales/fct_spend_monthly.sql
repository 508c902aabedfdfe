select
    cast(client_id as varchar) as client_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    source,
    month_on,
    cast(sum(spend_amount) as decimal(18, 2)) as spend_amount,
    currency
from {{ ref('stg_core__marketing_spend') }}
group by client_id, location_id, source, month_on, currency
