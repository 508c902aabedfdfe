{# The days on which running totals are checked: each branch's last one, and a hundred before it,
   since on the last day alone many sums are zero. #}
{% macro looked_days() -%}
    select
        cast(days.client_id as varchar) as client_id,
        cast(days.location_id as varchar) as location_id,
        days.as_of_on
    from {{ ref('int_tenancy__location_days') }} as days
    inner join {{ ref('int_tenancy__recorded_spans') }} as spans
        on spans.client_id = days.client_id
        and spans.location_id = days.location_id
        and days.as_of_on in (spans.business_on, spans.business_on - 100)
{%- endmacro %}
