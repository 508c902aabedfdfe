{# Fails for every row that does not carry what the row of the same key in another model says, and
   for every row that has none there. `renamed` are columns that are called otherwise there. #}
{% test same_as(model, to, key, columns=[], renamed={}) %}

{%- set pairs = dict(zip(columns, columns), **renamed) %}
select carried.client_id, {% for name in key %}carried.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
from {{ model }} as carried
left join {{ to }} as said
    on cast(said.client_id as varchar) = carried.client_id
    {%- for name in key %}
    and coalesce(cast(said.{{ name }} as varchar), '') = coalesce(cast(carried.{{ name }} as varchar), '')
    {%- endfor %}
where said.client_id is null
{%- for name, other in pairs.items() %}
    or {{ plain_id('carried', name) }} is distinct from {{ plain_id('said', other) }}
{%- endfor %}

{% endtest %}


{# Ids are text in the marts only. #}
{% macro plain_id(place, name) -%}
    {{ 'cast(' ~ place ~ '.' ~ name ~ ' as varchar)' if name.endswith('_id') else place ~ '.' ~ name }}
{%- endmacro %}
