-- What a bill says of a journey is that journey's; what was billed for a whole quote belongs to its
-- journeys by their quoted shares, down to the cent, the remainder with the last of them.
with bills as (

    select * from {{ ref('int_finance__invoices') }} where is_revenue

),

whole as (

    select client_id, quote_id, {{ cents('sum(revenue_amount)') }} as revenue_cents
    from bills
    where journey_id is null and quote_id is not null and storage_booking_id is null
    group by client_id, quote_id
    having sum(revenue_amount) > 0

),

parts as (

    select
        journeys.client_id,
        journeys.journey_id,
        whole.revenue_cents,
        {{ cents('journeys.quoted_amount') }} as part_cents,
        sum({{ cents('journeys.quoted_amount') }}) over (
            partition by journeys.client_id, journeys.quote_id
            order by journeys.service_on, journeys.journey_id
            rows between unbounded preceding and current row
        ) as upto_cents,
        sum({{ cents('journeys.quoted_amount') }}) over (
            partition by journeys.client_id, journeys.quote_id
        ) as all_cents
    from {{ ref('stg_core__truck_journeys') }} as journeys
    inner join whole
        on whole.client_id = journeys.client_id
        and whole.quote_id = journeys.quote_id
    where journeys.status <> 'CANCELLED'

),

shares as (

    select client_id, journey_id, revenue_amount
    from bills
    where journey_id is not null

    union all

    select
        client_id,
        journey_id,
        cast(
            (
                {{ whole_quotient('revenue_cents * cast(upto_cents as bigint)',
                                  'cast(all_cents as bigint)') }}
                - {{ whole_quotient('revenue_cents * cast(upto_cents - part_cents as bigint)',
                                    'cast(all_cents as bigint)') }}
            ) * 0.01 as decimal(18, 2)
        )
    from parts
    where all_cents > 0

)

select
    client_id,
    journey_id,
    cast(sum(revenue_amount) as decimal(18, 2)) as service_amount
from shares
group by client_id, journey_id
