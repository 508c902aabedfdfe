-- What depends on the business date goes by the branch's own, and no row of the past is missing.
with days as (

    select client_id, location_id, business_on from {{ ref('dim_locations') }}

),

counted as (

    select client_id, location_id, 'today' as what, 1 as rows_count
    from {{ ref('fct_journeys_today') }}
    union all
    select journeys.client_id, journeys.location_id, 'today', -1
    from {{ ref('fct_journeys') }} as journeys
    inner join days
        on days.client_id = journeys.client_id
        and days.location_id = journeys.location_id
        and days.business_on = journeys.service_on
    union all
    select client_id, location_id, 'to be reminded', 1
    from {{ ref('fct_job_reminders') }}
    where location_id is not null
    union all
    select journeys.client_id, journeys.location_id, 'to be reminded', -1
    from {{ ref('fct_journeys') }} as journeys
    inner join days
        on days.client_id = journeys.client_id
        and days.location_id = journeys.location_id
        and journeys.service_on <= days.business_on
    where not journeys.is_cancelled

)

select client_id, location_id, what, sum(rows_count) as rows_count
from counted
group by client_id, location_id, what
having sum(rows_count) <> 0

union all

select activities.client_id, activities.location_id, 'due activities', 1
from {{ ref('fct_sales_activities') }} as activities
inner join days
    on days.client_id = activities.client_id
    and days.location_id = activities.location_id
where activities.is_due <> coalesce(activities.scheduled_on <= days.business_on, false)

union all

select journeys.client_id, journeys.location_id, 'another day', 1
from {{ ref('fct_journeys_today') }} as journeys
inner join days
    on days.client_id = journeys.client_id
    and days.location_id = journeys.location_id
where journeys.service_on <> days.business_on

union all

select quarters.client_id, quarters.location_id, 'a quarter that is not over', 1
from {{ ref('fct_customer_quarters') }} as quarters
inner join (
    select client_id, max(business_on) as business_on from days group by client_id
) as tenants
    on tenants.client_id = quarters.client_id
where quarters.quarter_on >= {{ first_day_of('quarter', 'tenants.business_on') }}

union all

select worked.client_id, worked.location_id, 'work of days to come', 1
from {{ ref('fct_crew_use_daily') }} as worked
inner join (
    select client_id, max(business_on) as business_on from days group by client_id
) as tenants
    on tenants.client_id = worked.client_id
where worked.worked_on > tenants.business_on

union all

select deliveries.client_id, null, 'settled deliveries', 1
from {{ ref('fct_webhook_deliveries') }} as deliveries
inner join (
    select client_id, max(business_on) as business_on from days group by client_id
) as tenants
    on tenants.client_id = deliveries.client_id
where deliveries.is_settled <> (deliveries.created_on + 1 < tenants.business_on)

union all

select months.client_id, months.location_id, 'months that are over', 1
from {{ ref('fct_bookings_monthly') }} as months
inner join days
    on days.client_id = months.client_id
    and days.location_id = months.location_id
where months.is_complete <> (months.month_on < {{ first_day_of('month', 'days.business_on') }})
