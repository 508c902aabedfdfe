select
    cast(client_id as varchar) as client_id,
    cast(subject_id as varchar) as customer_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    cast(owner_id as varchar) as owner_id,
    scored_on,
    expected_count as expected_jobs_count,
    expected_amount as expected_profit_amount,
    currency,
    version
from {{ ref('stg_transforms__scores') }}
where question = 'customer_value'
