-- Hours on jobs against hours offered, less the leave that falls into them.
with answers as (

    select *
    from {{ ref('stg_core__availabilities') }}
    where approval_status not in ('REJECTED', 'PENDING')

),

marked as (

    select
        *,
        case
            when start_at <= max(end_at) over (
                partition by client_id, user_id
                order by start_at, end_at
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_first
    from answers
    where not is_available

),

numbered as (

    select
        *,
        sum(is_first) over (
            partition by client_id, user_id
            order by start_at, end_at
            rows between unbounded preceding and current row
        ) as leave_number
    from marked

),

leave as (

    select client_id, user_id, leave_number, min(start_at) as start_at, max(end_at) as end_at
    from numbered
    group by client_id, user_id, leave_number

),

parts as (

    select client_id, location_id, user_id, worked_on,
        {{ seconds_between('started_at', 'ended_at') }} as job_seconds, 0 as offered_seconds
    from {{ ref('stg_core__time_entries') }}
    where ended_at is not null and journey_id is not null and kind in ('WORK', 'TRAVEL')

    union all

    select client_id, location_id, user_id, available_on, 0,
        {{ seconds_between('start_at', 'end_at') }}
    from answers
    where is_available

    union all

    select answers.client_id, answers.location_id, answers.user_id, answers.available_on, 0,
        -{{ seconds_between('greatest(answers.start_at, leave.start_at)',
                            'least(answers.end_at, leave.end_at)') }}
    from answers
    inner join leave
        on leave.client_id = answers.client_id
        and leave.user_id = answers.user_id
        and leave.start_at < answers.end_at
        and leave.end_at > answers.start_at
    where answers.is_available

)

select
    cast(parts.client_id as varchar) as client_id,
    cast(parts.location_id as varchar) as location_id,
    cast(parts.location_id as varchar) as access_location_id,
    users.role,
    parts.worked_on,
    cast(sum(parts.job_seconds) as bigint) as job_seconds,
    cast(sum(parts.offered_seconds) as bigint) as offered_seconds
from parts
inner join {{ ref('stg_core__users') }} as users
    on users.client_id = parts.client_id
    and users.user_id = parts.user_id
inner join {{ ref('int_tenancy__tenant_spans') }} as spans
    on spans.client_id = parts.client_id
    and spans.business_on >= parts.worked_on
group by parts.client_id, parts.location_id, users.role, parts.worked_on
