-- Every staged table of the core has one row per tenant and key.
{% for table, key in staged_keys().items() %}
select '{{ table }}' as staged_table, client_id, cast({{ key }} as varchar) as key, count(*) as rows_count
from {{ ref('stg_core__' ~ table) }}
group by client_id, {{ key }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
