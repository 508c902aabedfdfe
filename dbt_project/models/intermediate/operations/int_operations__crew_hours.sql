-- Hours that the crew entered, beside those that their devices were on the way.
with entered as (

    select
        client_id,
        journey_id,
        user_id,
        sum({{ seconds_between('started_at', 'ended_at') }}) as entered_seconds
    from {{ ref('stg_core__time_entries') }}
    where ended_at is not null and journey_id is not null and kind in ('WORK', 'TRAVEL')
    group by client_id, journey_id, user_id

),

seen as (

    select
        client_id,
        journey_id,
        user_id,
        {{ seconds_between('min(occurred_at)', 'max(occurred_at)') }} as inferred_seconds
    from {{ ref('stg_core__mobile_journey_updates') }}
    where update_type = 'LOCATION' and journey_id is not null
    group by client_id, journey_id, user_id

)

select
    entered.client_id,
    entered.journey_id,
    entered.user_id,
    cast(entered.entered_seconds as bigint) as entered_seconds,
    seen.inferred_seconds
from entered
left join seen
    on seen.client_id = entered.client_id
    and seen.journey_id = entered.journey_id
    and seen.user_id = entered.user_id
