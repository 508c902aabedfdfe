-- A touch is ours if we wrote or if both sides spoke, and goes both ways if the customer wrote or
-- both sides spoke; what was sent by itself is none.
with touches as (

    select client_id, lead_id, first_contacted_at as touched_at,
        first_contacted_local_at as touched_local_at, true as is_ours, false as is_two_way
    from {{ ref('stg_core__leads') }}
    where first_contacted_at is not null

    union all

    select client_id, lead_id, completed_at, completed_local_at,
        direction = 'OUTBOUND' or type in ('PHONE_CALL', 'MEETING', 'DEMO', 'SITE_VISIT'),
        direction = 'INBOUND' or type in ('PHONE_CALL', 'MEETING', 'DEMO', 'SITE_VISIT')
    from {{ ref('stg_core__sales_activities') }}
    where lead_id is not null and completed_at is not null and not is_automatic

    union all

    select client_id, lead_id, sent_at, sent_local_at, direction = 'OUTBOUND', direction = 'INBOUND'
    from {{ ref('stg_core__communications') }}
    where lead_id is not null and sent_at is not null and not is_automatic

)

select
    client_id,
    lead_id,
    min(case when is_ours then touched_at end) as touched_at,
    min(case when is_ours then touched_local_at end) as touched_local_at,
    min(case when is_two_way then touched_at end) as met_at
from touches
group by client_id, lead_id
