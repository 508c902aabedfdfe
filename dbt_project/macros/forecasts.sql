{# The current forecasts of some metrics: a mart per area, so that whoever may see what is forecast
   sees the forecast. #}
{% macro forecasts_of(metrics) %}
select
    cast(client_id as varchar) as client_id,
    cast(location_id as varchar) as location_id,
    cast(location_id as varchar) as access_location_id,
    level,
    province,
    metric_name,
    cadence,
    origin_on,
    period_on,
    cast({{ first_day_of('month', 'period_on') }} as date) as month_on,
    cast(horizon as integer) as horizon,
    model,
    cast(version as integer) as version,
    cast(yhat as double) as yhat,
    cast(lo_80 as double) as lo_80,
    cast(hi_80 as double) as hi_80,
    cast(lo_95 as double) as lo_95,
    cast(hi_95 as double) as hi_95
from {{ ref('stg_transforms__forecasts') }}
where kind = 'current' and metric_name in (
    {%- for metric in metrics %}'{{ metric }}'{{ ', ' if not loop.last }}{% endfor -%}
)
{% endmacro %}
