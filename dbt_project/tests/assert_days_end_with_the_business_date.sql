-- What is kept by day ends with the branch's business date, neither before it nor after.
{% set marts = [
    'fct_storage_daily', 'fct_receivables_daily', 'fct_pipeline_daily', 'fct_equipment_daily',
    'fct_job_backlog_daily', 'fct_stock_daily'
] %}
{% for mart in marts %}
select '{{ mart }}' as mart, daily.client_id, daily.location_id, max(daily.as_of_on) as last_on
from {{ ref(mart) }} as daily
inner join {{ ref('dim_locations') }} as branches
    on branches.client_id = daily.client_id
    and branches.location_id = daily.location_id
group by daily.client_id, daily.location_id
having max(daily.as_of_on) <> max(branches.business_on)
{{ 'union all' if not loop.last }}
{% endfor %}
