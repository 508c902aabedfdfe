-- A branch has figures, zero at least, from the day the tenant's records begin or it opened,
-- whichever is later, until its business date. Rows without a branch get a span of their own as
-- soon as there are any, and live by the tenant's latest business date.
with events as (

    select client_id, location_id, created_on as event_on, false as is_history
    from {{ ref('stg_core__leads') }}
    union all
    select client_id, location_id, created_on, false
    from {{ ref('stg_core__quotes') }}
    union all
    select client_id, location_id, accepted_on, false
    from {{ ref('stg_core__quotes') }}
    where accepted_on is not null
    union all
    select client_id, location_id, issued_on, false
    from {{ ref('stg_core__invoices') }}
    where issued_on is not null
    union all
    select client_id, location_id, month_on, true
    from {{ ref('stg_core__booking_history') }}

),

own_firsts as (

    select
        client_id,
        location_id,
        min(case when not is_history then event_on end) as first_on,
        min(event_on) as first_recorded_on
    from events
    group by client_id, location_id

),

business_dates as (

    select * from {{ ref('stg_core__business_dates') }}

),

tenants as (

    select
        latest.client_id,
        latest.business_on,
        coalesce(earliest.first_on, latest.business_on) as first_on,
        coalesce(earliest.first_recorded_on, latest.business_on) as first_recorded_on
    from (
        select client_id, max(business_on) as business_on
        from business_dates
        group by client_id
    ) as latest
    left join (
        select
            client_id,
            min(first_on) as first_on,
            min(first_recorded_on) as first_recorded_on
        from own_firsts
        group by client_id
    ) as earliest
        on earliest.client_id = latest.client_id

),

branches as (

    select
        locations.client_id,
        locations.location_id,
        locations.opened_on,
        business_dates.business_on
    from {{ ref('stg_core__locations') }} as locations
    left join business_dates
        on business_dates.client_id = locations.client_id
        and business_dates.location_id = locations.location_id
    union all
    select client_id, location_id, null, null
    from own_firsts
    where location_id is null

)

select
    branches.client_id,
    branches.location_id,
    coalesce(branches.business_on, tenants.business_on) as business_on,
    least(
        own_firsts.first_on, greatest(branches.opened_on, tenants.first_on)
    ) as first_on,
    {{ first_day_of('month', 'least(
        own_firsts.first_recorded_on, greatest(branches.opened_on, tenants.first_recorded_on)
    )') }} as first_month_on
from branches
inner join tenants
    on tenants.client_id = branches.client_id
left join own_firsts
    on own_firsts.client_id = branches.client_id
    and own_firsts.location_id is not distinct from branches.location_id
