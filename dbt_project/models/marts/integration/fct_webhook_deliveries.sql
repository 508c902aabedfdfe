-- A delivery is settled once it is older than the day in which it is tried again.
select
    cast(deliveries.client_id as varchar) as client_id,
    cast(deliveries.webhook_delivery_id as varchar) as webhook_delivery_id,
    cast(deliveries.webhook_id as varchar) as webhook_id,
    cast(null as varchar) as access_location_id,
    webhooks.name as webhook,
    deliveries.event,
    deliveries.created_on,
    deliveries.attempted_on,
    deliveries.attempt_count > 0 as is_tried,
    deliveries.status = 'DELIVERED' as is_delivered,
    deliveries.status = 'DELIVERED' and deliveries.attempt_count = 1 as is_delivered_at_once,
    deliveries.created_on < spans.business_on - 1 as is_settled,
    {{ seconds_between('deliveries.created_at', 'deliveries.delivered_at') }} as delivery_seconds
from {{ ref('stg_core__webhook_deliveries') }} as deliveries
inner join {{ ref('stg_core__webhooks') }} as webhooks
    on webhooks.client_id = deliveries.client_id
    and webhooks.webhook_id = deliveries.webhook_id
inner join {{ ref('int_tenancy__tenant_spans') }} as spans
    on spans.client_id = deliveries.client_id
