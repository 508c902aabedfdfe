select
    journeys.*,
    quotes.source,
    journeys.status in ('COMPLETED', 'AUDITED') as is_completed,
    journeys.status = 'CANCELLED' as is_cancelled
from {{ ref('stg_core__truck_journeys') }} as journeys
left join {{ ref('int_sales__quotes') }} as quotes
    on quotes.client_id = journeys.client_id
    and quotes.quote_id = journeys.quote_id
