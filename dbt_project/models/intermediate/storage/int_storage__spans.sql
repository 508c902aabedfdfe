-- Storage is on record from the tenant's first rental on, which may be long before the first quote,
-- or from the opening of the branch.
with firsts as (

    select client_id, min(activated_on) as first_on
    from {{ ref('int_storage__rentals') }}
    group by client_id

)

select
    spans.client_id,
    spans.location_id,
    least(spans.first_on, greatest(locations.opened_on, firsts.first_on)) as first_on,
    spans.business_on
from {{ ref('int_tenancy__recorded_spans') }} as spans
inner join {{ ref('stg_core__locations') }} as locations
    on locations.client_id = spans.client_id
    and locations.location_id = spans.location_id
inner join firsts
    on firsts.client_id = spans.client_id
