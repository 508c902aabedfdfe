{# Views on Postgres answer with the rights, and the row-level security, of whoever asks. #}
{% macro postgres__create_view_as(relation, sql) -%}
  create view {{ relation }} with (security_invoker = true)
    {% if config.get('contract').enforced -%}
      {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
  as (
    {{ sql }}
  );
  {% if target.name == 'live' -%}
    grant select on {{ relation }} to {{ live_reader() }};
  {%- endif %}
{%- endmacro %}


{# The application's role must reach the schema of the live views. #}
{% macro open_live_schema() -%}
  {%- if target.name == 'live' -%}
    grant usage on schema {{ target.schema }} to {{ live_reader() }}
  {%- endif -%}
{%- endmacro %}


{% macro live_reader() -%}
  {{ adapter.quote(env_var('CRM_LIVE_READER', 'crm_app')) }}
{%- endmacro %}
