{# Seconds that a branch was open from long ago up to a time of its wall clock; `hours` is the row of
   int_tenancy__open_hours for that weekday. The difference of two is business time. #}
{% macro open_seconds(local_at, hours) -%}
  (
    {{ whole_quotient(since_first_monday(local_at), '604800') }} * {{ hours }}.week_seconds
    + {{ hours }}.seconds_before
    + least(
        greatest({{ since_first_monday(local_at) }} % 86400 - {{ hours }}.open_second, 0),
        {{ hours }}.open_seconds
    )
  )
{%- endmacro %}


{# Seconds of the wall clock since the first Monday of 1970. #}
{% macro since_first_monday(local_at) -%}
  {{ seconds_between("timestamp '1970-01-05 00:00:00'", local_at) }}
{%- endmacro %}


{# The weekday of a time of the wall clock, Monday is 0. #}
{% macro weekday_of(local_at) -%}
  {{ whole_quotient(since_first_monday(local_at) ~ ' % 604800', '86400') }}
{%- endmacro %}
