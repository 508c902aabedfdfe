-- Paid time of a week beyond forty hours is overtime.
with weeks as (

    select
        client_id,
        location_id,
        user_id,
        {{ first_day_of('week', 'worked_on') }} as week_on,
        sum({{ seconds_between('started_at', 'ended_at') }}) as paid_seconds
    from {{ ref('stg_core__time_entries') }}
    where ended_at is not null and is_paid
    group by client_id, location_id, user_id, {{ first_day_of('week', 'worked_on') }}

)

select
    cast(weeks.client_id as varchar) as client_id,
    cast(weeks.location_id as varchar) as location_id,
    cast(weeks.location_id as varchar) as access_location_id,
    cast(weeks.user_id as varchar) as user_id,
    cast(weeks.user_id as varchar) as owner_id,
    users.role,
    weeks.week_on,
    cast(weeks.paid_seconds as bigint) as paid_seconds,
    cast(greatest(weeks.paid_seconds - 144000, 0) as bigint) as overtime_seconds
from weeks
left join {{ ref('stg_core__users') }} as users
    on users.client_id = weeks.client_id
    and users.user_id = weeks.user_id
