-- Promised is what a schedule brings, not what somebody asked for; ten minutes late is in time.
select
    cast(deliveries.client_id as varchar) as client_id,
    cast(deliveries.report_delivery_id as varchar) as report_delivery_id,
    cast(null as varchar) as location_id,
    cast(null as varchar) as access_location_id,
    cast(deliveries.recipient_user_id as varchar) as owner_id,
    deliveries.report_name,
    deliveries.window_key,
    deliveries.state,
    deliveries.sent_on,
    occasions.due_on,
    coalesce(not occasions.is_asked and deliveries.state <> 'SKIPPED', false) as is_promised,
    coalesce(
        not occasions.is_asked
        and deliveries.state = 'SENT'
        and {{ seconds_between('occasions.due_at', 'deliveries.sent_at') }} <= 600,
        false
    ) as is_punctual,
    deliveries.state = 'SENT'
    and deliveries.recipient_user_id is not null
    and row_number() over (
        partition by
            deliveries.client_id,
            deliveries.report_name,
            deliveries.definition_id,
            deliveries.window_key,
            deliveries.recipient_user_id,
            deliveries.formats,
            deliveries.revision,
            deliveries.state
        order by deliveries.sent_at, deliveries.report_delivery_id
    ) > 1 as is_duplicate
from {{ ref('stg_core__report_deliveries') }} as deliveries
left join {{ ref('stg_core__report_occasions') }} as occasions
    on occasions.client_id = deliveries.client_id
    and occasions.report_occasion_id = deliveries.occasion_id
