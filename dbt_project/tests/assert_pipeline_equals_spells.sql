-- On a branch's last day, the offers of every stage and age are the spells that have not ended,
-- counted without a running total.
with latest as (

    select client_id, location_id, max(as_of_on) as as_of_on
    from {{ ref('fct_pipeline_daily') }}
    group by client_id, location_id

),

figures as (

    select daily.client_id, daily.location_id, daily.stage, daily.age_band,
        daily.open_quotes_count as quotes_count, daily.open_pipeline_amount as amount
    from {{ ref('fct_pipeline_daily') }} as daily
    inner join latest
        on latest.client_id = daily.client_id
        and latest.location_id is not distinct from daily.location_id
        and latest.as_of_on = daily.as_of_on

    union all

    select latest.client_id, latest.location_id, spells.stage, spells.age_band, -1,
        -spells.subtotal_amount
    from {{ ref('int_sales__offer_spells') }} as spells
    inner join latest
        on latest.client_id = cast(spells.client_id as varchar)
        and latest.location_id is not distinct from cast(spells.location_id as varchar)
        and spells.from_on <= latest.as_of_on
        and coalesce(spells.until_on > latest.as_of_on, true)

)

select client_id, location_id, stage, age_band, sum(quotes_count) as quotes_count
from figures
group by client_id, location_id, stage, age_band
having sum(quotes_count) <> 0 or sum(amount) <> 0
