{# Fails for every tenant and branch (and what else the days are kept by) with a day missing, or a day
   too many, between its first and last; as-of figures read the last day and must find it. #}
{% test dense_days(model, column_name, by=[]) %}

{%- set keys = (['client_id', 'location_id'] + by) | join(', ') %}
select {{ keys }}, count(*) as days_count
from {{ model }}
group by {{ keys }}
having count(*) <> max({{ column_name }}) - min({{ column_name }}) + 1

{% endtest %}
