with journeys as (

    select
        *,
        {{ seconds_between('started_at', 'completed_at') }} as job_seconds,
        {{ seconds_between('started_at', 'arrived_at') }} as drive_seconds
    from {{ ref('int_operations__journeys') }}

),

worked as (

    select client_id, journey_id, sum(entered_seconds) as worked_seconds
    from {{ ref('int_operations__crew_hours') }}
    group by client_id, journey_id

),

-- The first deal that was done for a customer: jobs of any other are repeats.
deals as (

    select
        client_id,
        customer_id,
        coalesce(family_id, journey_id) as deal_id,
        min(completed_on) as done_on
    from {{ ref('int_operations__journeys') }}
    where is_completed
    group by client_id, customer_id, coalesce(family_id, journey_id)

),

first_deals as (

    select
        *,
        row_number() over (
            partition by client_id, customer_id order by done_on, deal_id
        ) as deal_number
    from deals

),

first_jobs as (

    select
        client_id,
        journey_id,
        row_number() over (
            partition by client_id, customer_id order by completed_on, journey_id
        ) = 1 as is_first
    from {{ ref('int_operations__journeys') }}
    where is_completed

),

proofs as (

    select
        client_id,
        journey_id,
        max(has_signature) as has_signature,
        max(is_lacking) as is_lacking
    from (
        select client_id, journey_id, 1 as has_signature, 0 as is_lacking
        from {{ ref('stg_core__media') }}
        where media_type = 'SIGNATURE' and journey_id is not null
        union all
        select client_id, journey_id, 0, 1
        from {{ ref('stg_core__journey_media_requirements') }}
        where is_required and satisfied_by_media_id is null
    ) as pieces
    group by client_id, journey_id

),

claims as (

    select
        client_id,
        journey_id,
        count(*) as claims_count,
        sum(settled_amount) as settled_amount
    from {{ ref('stg_core__claims') }}
    group by client_id, journey_id

),

damages as (

    select distinct client_id, journey_id
    from {{ ref('stg_core__journey_entries') }}
    where tag = 'DAMAGE'

)

select
    cast(journeys.client_id as varchar) as client_id,
    cast(journeys.journey_id as varchar) as journey_id,
    cast(journeys.quote_id as varchar) as quote_id,
    cast(journeys.customer_id as varchar) as customer_id,
    cast(journeys.location_id as varchar) as location_id,
    cast(journeys.location_id as varchar) as access_location_id,
    cast(journeys.owner_id as varchar) as owner_id,
    cast(journeys.crew_lead_id as varchar) as crew_lead,
    journeys.service_type,
    journeys.move_size,
    journeys.source,
    journeys.customer_type,
    journeys.status,
    journeys.service_on,
    journeys.completed_on,
    journeys.is_completed,
    coalesce(first_jobs.is_first, false) as is_first_of_customer,
    coalesce(
        journeys.is_completed
        and coalesce(journeys.family_id, journeys.journey_id) <> first_deals.deal_id
        and first_deals.done_on < journeys.service_on,
        false
    ) as is_repeat,
    journeys.is_cancelled,
    journeys.cancelled_on,
    journeys.crew_size,
    journeys.truck_count,
    journeys.estimated_minutes,
    journeys.actual_minutes,
    case
        when journeys.is_completed and journeys.estimated_minutes > 0
            then {{ millionths_off('journeys.actual_minutes', 'journeys.estimated_minutes') }}
    end as duration_off_millionths,
    cast(worked.worked_seconds as bigint) as worked_seconds,
    case when journeys.arrived_at is not null then journeys.drive_seconds end as drive_seconds,
    case when journeys.arrived_at is not null then journeys.job_seconds end as job_seconds,
    journeys.quoted_amount,
    cast(coalesce(revenue.service_amount, 0) as decimal(18, 2)) as service_amount,
    journeys.actual_cost_amount,
    case
        when journeys.started_at is null or journeys.arrival_window_end_at is null then null
        else journeys.arrived_at is not null
            and journeys.arrived_at <= journeys.arrival_window_end_at
    end as is_on_time,
    journeys.arrival_window_end_at is not null as has_window,
    -- The wall clock at the end of the window: that of the start, and what lies between.
    cast(extract(hour from (
        journeys.planned_start_local_at
        + {{ seconds_between('journeys.planned_start_at', 'journeys.arrival_window_end_at') }}
        * interval '1 second'
    )) as integer) as window_end_hour,
    case
        when journeys.is_completed
            then coalesce(journeys.completed_at <= journeys.planned_end_at, false)
    end as is_completed_on_time,
    case
        when journeys.is_completed
            then coalesce(
                {{ seconds_between('journeys.completed_at', 'journeys.audited_at') }} <= 172800,
                false
            )
    end as is_audited_in_time,
    case
        when journeys.is_completed
            then coalesce(proofs.has_signature = 1 and proofs.is_lacking = 0, false)
    end as has_proof,
    cast(coalesce(claims.claims_count, 0) as integer) as claims_count,
    cast(coalesce(claims.settled_amount, 0) as decimal(18, 2)) as settled_amount,
    case
        when journeys.is_completed
            then claims.journey_id is null and damages.journey_id is null
    end as is_damage_free,
    journeys.currency
from journeys
left join {{ ref('int_operations__job_revenue') }} as revenue
    on revenue.client_id = journeys.client_id
    and revenue.journey_id = journeys.journey_id
left join first_deals
    on first_deals.client_id = journeys.client_id
    and first_deals.customer_id = journeys.customer_id
    and first_deals.deal_number = 1
left join first_jobs
    on first_jobs.client_id = journeys.client_id
    and first_jobs.journey_id = journeys.journey_id
left join worked
    on worked.client_id = journeys.client_id
    and worked.journey_id = journeys.journey_id
left join proofs
    on proofs.client_id = journeys.client_id
    and proofs.journey_id = journeys.journey_id
left join claims
    on claims.client_id = journeys.client_id
    and claims.journey_id = journeys.journey_id
left join damages
    on damages.client_id = journeys.client_id
    and damages.journey_id = journeys.journey_id
