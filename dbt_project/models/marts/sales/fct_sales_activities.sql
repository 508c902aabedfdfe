select
    cast(activities.client_id as varchar) as client_id,
    cast(activities.sales_activity_id as varchar) as sales_activity_id,
    cast(activities.lead_id as varchar) as lead_id,
    cast(activities.location_id as varchar) as location_id,
    cast(activities.location_id as varchar) as access_location_id,
    cast(activities.owner_id as varchar) as owner_id,
    activities.type as activity_type,
    leads.source,
    activities.scheduled_on,
    activities.completed_on,
    coalesce(activities.scheduled_on <= business_dates.business_on, false) as is_due,
    coalesce(activities.completed_on <= activities.scheduled_on, false) as is_in_time,
    cast(coalesce(activities.cost_amount, 0) as decimal(18, 2)) as cost_amount,
    coalesce(activities.currency, clients.currency) as currency
from {{ ref('stg_core__sales_activities') }} as activities
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = activities.client_id
left join {{ ref('stg_core__leads') }} as leads
    on leads.client_id = activities.client_id
    and leads.lead_id = activities.lead_id
left join {{ ref('stg_core__business_dates') }} as business_dates
    on business_dates.client_id = activities.client_id
    and business_dates.location_id = activities.location_id
