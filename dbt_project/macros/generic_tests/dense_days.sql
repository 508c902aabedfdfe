{# Fails for every tenant and branch with a day missing, or a day too many, between its first and
   last; as-of figures read the last day of a period and must find it. #}
{% test dense_days(model, column_name) %}

select client_id, location_id, count(*) as days_count
from {{ model }}
group by client_id, location_id
having count(*) <> max({{ column_name }}) - min({{ column_name }}) + 1

{% endtest %}
