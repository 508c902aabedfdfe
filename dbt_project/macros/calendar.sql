{# The first day of the week (Monday), month, quarter or year that a date lies in. #}
{% macro first_day_of(part, day) -%}
  cast(date_trunc('{{ part }}', cast({{ day }} as timestamp)) as date)
{%- endmacro %}


{# Days from 22 March to Easter Sunday of a year from 1900 to 2099 (Gauss), and the one correction
   that span needs: a Sunday past 25 April is a week earlier. #}
{% macro days_to_easter(year) -%}
  {%- set moon = '((19 * (' ~ year ~ ' % 19) + 24) % 30)' -%}
  {%- set weekday = '((2 * (' ~ year ~ ' % 4) + 4 * (' ~ year ~ ' % 7) + 6 * ' ~ moon
                    ~ ' + 5) % 7)' -%}
  ({{ moon }} + {{ weekday }} - case
    when {{ moon }} = 29 and {{ weekday }} = 6 then 7
    when {{ moon }} = 28 and {{ weekday }} = 6 and {{ year }} % 19 > 10 then 7
    else 0
  end)
{%- endmacro %}


{# Fiscal year (named for the calendar year it ends in) or quarter of `year_number` and
   `month_number`; the first month is the variable `fiscal_first_month`. #}
{% macro fiscal_part(part) -%}
  {%- set first = var('fiscal_first_month') -%}
  {%- if part == 'year' -%}
  year_number + case when {{ first }} > 1 and month_number >= {{ first }} then 1 else 0 end
  {%- else -%}
  cast(floor(((month_number - {{ first }} + 12) % 12) / 3) as integer) + 1
  {%- endif -%}
{%- endmacro %}
