{# A set of days, first to last inclusive, as a select-list expression; both bounds are dates. #}
{% macro days_from(first, last) -%}
  {{ return(adapter.dispatch('days_from')(first, last)) }}
{%- endmacro %}

{% macro default__days_from(first, last) -%}
  cast(generate_series(
    cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day'
  ) as date)
{%- endmacro %}

{% macro duckdb__days_from(first, last) -%}
  cast(unnest(generate_series(
    cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day'
  )) as date)
{%- endmacro %}


{# A set of first days of months, from the month of the first day to that of the last. #}
{% macro months_from(first, last) -%}
  {{ return(adapter.dispatch('months_from')(first, last)) }}
{%- endmacro %}

{% macro default__months_from(first, last) -%}
  cast(generate_series(
    date_trunc('month', cast({{ first }} as timestamp)), cast({{ last }} as timestamp),
    interval '1 month'
  ) as date)
{%- endmacro %}

{% macro duckdb__months_from(first, last) -%}
  cast(unnest(generate_series(
    date_trunc('month', cast({{ first }} as timestamp)), cast({{ last }} as timestamp),
    interval '1 month'
  )) as date)
{%- endmacro %}
