-- Every month and branch, the way from invoiced to collected is explained by its classes.
select client_id, location_id, month_on, sum(difference_amount) as residual_amount
from {{ ref('fct_basis_bridge') }}
group by client_id, location_id, month_on
having sum(difference_amount) <> 0
