-- An offer stands open from the day it was sent to the day it was decided or replaced, or the day
-- after its last valid one; cut where it is seen first, and where it grows older.
with offers as (

    select
        *,
        least(left_on, valid_until_on + 1) as closed_on
    from {{ ref('int_sales__quotes') }}
    where sent_on is not null

),

cut as (

    select
        offers.client_id,
        offers.location_id,
        offers.quote_id,
        offers.source,
        offers.subtotal_amount,
        stages.stage,
        bands.age_band,
        greatest(
            offers.sent_on + bands.first_days,
            case when stages.stage = 'VIEWED' then offers.viewed_on end
        ) as from_on,
        least(
            offers.closed_on,
            offers.sent_on + bands.until_days,
            case when stages.stage = 'SENT' then offers.viewed_on end
        ) as until_on
    from offers
    cross join {{ ref('int_sales__age_bands') }} as bands
    cross join (
        select 'SENT' as stage
        union all
        select 'VIEWED'
    ) as stages
    where stages.stage = 'SENT' or offers.viewed_on is not null

)

select *
from cut
where coalesce(from_on < until_on, true)
