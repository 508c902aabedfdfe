{# A model lives in the schema of its layer, whatever the target; on target live in schema live. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if target.name == 'live' or custom_schema_name is none -%}
    {{ target.schema }}
  {%- else -%}
    {{ custom_schema_name | trim }}
  {%- endif -%}
{%- endmacro %}
