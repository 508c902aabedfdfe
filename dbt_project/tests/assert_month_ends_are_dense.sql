-- Of what is kept by the ends of months, no group misses one: nothing is a row of zero.
with ends as (

    select cast(client_id as varchar) as client_id, min(as_of_on) as first_on,
        count(*) as ends_count
    from {{ ref('int_tenancy__month_ends') }}
    group by client_id

)

{% for mart, part in [
    ('fct_leads_waiting', 'source'),
    ('fct_overrides', 'resource'),
    ('fct_valuation_monthly', 'part')
] %}
select '{{ mart }}' as mart, kept.client_id, kept.location_id, count(*) as kept_count
from {{ ref(mart) }} as kept
inner join ends
    on ends.client_id = kept.client_id
group by kept.client_id, kept.location_id, kept.{{ part }}
having count(*) <> max(ends.ends_count)

union all
{% endfor %}

select 'fct_booking_pace', pace.client_id, pace.location_id, 1
from {{ ref('fct_booking_pace') }} as pace
inner join ends
    on ends.client_id = pace.client_id
where cast(pace.as_of_on - interval '1 year' as date) < ends.first_on
