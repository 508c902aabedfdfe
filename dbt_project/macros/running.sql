{# What stands at the end of each day on which something moved, per branch and group: of `states`
   the sum of all movements until then; of `flows` those of the day alone, as day_<name>. #}
{% macro running_totals(movements, groups, states, flows=[]) %}
{%- set keys = (['client_id', 'location_id'] + groups) | join(', ') -%}
select
    {{ keys }}, event_on as as_of_on
    {%- for name in flows %},
    sum({{ name }}) as day_{{ name }}
    {%- endfor %}
    {%- for name in states %},
    sum(sum({{ name }})) over (
        partition by {{ keys }}
        order by event_on
        rows between unbounded preceding and current row
    ) as {{ name }}
    {%- endfor %}
from {{ movements }}
group by {{ keys }}, event_on
{%- endmacro %}
