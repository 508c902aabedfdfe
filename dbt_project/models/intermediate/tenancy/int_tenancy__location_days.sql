select
    client_id,
    location_id,
    {{ days_from('first_on', 'business_on') }} as as_of_on
from {{ ref('int_tenancy__recorded_spans') }}
