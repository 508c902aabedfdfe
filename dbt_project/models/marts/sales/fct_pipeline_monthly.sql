-- What the offers of a branch, source and age are worth, weighted with how many of its families
-- that grew that old were won, of those decided in the twelve months before; half up to the cent.
with ends as (

    select * from {{ ref('int_tenancy__month_ends') }}

),

open_offers as (

    select
        spells.client_id,
        spells.location_id,
        spells.source,
        spells.age_band,
        ends.as_of_on,
        sum(spells.subtotal_amount) as open_pipeline_amount
    from {{ ref('int_sales__offer_spells') }} as spells
    inner join ends
        on ends.client_id = spells.client_id
        and ends.as_of_on >= spells.from_on
        and coalesce(ends.as_of_on < spells.until_on, true)
    group by
        spells.client_id, spells.location_id, spells.source, spells.age_band, ends.as_of_on

),

-- By day of decision first: far fewer rows meet the month ends.
decided as (

    select
        quotes.client_id,
        quotes.location_id,
        quotes.source,
        bands.age_band,
        quotes.decided_on,
        sum(case when quotes.is_accepted then 1 else 0 end) as won_count,
        count(*) as decided_count
    from {{ ref('int_sales__quotes') }} as quotes
    inner join {{ ref('int_sales__age_bands') }} as bands
        on quotes.decided_on - quotes.sent_on >= bands.first_days
    where quotes.is_decided
    group by
        quotes.client_id, quotes.location_id, quotes.source, bands.age_band, quotes.decided_on

),

chances as (

    select
        decided.client_id,
        decided.location_id,
        decided.source,
        decided.age_band,
        ends.as_of_on,
        cast(sum(decided.won_count) as bigint) as won_count,
        cast(sum(decided.decided_count) as bigint) as decided_count
    from decided
    inner join ends
        on ends.client_id = decided.client_id
        and ends.as_of_on >= decided.decided_on
        and cast(ends.as_of_on - interval '1 year' as date) < decided.decided_on
    group by
        decided.client_id, decided.location_id, decided.source, decided.age_band, ends.as_of_on

)

select
    cast(offers.client_id as varchar) as client_id,
    cast(offers.location_id as varchar) as location_id,
    cast(offers.location_id as varchar) as access_location_id,
    offers.as_of_on,
    offers.source,
    offers.age_band,
    cast(offers.open_pipeline_amount as decimal(18, 2)) as open_pipeline_amount,
    cast(coalesce(chances.won_count, 0) as integer) as won_count,
    cast(coalesce(chances.decided_count, 0) as integer) as decided_count,
    cast(coalesce(
        {{ whole_quotient(
            cents('offers.open_pipeline_amount') ~ ' * chances.won_count * 2 + chances.decided_count',
            'chances.decided_count * 2'
        ) }} * 0.01, 0
    ) as decimal(18, 2)) as weighted_pipeline_amount,
    clients.currency
from open_offers as offers
inner join {{ ref('stg_core__clients') }} as clients
    on clients.client_id = offers.client_id
left join chances
    on chances.client_id = offers.client_id
    and chances.location_id is not distinct from offers.location_id
    and chances.source is not distinct from offers.source
    and chances.age_band = offers.age_band
    and chances.as_of_on = offers.as_of_on
