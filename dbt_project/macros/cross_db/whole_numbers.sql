{# The whole quotient of two whole numbers, neither of them negative. #}
{% macro whole_quotient(dividend, divisor) -%}
  {{ return(adapter.dispatch('whole_quotient')(dividend, divisor)) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
  ({{ dividend }}) / ({{ divisor }})
{%- endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%}
  ({{ dividend }}) // ({{ divisor }})
{%- endmacro %}


{# How far off a base, without sign, in millionths of it, rounded half up: the exact form of a
   variance that a median is taken of. Both are whole numbers (minutes, cents). #}
{% macro millionths_off(actual, base) -%}
  {{ whole_quotient(
    'cast(abs(' ~ actual ~ ' - ' ~ base ~ ') as bigint) * 2000000 + ' ~ base, base ~ ' * 2'
  ) }}
{%- endmacro %}


{# An amount in cents. #}
{% macro cents(amount) -%}
  cast({{ amount }} * 100 as bigint)
{%- endmacro %}
