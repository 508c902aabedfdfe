-- Every current forecast of a metric that a mart has, with its own figures, stands there once.
{% set marts = [
    'fct_forecasts', 'fct_forecasts_finance', 'fct_forecasts_inventory',
    'fct_forecasts_operations', 'fct_forecasts_storage'
] %}
with figures as (

    select cast(client_id as varchar) as client_id, metric_name, cast(1 as integer) as rows_count,
        yhat, lo_80, hi_80, lo_95, hi_95
    from {{ ref('stg_transforms__forecasts') }}
    where kind = 'current'
    {%- for mart in marts %}
    union all
    select client_id, metric_name, -1, -yhat, -lo_80, -hi_80, -lo_95, -hi_95
    from {{ ref(mart) }}
    {%- endfor %}

)

select client_id, metric_name, sum(rows_count) as missing_rows
from figures
group by client_id, metric_name
having sum(rows_count) <> 0
    {%- for name in ['yhat', 'lo_80', 'hi_80', 'lo_95', 'hi_95'] %} or abs(sum({{ name }})) > 0.001
    {%- endfor %}
