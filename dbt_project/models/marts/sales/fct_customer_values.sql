with firsts as (

    select client_id, customer_id, min(completed_on) as first_served_on
    from {{ ref('int_operations__journeys') }}
    where is_completed
    group by client_id, customer_id

)

select
    cast(scores.client_id as varchar) as client_id,
    cast(scores.subject_id as varchar) as customer_id,
    cast(scores.location_id as varchar) as location_id,
    cast(scores.location_id as varchar) as access_location_id,
    cast(scores.owner_id as varchar) as owner_id,
    customers.customer_type,
    firsts.first_served_on,
    scores.scored_on,
    scores.expected_count as expected_jobs_count,
    scores.expected_amount as expected_profit_amount,
    scores.currency,
    scores.version
from {{ ref('stg_transforms__scores') }} as scores
left join firsts
    on firsts.client_id = scores.client_id
    and firsts.customer_id = scores.subject_id
left join {{ ref('stg_core__customers') }} as customers
    on customers.client_id = scores.client_id
    and customers.customer_id = scores.subject_id
where scores.question = 'customer_value'
