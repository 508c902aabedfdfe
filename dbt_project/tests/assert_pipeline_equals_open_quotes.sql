-- On a branch's last day, what came and went adds up to the offers that are open by their status
-- (or that left later: a decision may be younger than the branch's business date).
with latest as (

    select client_id, location_id, max(as_of_on) as as_of_on
    from {{ ref('fct_pipeline_daily') }}
    group by client_id, location_id

),

closing as (

    select
        daily.client_id,
        daily.location_id,
        sum(daily.open_quotes_count) as open_quotes_count,
        sum(daily.open_pipeline_amount) as open_pipeline_amount
    from {{ ref('fct_pipeline_daily') }} as daily
    inner join latest
        on latest.client_id = daily.client_id
        and latest.location_id is not distinct from daily.location_id
        and latest.as_of_on = daily.as_of_on
    group by daily.client_id, daily.location_id

),

open_quotes as (

    select
        latest.client_id,
        latest.location_id,
        count(*) as open_quotes_count,
        sum(quotes.subtotal_amount) as open_pipeline_amount
    from latest
    inner join {{ ref('int_sales__quotes') }} as quotes
        on cast(quotes.client_id as varchar) = latest.client_id
        and cast(quotes.location_id as varchar) is not distinct from latest.location_id
        and quotes.sent_on <= latest.as_of_on
        and quotes.valid_until_on >= latest.as_of_on
        and (quotes.status in ('SENT', 'VIEWED') or quotes.left_on > latest.as_of_on)
    group by latest.client_id, latest.location_id

)

select
    closing.client_id,
    closing.location_id,
    closing.open_quotes_count,
    closing.open_pipeline_amount,
    open_quotes.open_quotes_count as expected_count,
    open_quotes.open_pipeline_amount as expected_amount
from closing
left join open_quotes
    on open_quotes.client_id = closing.client_id
    and open_quotes.location_id is not distinct from closing.location_id
where closing.open_quotes_count <> coalesce(open_quotes.open_quotes_count, 0)
    or closing.open_pipeline_amount <> coalesce(open_quotes.open_pipeline_amount, 0)
