{# Whole minutes from one instant to another, rounded down; independent of any time zone. #}
{% macro minutes_between(first, second) -%}
  {{ return(adapter.dispatch('minutes_between')(first, second)) }}
{%- endmacro %}

{% macro default__minutes_between(first, second) -%}
  cast(floor(extract(epoch from ({{ second }} - {{ first }})) / 60) as integer)
{%- endmacro %}

{# DuckDB subtracts instants by the calendar of the session's zone; microseconds have no calendar. #}
{% macro duckdb__minutes_between(first, second) -%}
  cast(floor((epoch_us({{ second }}) - epoch_us({{ first }})) / 60000000) as integer)
{%- endmacro %}
