{# Whole minutes from one instant to another, rounded down; independent of any time zone. #}
{% macro minutes_between(first, second) -%}
  cast(floor({{ seconds_between(first, second) }} / 60.0) as integer)
{%- endmacro %}


{# Whole seconds from one time to another, rounded down; independent of any time zone. #}
{% macro seconds_between(first, second) -%}
  {{ return(adapter.dispatch('seconds_between')(first, second)) }}
{%- endmacro %}

{% macro default__seconds_between(first, second) -%}
  cast(floor(extract(epoch from ({{ second }} - {{ first }}))) as bigint)
{%- endmacro %}

{# DuckDB subtracts instants by the calendar of the session's zone; microseconds have no calendar. #}
{% macro duckdb__seconds_between(first, second) -%}
  cast(floor((epoch_us({{ second }}) - epoch_us({{ first }})) / 1000000) as bigint)
{%- endmacro %}
