select
    cast(claims.client_id as varchar) as client_id,
    cast(claims.claim_id as varchar) as claim_id,
    cast(claims.location_id as varchar) as location_id,
    cast(claims.location_id as varchar) as access_location_id,
    claims.claim_type,
    ends.as_of_on,
    cast(ends.as_of_on - claims.opened_on as integer) as age_days
from {{ ref('stg_core__claims') }} as claims
inner join {{ ref('int_tenancy__month_ends') }} as ends
    on ends.client_id = claims.client_id
    and ends.as_of_on >= claims.opened_on
    and coalesce(ends.as_of_on < claims.closed_on, true)
