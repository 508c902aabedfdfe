-- A customer whose value is estimated was first served on the day of the first job.
select customer_values.client_id, customer_values.customer_id
from {{ ref('fct_customer_values') }} as customer_values
inner join {{ ref('fct_journeys') }} as journeys
    on journeys.client_id = customer_values.client_id
    and journeys.customer_id = customer_values.customer_id
    and journeys.is_first_of_customer
where customer_values.first_served_on is distinct from journeys.completed_on
