-- A customer whose value is estimated has no job before the day of the first one, and one on it.
select customer_values.client_id, customer_values.customer_id
from {{ ref('fct_customer_values') }} as customer_values
inner join {{ ref('int_operations__journeys') }} as journeys
    on cast(journeys.client_id as varchar) = customer_values.client_id
    and cast(journeys.customer_id as varchar) = customer_values.customer_id
    and journeys.is_completed
group by customer_values.client_id, customer_values.customer_id, customer_values.first_served_on
having customer_values.first_served_on is distinct from min(journeys.completed_on)
