-- An offer enters a stage and age on a day and leaves it on another; what was open at the end of
-- any past day is the sum of everything that came and went until then.
with kinds as (

    select bands.age_band, stages.stage
    from {{ ref('int_sales__age_bands') }} as bands
    cross join (
        select 'SENT' as stage
        union all
        select 'VIEWED'
    ) as stages

),

movements as (

    select
        days.client_id,
        days.location_id,
        kinds.stage,
        kinds.age_band,
        days.as_of_on,
        0 as quotes_change,
        cast(0 as decimal(18, 2)) as amount_change
    from {{ ref('int_tenancy__location_days') }} as days
    cross join kinds

    union all

    select client_id, location_id, stage, age_band, from_on, 1, subtotal_amount
    from {{ ref('int_sales__offer_spells') }}

    union all

    select client_id, location_id, stage, age_band, until_on, -1, -subtotal_amount
    from {{ ref('int_sales__offer_spells') }}
    where until_on is not null

),

day_changes as (

    select
        client_id,
        location_id,
        stage,
        age_band,
        as_of_on,
        sum(quotes_change) as quotes_change,
        sum(amount_change) as amount_change
    from movements
    group by client_id, location_id, stage, age_band, as_of_on

),

running as (

    select
        *,
        sum(quotes_change) over (
            partition by client_id, location_id, stage, age_band
            order by as_of_on
            rows between unbounded preceding and current row
        ) as open_quotes_count,
        sum(amount_change) over (
            partition by client_id, location_id, stage, age_band
            order by as_of_on
            rows between unbounded preceding and current row
        ) as open_pipeline_amount
    from day_changes

)

select
    cast(running.client_id as varchar) as client_id,
    cast(running.location_id as varchar) as location_id,
    cast(running.location_id as varchar) as access_location_id,
    running.as_of_on,
    running.stage,
    running.age_band,
    cast(running.open_quotes_count as integer) as open_quotes_count,
    cast(running.open_pipeline_amount as decimal(18, 2)) as open_pipeline_amount,
    clients.currency
from running
inner join {{ ref('int_tenancy__recorded_spans') }} as spans
    on spans.client_id = running.client_id
    and spans.location_id is not distinct from running.location_id
    and spans.business_on >= running.as_of_on
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = running.client_id
