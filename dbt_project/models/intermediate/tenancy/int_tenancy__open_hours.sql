-- When a branch is open: the second of opening, the seconds open, and those before it in the week.
with weekdays as (

    {% for day in ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] %}
    select
        client_id,
        location_id,
        {{ loop.index0 }} as weekday_number,
        {% for end in ['open', 'close'] %}
        cast(split_part((business_hours -> '{{ day }}') ->> '{{ end }}', ':', 1) as integer) * 3600
        + cast(split_part((business_hours -> '{{ day }}') ->> '{{ end }}', ':', 2) as integer) * 60
            as {{ end }}_second{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('stg_core__locations') }}
    where business_hours is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

lengths as (

    select
        client_id,
        location_id,
        weekday_number,
        coalesce(open_second, 0) as open_second,
        greatest(coalesce(close_second - open_second, 0), 0) as open_seconds
    from weekdays

)

select
    *,
    sum(open_seconds) over (
        partition by client_id, location_id
        order by weekday_number
        rows between unbounded preceding and current row
    ) - open_seconds as seconds_before,
    sum(open_seconds) over (partition by client_id, location_id) as week_seconds
from lengths
