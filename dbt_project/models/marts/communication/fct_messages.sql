{% set week_seconds = 7 * 86400 %}
with answers as (

    select client_id, customer_id, accepted_at as answered_at
    from {{ ref('stg_core__quotes') }}
    where accepted_at is not null
    union all
    select client_id, customer_id, sent_at
    from {{ ref('stg_core__communications') }}
    where direction = 'INBOUND' and sent_at is not null

),

answered as (

    select distinct messages.client_id, messages.communication_id
    from {{ ref('stg_core__communications') }} as messages
    inner join answers
        on answers.client_id = messages.client_id
        and answers.customer_id = messages.customer_id
    where messages.direction = 'OUTBOUND' and messages.delivered_at is not null
        and {{ seconds_between('messages.delivered_at', 'answers.answered_at') }}
            between 0 and {{ week_seconds }}

)

select
    cast(messages.client_id as varchar) as client_id,
    cast(messages.communication_id as varchar) as communication_id,
    cast(messages.customer_id as varchar) as customer_id,
    cast(messages.journey_id as varchar) as journey_id,
    cast(messages.location_id as varchar) as location_id,
    cast(messages.location_id as varchar) as access_location_id,
    cast(messages.owner_id as varchar) as owner_id,
    messages.type as channel,
    coalesce(templates.name, '') as template,
    messages.status,
    messages.is_automatic,
    messages.sent_on,
    messages.delivered_at is not null or messages.read_at is not null as is_delivered,
    messages.read_at is not null as is_read,
    messages.status = 'FAILED' as is_failed,
    messages.template_id is not null and messages.delivered_at is not null
        as is_template_delivered,
    messages.template_id is not null and answered.communication_id is not null as is_answered,
    {{ seconds_between('messages.sent_at', 'messages.delivered_at') }} as delivery_seconds
from {{ ref('stg_core__communications') }} as messages
left join {{ ref('stg_core__templates') }} as templates
    on templates.client_id = messages.client_id
    and templates.template_id = messages.template_id
left join answered
    on answered.client_id = messages.client_id
    and answered.communication_id = messages.communication_id
where messages.direction = 'OUTBOUND' and messages.sent_on is not null
