{# Fails for every row that names a row of another model which the same tenant does not have. #}
{% test tenant_relationship(model, column_name, to, field) %}

select child.client_id, child.{{ column_name }}
from {{ model }} as child
left join {{ to }} as parent
    on parent.client_id = child.client_id
    and parent.{{ field }} = child.{{ column_name }}
where child.{{ column_name }} is not null
    and parent.{{ field }} is null

{% endtest %}
