select
    cast(claims.client_id as varchar) as client_id,
    cast(claims.claim_id as varchar) as claim_id,
    cast(claims.journey_id as varchar) as journey_id,
    cast(claims.customer_id as varchar) as customer_id,
    cast(claims.location_id as varchar) as location_id,
    cast(claims.location_id as varchar) as access_location_id,
    claims.claim_type,
    claims.status,
    journeys.service_type,
    cast(journeys.crew_lead_id as varchar) as crew_lead,
    journeys.customer_type,
    claims.opened_on,
    claims.closed_on,
    cast(claims.closed_on - claims.opened_on as integer) as cycle_days,
    claims.claimed_amount,
    cast(coalesce(claims.settled_amount, 0) as decimal(18, 2)) as settled_amount,
    claims.currency
from {{ ref('stg_core__claims') }} as claims
inner join {{ ref('int_operations__journeys') }} as journeys
    on journeys.client_id = claims.client_id
    and journeys.journey_id = claims.journey_id
